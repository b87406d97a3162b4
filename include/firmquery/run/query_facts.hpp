// What the server says about the template: its result columns and the column its placeholder is compared
// with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/row_key.hpp"
#include "firmquery/core/sql_template.hpp"
#include "firmquery/db/catalog.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/output/result_format.hpp"
#include "firmquery/run/row_security.hpp"

namespace firmquery {

struct QueryFacts {
  ResultColumns columns;
  RowKey row_key;             // where in the columns the key is
  KeyColumn key;              // the compared column, or its type alone
  bool bounded = false;       // ranges carry a bound on the compared column
  std::string bound_reason;   // why not
  std::string scan_obstacle;  // why the table cannot be read in the key's order without a list; empty: it can
  std::optional<double>
      gc_window_s;              // CockroachDB: how long the table's past stays readable, where it says so
  bool has_statistics = false;  // CockroachDB: of the key's table
  RowSecurity row_security;
  std::vector<std::string> warnings;
};

// Fails with kind query when the template does not fit the server or the key is not among its columns. `seen`
// is told the OID of the compared column's type as soon as it is known, long before the catalog has told the
// rest.
Result<QueryFacts> examine_query(Session& session, const Catalog& catalog, const Dialect& dialect,
                                 const SqlTemplate& sql_template, const std::string& key,
                                 const std::function<void(std::uint32_t)>& seen = {});

// The type the list is cleaned as. Fails with kind query when the asked type cannot be compared with the
// key's.
Result<IdType> choose_id_type(const Job& job, const QueryFacts& facts);

// An error of a statement that was rendered from the template, with the place of the template: what is put
// into it holds no line feeds, so the lines are the same.
Error in_template(Error error, const std::string& template_name);

}  // namespace firmquery

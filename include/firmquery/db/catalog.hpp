// What the server knows about the key column. Uses libpqxx on a session of its own (ADR 0002), closed before the
// functions return.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/core/sql_template.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

struct KeyColumn {
  std::string type_name;     // format_type: "bigint", "character(12)", "text"
  std::string staging_type;  // the same without length or precision, so that no ID is cut, rounded or refused
  std::string collation;     // quoted and qualified, for COLLATE; empty: the type has none, or the default
  bool deterministic = true;  // false: a collation under which different bytes are equal
  IdType id_type = IdType::text;
  bool padded = false;               // char(n): values come blank-padded
  std::int64_t low = 0, high = 0;    // integers: what the column can hold
  std::string table, column;         // quoted and qualified, when it is a plain column; else empty
  bool of_view = false;              // then the indexes of the tables behind it are not known
  std::vector<std::string> indexes;  // of those that start with the column; empty: a range cannot be bounded
  bool leads_primary_key = false;    // the first of them is the primary key's
};

class Catalog {
 public:
  explicit Catalog(ConnectOptions options) : options_(std::move(options)) {}
  // Facts about a column (table_oid and number not 0) or, failing that, about a type alone.
  // Fails (kind query) for a type that cannot be a key, with the remedy (cast it in the template).
  Result<KeyColumn> key_column(const Dialect& dialect, std::uint32_t table_oid, int column_number,
                               std::uint32_t type_oid) const;

 private:
  ConnectOptions options_;
};

// A statement that the template makes, and what the server says of it.
struct DescribedTemplate {
  std::string sql;  // that could be described
  StatementDescription description;
};

Result<DescribedTemplate> describe_template(Session& session, const SqlTemplate& sql_template);

}  // namespace firmquery

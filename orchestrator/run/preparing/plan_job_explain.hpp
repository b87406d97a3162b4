// EXPLAIN of one statement: the server's lines, and the full scans among them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"
#include "reading/strategy.hpp"

namespace firmquery {

// Of a table of more than 10,000 rows, or of unknown size.
struct FullScan {
  std::string table;           // as the plan names it: "schema.table", or "table@index" on CockroachDB
  std::optional<double> rows;  // where the server has statistics
  friend bool operator==(const FullScan&, const FullScan&) = default;
};

struct Explanation {
  std::vector<std::string> lines;  // a long one is cut
  std::vector<FullScan> full_scans;
};

// Does not run the statement.
Result<Explanation> explain(Session& session, const Dialect& dialect, const Statement& statement);

// The full scans in CockroachDB's text.
std::vector<FullScan> full_scans_of(const std::vector<std::string>& lines);

}  // namespace firmquery

// EXPLAIN of one statement: the server's lines, and the full scans among them.
#pragma once

#include <string>
#include <vector>

#include "firmquery/dialect.hpp"
#include "firmquery/error.hpp"
#include "firmquery/session.hpp"

namespace firmquery {

struct Explanation {
  std::vector<std::string> lines;
  std::vector<std::string> full_scans;  // sentences; of tables of more than 10,000 rows, or of unknown size
};

// Does not run the statement.
Result<Explanation> explain(Session& session, const Dialect& dialect, const std::string& sql);

// The full scans in CockroachDB's text.
std::vector<std::string> full_scans_of(const std::vector<std::string>& lines);

}  // namespace firmquery

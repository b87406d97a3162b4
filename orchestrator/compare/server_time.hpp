// How long the server says that this role's statements have taken: of PostgreSQL through pg_stat_statements, of CockroachDB
// through its statement statistics. Private to compare.
//
// Both tell of all sessions of the role (CockroachDB: of the application, on one node), so other work of the same role is
// counted too; it is a figure to look at, not one to decide by.
#pragma once

#include <optional>
#include <string>

#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

class ServerTime {
 public:
  // Where the server does not tell, or not this role, there are no seconds.
  static ServerTime open(const ConnectOptions& server, const Dialect& dialect);
  // The sum so far; none where it is not known.
  std::optional<double> seconds();

 private:
  std::optional<Session> session_;
  std::string sql_;
};

}  // namespace firmquery

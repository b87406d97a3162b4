// The way to stop a statement of CockroachDB before v22.1, which drops libpq's cancel requests: CANCEL QUERY,
// and where a stop was requested CANCEL SESSION, said on a connection of its own. Private to db.
#pragma once

#include "cancellation.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

// For `connection`, which was opened with `options`. May be empty: the server does not say who the session is.
Cancellation::Ask cancel_by_statement(Connection& connection, ConnectOptions options);

}  // namespace firmquery

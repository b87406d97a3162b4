// Who is in the way of a statement that waits for a lock. Asked while it waits, on a session of its own:
// afterwards nobody knows any more. Private to db.
#pragma once

#include <string>

#include "firmquery/core/error.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

struct LockWait {
  std::string
      text;  // "it waits for a lock on firm; in the way: session 4711 of role bob ..."; empty: no lock
  std::string remedy;  // how to end it
};

// Of the backend `pid` (PostgreSQL). Blocks for a connection and one statement, a few seconds at most;
// whatever goes wrong, nothing is known.
LockWait find_lock_wait(ConnectOptions options, int pid);

// A statement that was ended for the lock, or while it waited for it, says so.
void explain_lock_wait(const LockWait& wait, Error& error);

}  // namespace firmquery

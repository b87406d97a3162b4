// Whether an error is the end that was asked for.
#pragma once

#include "firmquery/core/error.hpp"

namespace firmquery {

// Whether a failure after a stop request is the stop's own: a statement that was cancelled, a connection that
// was given up, or what would have been tried again. What is wrong with data, rights or files stays what it
// is.
inline bool caused_by_stop(const Error& error) {
  const bool of_session = !error.sqlstate.empty() || !error.server.empty();
  return error.kind == ErrorKind::interrupted || (error.kind == ErrorKind::transient && of_session);
}

}  // namespace firmquery

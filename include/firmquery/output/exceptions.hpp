// Where exceptions end: what the standard library throws (no memory, no threads, files it could not look at)
// becomes an error like any other, so that a run that meets it is reported and can go on later.
#pragma once

#include <exception>
#include <utility>

#include "firmquery/core/error.hpp"

namespace firmquery {

// No memory or no thread is transient; a file is what file_failure() says of it; anything else is a defect of
// the program (kind integrity). May itself throw when there is no memory at all.
Error as_error(const std::exception& thrown);

// The result of work(), a Result, or what it has thrown.
template <class Work>
auto guarded(Work&& work) -> decltype(work()) {
  try {
    return std::forward<Work>(work)();
  } catch (const std::exception& thrown) {
    return Failure(as_error(thrown));
  }
}

}  // namespace firmquery

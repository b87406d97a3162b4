// A broken precondition of this library is a fault of the program, which must not go on to count IDs.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace firmquery {

[[noreturn]] inline void contract_broken(const char* what) {
  std::fprintf(stderr, "firmquery: internal error: %s\n", what);
  std::abort();
}

inline void require(bool holds, const char* what) {
  if (!holds) [[unlikely]]
    contract_broken(what);
}

}  // namespace firmquery

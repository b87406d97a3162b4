// How much a long test does: little for a push, all of it in scripts/nightly (FIRMQUERY_LONG=1).
#pragma once

#include <cstdlib>

namespace firmquery::test {

inline long effort(long for_a_push, long at_night) {
  return std::getenv("FIRMQUERY_LONG") != nullptr ? at_night : for_a_push;
}

}  // namespace firmquery::test

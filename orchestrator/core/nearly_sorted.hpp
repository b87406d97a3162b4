// Values that are in order but for a few: those are taken out, sorted by themselves and put back where they belong.
#pragma once

#include <algorithm>
#include <cstddef>

#include "pod_buffer.hpp"

namespace firmquery {

// Sorts `values` in two passes over them, if at most one in `kFewOf` has to be taken out; otherwise leaves them in another
// order than they were, and returns false.
template <class T, class Before>
bool sort_if_nearly_sorted(PodBuffer<T>& values, const Before& before) {
  constexpr std::size_t kFewOf = 64;
  // A value that is too large would have all that follow it taken out: after so many in a row it is itself.
  constexpr std::size_t kDoubtful = 8;
  const std::size_t most = values.size() / kFewOf;
  PodBuffer<T> taken(values.memory());
  std::size_t kept = 0, in_a_row = 0, i = 0;
  for (; i < values.size(); ++i) {
    const T value = values[i];
    if (kept == 0 || !before(value, values[kept - 1])) {
      values[kept++] = value;
      in_a_row = 0;
      continue;
    }
    if (taken.size() >= most) break;
    if (++in_a_row < kDoubtful) {
      taken.push_back(value);
      continue;
    }
    // The last kept goes; those after it were taken in vain, and are looked at again.
    i -= in_a_row;
    taken.resize(taken.size() - (in_a_row - 1));
    in_a_row = 0;
    taken.push_back(values[--kept]);
  }
  if (i < values.size()) {
    // Between the kept and those not looked at is room for those that were taken.
    std::copy(taken.begin(), taken.end(), values.begin() + kept);
    return false;
  }
  std::sort(taken.begin(), taken.end(), before);
  T* to = values.end();
  const T* from = values.begin() + kept;
  for (const T* next = taken.end(); next != taken.begin();) {
    const T& last = next[-1];
    while (from != values.begin() && before(last, from[-1])) *--to = *--from;
    *--to = last;
    --next;
  }
  return true;
}

}  // namespace firmquery

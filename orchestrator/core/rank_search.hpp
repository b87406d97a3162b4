// Binary search that starts where the last one ended.
#pragma once

#include <cstddef>

namespace firmquery {

inline constexpr std::size_t kNoRank = static_cast<std::size_t>(-1);

// The rank in [begin, end) at which compare(rank) is 0, or kNoRank. compare(rank) is the order of the wanted
// value against the one at `rank`: negative when it stands before. From a `hint` within the interval the
// search takes O(log distance), otherwise O(log(end - begin)).
template <class Compare>
std::size_t find_rank(std::size_t begin, std::size_t end, std::size_t hint, const Compare& compare) {
  if (hint >= begin && hint < end) {
    const int order = compare(hint);
    if (order == 0) return hint;
    std::size_t step = 1;
    if (order > 0) {
      begin = hint + 1;
      while (step < end - begin) {
        const std::size_t probe = begin + step - 1;
        if (compare(probe) <= 0) {
          end = probe + 1;
          break;
        }
        begin = probe + 1;
        step *= 2;
      }
    } else {
      end = hint;
      while (step < end - begin) {
        const std::size_t probe = end - step;
        if (compare(probe) >= 0) {
          begin = probe;
          break;
        }
        end = probe;
        step *= 2;
      }
    }
  }
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    const int order = compare(middle);
    if (order == 0) return middle;
    if (order > 0) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return kNoRank;
}

}  // namespace firmquery

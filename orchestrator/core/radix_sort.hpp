// Sorting plain values by an unsigned 64-bit key: most significant digit first until a part fits the cache,
// then least significant digit first. Digits on which all keys agree cost nothing. Values with equal keys end
// up next to each other, in no particular order.
//
// One more array of the same size is in use while sorting. Time is linear in the size, whatever the keys.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "firmquery/core/resources.hpp"
#include "nearly_sorted.hpp"
#include "pod_buffer.hpp"

namespace firmquery {

template <class T, class KeyOf>
class RadixSorter {
 public:
  RadixSorter(KeyOf key_of, Executor& executor)
      : key_of_(key_of), executor_(executor), threads_(std::max(1u, executor.width())) {}

  void sort(PodBuffer<T>& values) const {
    const auto by_key = [this](const T& a, const T& b) { return key_of_(a) < key_of_(b); };
    if (values.size() <= kFew) {
      std::sort(values.begin(), values.end(), by_key);
      return;
    }
    if (sort_if_nearly_sorted(values, by_key)) return;
    PodBuffer<T> scratch(values.memory());
    scratch.resize(values.size());
    sort_large(values.data(), scratch.data(), values.size(), false);
  }

 private:
  static constexpr int kDigitBits = 11;
  static constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
  static constexpr int kSpareBits =
      6;  // beyond the bits that count the values: one in 64 finds its top taken
  static constexpr std::size_t kFew = 64;                          // comparing is faster below
  static constexpr std::size_t kCached = (512 << 10) / sizeof(T);  // this and as much scratch stay in cache
  static constexpr std::size_t kWorthThreads = (1 << 20) / sizeof(T);
  static constexpr int kCachedBits = 10;
  static constexpr std::size_t kCachedValues = std::size_t{1} << kCachedBits;
  static constexpr int kCachedDigitsMax = 3;
  static_assert(std::bit_width(kCached) + kSpareBits <= kCachedDigitsMax * kCachedBits);
  using Counts = std::array<std::size_t, kDigits>;

  static std::size_t digit(std::uint64_t key, int shift) { return key >> shift & (kDigits - 1); }
  static int top_shift(std::uint64_t varying) {
    return std::max(0, static_cast<int>(std::bit_width(varying)) - kDigitBits);
  }

  // The bits in which the keys differ.
  std::uint64_t varying_bits(const T* values, std::size_t count) const {
    const std::uint64_t first = key_of_(values[0]);
    std::uint64_t varying = 0;
    for (std::size_t i = 1; i < count; ++i) varying |= key_of_(values[i]) ^ first;
    return varying;
  }

  // Sorts [from, from + count) with the help of `other`; the result is in `other` when `into_other`, else in
  // `from`. Both the cutting into digits and the sorting of the parts are shared among the threads.
  void sort_large(T* from, T* other, std::size_t count, bool into_other) const {
    if (threads_ == 1 || count < kWorthThreads) return sort_part(from, other, count, into_other);
    const auto share = [&](unsigned i) {
      return count / threads_ * i + std::min<std::size_t>(i, count % threads_);
    };
    std::vector<std::uint64_t> varying(threads_);
    const std::uint64_t first = key_of_(from[0]);
    executor_.run(threads_, [&](unsigned i) {
      varying[i] = varying_bits(from + share(i), share(i + 1) - share(i)) | (key_of_(from[share(i)]) ^ first);
    });
    std::uint64_t all_varying = 0;
    for (const std::uint64_t bits : varying) all_varying |= bits;
    if (all_varying == 0) return finish_in(from, other, count, into_other);

    const int shift = top_shift(all_varying);
    std::vector<Counts> positions(threads_);
    executor_.run(threads_, [&](unsigned i) {
      Counts& counts = positions[i];
      counts.fill(0);
      for (std::size_t at = share(i); at < share(i + 1); ++at) ++counts[digit(key_of_(from[at]), shift)];
    });
    std::vector<std::size_t> bounds(kDigits + 1);
    std::size_t position = 0;
    for (std::size_t d = 0; d < kDigits; ++d) {
      bounds[d] = position;
      for (Counts& counts : positions) position += std::exchange(counts[d], position);
    }
    bounds[kDigits] = count;
    executor_.run(threads_, [&](unsigned i) {
      Counts& next = positions[i];
      for (std::size_t at = share(i); at < share(i + 1); ++at)
        other[next[digit(key_of_(from[at]), shift)]++] = from[at];
    });
    sort_parts(from, other, bounds, !into_other);
  }

  // The parts lie in `other`. One that is too large for a fair share is itself sorted by all threads.
  void sort_parts(T* from, T* other, const std::vector<std::size_t>& bounds, bool into_from) const {
    const std::size_t large = std::max(kWorthThreads, bounds.back() / threads_ / 2);
    for (std::size_t d = 0; d < kDigits; ++d) {
      const std::size_t size = bounds[d + 1] - bounds[d];
      if (size >= large) sort_large(other + bounds[d], from + bounds[d], size, into_from);
    }
    std::atomic<std::size_t> next{0};
    executor_.run(threads_, [&](unsigned) {
      for (std::size_t d = next++; d < kDigits; d = next++) {
        const std::size_t size = bounds[d + 1] - bounds[d];
        if (size < large) sort_part(other + bounds[d], from + bounds[d], size, into_from);
      }
    });
  }

  void sort_part(T* from, T* other, std::size_t count, bool into_other) const {
    if (count <= kFew) {
      std::sort(from, from + count, [this](const T& a, const T& b) { return key_of_(a) < key_of_(b); });
      return finish_in(from, other, count, into_other);
    }
    const std::uint64_t varying = varying_bits(from, count);
    if (varying == 0) return finish_in(from, other, count, into_other);
    if (count <= kCached) return sort_cached(from, other, count, into_other, varying);
    const int shift = top_shift(varying);
    Counts next;
    scatter(from, other, count, shift, next);
    std::size_t begin = 0;
    for (const std::size_t end : next) {
      if (end > begin) sort_part(other + begin, from + begin, end - begin, !into_other);
      begin = end;
    }
  }

  // Only as many of the top bits are looked at as will tell nearly all values apart; the few that they do not
  // are sorted among themselves.
  void sort_cached(T* from, T* other, std::size_t count, bool into_other, std::uint64_t varying) const {
    const int telling = static_cast<int>(std::bit_width(count)) + kSpareBits;
    const int top = static_cast<int>(std::bit_width(varying));
    const int digits = (std::min(telling, top) + kCachedBits - 1) / kCachedBits;
    const int lowest = std::max(0, top - digits * kCachedBits);
    // The counts of all digits in one go.
    std::uint32_t counts[kCachedDigitsMax][kCachedValues];
    std::fill_n(counts[0], static_cast<std::size_t>(digits) * kCachedValues, 0);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t key = key_of_(from[i]) >> lowest;
      for (int d = 0; d < digits; ++d) ++counts[d][key >> (d * kCachedBits) & (kCachedValues - 1)];
    }
    for (int d = 0; d < digits; ++d) {
      const int shift = lowest + d * kCachedBits;
      if ((varying >> shift & (kCachedValues - 1)) == 0) continue;
      std::uint32_t* const next = counts[d];
      std::uint32_t position = 0;
      for (std::size_t v = 0; v < kCachedValues; ++v) position += std::exchange(next[v], position);
      for (std::size_t i = 0; i < count; ++i)
        other[next[key_of_(from[i]) >> shift & (kCachedValues - 1)]++] = from[i];
      std::swap(from, other);
      into_other = !into_other;
    }
    if (varying >> lowest << lowest == varying) return finish_in(from, other, count, into_other);
    sort_equal_tops(from, other, count, into_other, lowest);
  }

  // Sorts the runs of values whose keys are the same from bit `lowest` on; there is at least one such bit on
  // which all values of a run agree and the part did not, so this ends.
  void sort_equal_tops(T* from, T* other, std::size_t count, bool into_other, int lowest) const {
    const auto top = [&](std::size_t i) { return key_of_(from[i]) >> lowest; };
    for (std::size_t begin = 0; begin < count;) {
      std::size_t end = begin + 1;
      while (end < count && top(end) == top(begin)) ++end;
      if (end - begin > 1) sort_part(from + begin, other + begin, end - begin, false);
      begin = end;
    }
    finish_in(from, other, count, into_other);
  }

  // Moves the values to `to` in the order of one digit; `next` is then where each digit's values end.
  void scatter(const T* from, T* to, std::size_t count, int shift, Counts& next) const {
    next.fill(0);
    for (std::size_t i = 0; i < count; ++i) ++next[digit(key_of_(from[i]), shift)];
    std::size_t position = 0;
    for (std::size_t& entry : next) position += std::exchange(entry, position);
    for (std::size_t i = 0; i < count; ++i) to[next[digit(key_of_(from[i]), shift)]++] = from[i];
  }

  static void finish_in(const T* from, T* other, std::size_t count, bool into_other) {
    if (into_other && count > 0) std::memcpy(other, from, count * sizeof(T));
  }

  KeyOf key_of_;
  Executor& executor_;
  unsigned threads_;
};

template <class T, class KeyOf>
void radix_sort(PodBuffer<T>& values, KeyOf key_of, Executor& executor) {
  RadixSorter<T, KeyOf>(key_of, executor).sort(values);
}

}  // namespace firmquery

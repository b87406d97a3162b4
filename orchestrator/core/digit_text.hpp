// Numbers to text, eight digits at a time; what digits.hpp does the other way round.
#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "digits.hpp"

namespace firmquery {

// The eight digits of a number below 10^8, leading zeros included, as values 0 to 9; the first in the lowest
// byte.
constexpr std::uint64_t eight_digit_values(std::uint32_t number) {
  // Halves of four digits in 32 bits each, then pairs in 16, then digits in 8. The multiplications divide by
  // 100 and by 10 in all places at once; they are exact for so small numbers.
  const std::uint64_t halves = number / 10'000 | std::uint64_t{number % 10'000} << 32;
  const std::uint64_t hundreds = (halves * 10'486 >> 20) & 0x0000007F'0000007Fu;
  const std::uint64_t pairs = hundreds | (halves - hundreds * 100) << 16;
  const std::uint64_t tens = (pairs * 103 >> 10) & 0x000F000F'000F000Fu;
  return tens | (pairs - tens * 10) << 8;
}

constexpr std::uint64_t eight_digits_text(std::uint32_t number) {
  return eight_digit_values(number) + repeat_byte('0');
}

// The reverse of load_first_lowest().
inline void store_first_lowest(char* out, std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  std::memcpy(out, &word, sizeof word);
}

inline constexpr std::size_t kIntegerTextRoom = 24;  // what write_integer() may touch

// Writes `value` without leading zeros to `out` and returns the size.
inline std::size_t write_integer(std::int64_t value, char* out) {
  const auto number = static_cast<std::uint64_t>(value);  // what is negative is larger than all others
  if (number >= kEightPlaces * kEightPlaces)
    return static_cast<std::size_t>(std::to_chars(out, out + kIntegerTextRoom, value).ptr - out);
  const auto size_of_first = [](std::uint64_t values) {  // leading zeros are at the low end
    return 8 - static_cast<std::size_t>(std::countr_zero(values | std::uint64_t{1} << 56)) / 8;
  };
  const std::uint64_t last = eight_digit_values(static_cast<std::uint32_t>(number % kEightPlaces));
  if (number < kEightPlaces) {
    const std::size_t size = size_of_first(last);
    store_first_lowest(out, (last + repeat_byte('0')) >> (64 - 8 * size));
    return size;
  }
  const std::uint64_t first = eight_digit_values(static_cast<std::uint32_t>(number / kEightPlaces));
  const std::size_t size = size_of_first(first);
  store_first_lowest(out, (first + repeat_byte('0')) >> (64 - 8 * size));
  store_first_lowest(out + size, last + repeat_byte('0'));
  return size + 8;
}

}  // namespace firmquery

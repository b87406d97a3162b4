// The digits at the start of a text, eight bytes at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "digits.hpp"

namespace firmquery {

// How many of the eight bytes, from the lowest on, are digits.
constexpr std::size_t count_leading_digits(std::uint64_t word) {
  // As '0' ^ byte digits are 0 to 9: the sum sets the top bit from 10 on. A carry out of a byte can only
  // change bytes behind the first that is no digit.
  const std::uint64_t values = word ^ repeat_byte('0');
  const std::uint64_t others = (values | (values + repeat_byte(0x76))) & repeat_byte(0x80);
  return static_cast<std::size_t>(std::countr_zero(others)) / 8;
}

// How many digits [begin, end) starts with, and their value; of more than 18, any number above 18 is returned
// and no value.
inline std::size_t read_leading_digits(const char* begin, const char* end, std::uint64_t& value) {
  constexpr std::uint64_t kPowers[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};
  std::uint64_t sum = 0;
  const char* at = begin;
  for (; at - begin < 24 && end - at >= 8; at += 8) {
    const std::uint64_t word = load_first_lowest(at);
    const std::size_t count = count_leading_digits(word);
    if (count == 8) {
      sum = sum * kEightPlaces + eight_digits_value(word);
      continue;
    }
    value = sum;
    // The digits at the end of a word of zeros have the same value.
    if (count > 0) {
      const std::uint64_t shift = 64 - 8 * count;
      value = sum * kPowers[count] + eight_digits_value(word << shift | repeat_byte('0') >> (8 * count));
    }
    return static_cast<std::size_t>(at - begin) + count;
  }
  for (; at != end && is_digit(*at) && at - begin <= 18; ++at)
    sum = sum * 10 + static_cast<std::uint64_t>(*at - '0');
  value = sum;
  return static_cast<std::size_t>(at - begin);
}

struct DigitLine {
  std::size_t digits = 0;  // 0: the text does not start with such a line, or the line does not end within it
  std::size_t bytes = 0;   // with the line end: LF, CRLF or CR
  std::uint64_t value = 0;
};

inline constexpr std::size_t kDigitLineDigitsMax = 18;

// The line at the start of [begin, end), when it is 1 to 18 digits and nothing else.
inline DigitLine read_digit_line(const char* begin, const char* end) {
  DigitLine line;
  const std::size_t digits = read_leading_digits(begin, end, line.value);
  const char* const at = begin + digits;
  if (digits == 0 || digits > kDigitLineDigitsMax || at == end) return line;
  std::size_t line_end = 1;
  if (*at == '\r') {
    if (at + 1 == end) return line;
    if (at[1] == '\n') line_end = 2;
  } else if (*at != '\n') {
    return line;
  }
  line.digits = digits;
  line.bytes = digits + line_end;
  return line;
}

}  // namespace firmquery

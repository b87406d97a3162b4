// Eight ASCII bytes at a time: are they digits, are they printable, what number are they.
// Header-only and free of dependencies, because the staging extension compiles it too.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace firmquery {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// What a spreadsheet keeps of a number; the digits behind it become zeros.
inline constexpr std::size_t kSpreadsheetDigits = 15;

// Requires: digits only.
constexpr bool ends_as_spreadsheets_round(std::string_view digits) {
  return digits.size() > kSpreadsheetDigits &&
         digits.find_first_not_of('0', kSpreadsheetDigits) == std::string_view::npos;
}

// Of numbers, that are read and written eight digits at a time.
inline constexpr std::uint64_t kEightPlaces = 100'000'000;

// Eight bytes with the first in the lowest place, whatever the machine's byte order.
inline std::uint64_t load_first_lowest(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

constexpr std::uint64_t repeat_byte(std::uint64_t byte) {
  return byte * 0x0101010101010101u;
}

constexpr bool is_eight_digits(std::uint64_t word) {
  // '0'..'9' are 0x30..0x39: the high half is 3, and stays 3 when 6 is added.
  return ((word & (word + repeat_byte(6))) & repeat_byte(0xF0)) == repeat_byte(0x30) &&
         ((word | (word + repeat_byte(6))) & repeat_byte(0xF0)) == repeat_byte(0x30);
}

// True when every byte is within 0x20..0x7E.
constexpr bool is_eight_printable(std::uint64_t word) {
  const std::uint64_t below_space = word - repeat_byte(0x20);
  const std::uint64_t beyond_tilde = word + repeat_byte(1);
  return ((word | below_space | beyond_tilde) & repeat_byte(0x80)) == 0;
}

constexpr std::uint64_t eight_digits_value(std::uint64_t word) {
  word -= repeat_byte('0');
  word = word * 10 + (word >> 8);  // pairs, in every second byte
  const std::uint64_t pairs = 0x000000FF000000FFu;
  return ((word & pairs) * 0x000F424000000064u + ((word >> 16) & pairs) * 0x0000271000000001u) >> 32;
}

// The value of at most 19 digits; false when there are none, more, or anything else among them.
inline bool parse_digits(std::string_view text, std::uint64_t& value) {
  if (text.empty() || text.size() > 19) return false;
  const char* at = text.data();
  const char* const end = at + text.size();
  std::uint64_t sum = 0;
  while (end - at >= 8) {
    const std::uint64_t word = load_first_lowest(at);
    if (!is_eight_digits(word)) return false;
    sum = sum * 100'000'000 + eight_digits_value(word);
    at += 8;
  }
  for (; at != end; ++at) {
    if (!is_digit(*at)) return false;
    sum = sum * 10 + static_cast<std::uint64_t>(*at - '0');
  }
  value = sum;
  return true;
}

inline bool all_digits(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  if (text.size() >= 8) {
    for (; end - at > 8; at += 8) {
      if (!is_eight_digits(load_first_lowest(at))) return false;
    }
    return is_eight_digits(load_first_lowest(end - 8));
  }
  for (; at != end; ++at) {
    if (!is_digit(*at)) return false;
  }
  return true;
}

inline bool all_printable_ascii(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  if (text.size() >= 8) {
    for (; end - at > 8; at += 8) {
      if (!is_eight_printable(load_first_lowest(at))) return false;
    }
    return is_eight_printable(load_first_lowest(end - 8));
  }
  for (; at != end; ++at) {
    if (*at < ' ' || *at > '~') return false;
  }
  return true;
}

}  // namespace firmquery

// Up to 18 decimal digits, leading zeros included, as one integer whose order is the byte order of the text:
// the digits, filled up with zeros to 18 places, times 18, plus the number of digits less one. Texts that
// differ in the filled places are in their order; of those that do not, the shorter one comes first. The
// largest code is 18 * 10^18 - 1, which 64 bits just hold.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "digit_text.hpp"
#include "digits.hpp"

namespace firmquery {

inline constexpr std::size_t kDecimalCodePlaces = 18;

namespace decimal_code_detail {

constexpr std::array<std::uint64_t, kDecimalCodePlaces + 1> fillers() {
  std::array<std::uint64_t, kDecimalCodePlaces + 1> by_size{};
  std::uint64_t filler = kDecimalCodePlaces;
  for (std::size_t size = kDecimalCodePlaces; size > 0; --size, filler *= 10) by_size[size] = filler;
  return by_size;
}

// By the number of digits: what their value is multiplied by.
inline constexpr auto kFillers = fillers();

}  // namespace decimal_code_detail

// Requires: 1 <= digits <= 18 and value < 10^digits.
constexpr std::uint64_t encode_decimal(std::uint64_t value, std::size_t digits) {
  return value * decimal_code_detail::kFillers[digits] + (digits - 1);
}

// False unless `text` is 1 to 18 digits.
inline bool encode_decimal(std::string_view text, std::uint64_t& code) {
  std::uint64_t value = 0;
  if (text.size() > kDecimalCodePlaces || !parse_digits(text, value)) return false;
  code = encode_decimal(value, text.size());
  return true;
}

// Writes the digits to `out`, which has room for kDecimalCodePlaces, and returns how many there are.
inline std::size_t decode_decimal(std::uint64_t code, char* out) {
  const std::uint64_t filled = code / kDecimalCodePlaces;
  const std::uint64_t upper = filled / kEightPlaces;
  const auto first_two = static_cast<std::uint32_t>(upper / kEightPlaces);
  out[0] = static_cast<char>('0' + first_two / 10);
  out[1] = static_cast<char>('0' + first_two % 10);
  store_first_lowest(out + 2, eight_digits_text(static_cast<std::uint32_t>(upper % kEightPlaces)));
  store_first_lowest(out + 10, eight_digits_text(static_cast<std::uint32_t>(filled % kEightPlaces)));
  return code % kDecimalCodePlaces + 1;
}

}  // namespace firmquery

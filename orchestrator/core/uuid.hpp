// UUIDs as two integers, whose order is the byte order of the canonical text.
#pragma once

#include <cstdint>
#include <string_view>

#include "hexadecimal.hpp"
#include "id_shapes.hpp"

namespace firmquery {

struct Uuid {
  std::uint64_t high = 0, low = 0;
  friend constexpr bool operator==(const Uuid&, const Uuid&) = default;
  friend constexpr bool operator<(const Uuid& a, const Uuid& b) {
    return a.high != b.high ? a.high < b.high : a.low < b.low;
  }
};

inline constexpr std::size_t kUuidTextSize = 36;

// Any case, in braces or after urn:uuid:, a hyphen or none after each group of four digits but the last.
inline bool parse_uuid(std::string_view text, Uuid& uuid) {
  constexpr std::string_view kPrefix = "urn:uuid:";
  if (!text.empty() && text.front() == '{') {
    if (text.size() < 2 || text.back() != '}') return false;
    text = text.substr(1, text.size() - 2);
  } else if (equals_ignoring_case(text.substr(0, kPrefix.size()), kPrefix)) {
    text.remove_prefix(kPrefix.size());
  }
  std::uint64_t half[2] = {0, 0};
  std::size_t at = 0;
  unsigned seen = 0;  // all values or-ed: 16 and more when one of them was no digit
  for (std::size_t digit = 0; digit < 32; ++digit) {
    if (digit % 4 == 0 && digit > 0 && at < text.size() && text[at] == '-') ++at;
    if (at == text.size()) return false;
    const unsigned value = hexadecimal_value(text[at++]);
    seen |= value;
    half[digit / 16] = half[digit / 16] << 4 | value;
  }
  if (at != text.size() || seen > 15) return false;
  uuid = {half[0], half[1]};
  return true;
}

// Writes the canonical 36 characters.
inline void format_uuid(const Uuid& uuid, char* out) {
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) *out++ = '-';
    const std::uint64_t half = digit < 16 ? uuid.high : uuid.low;
    *out++ = kHexadecimalDigits[half >> (60 - 4 * (digit % 16)) & 15];
  }
}

}  // namespace firmquery

// Is a field well-formed UTF-8 without control characters?
#pragma once

#include <cstdint>
#include <string_view>

#include "digits.hpp"

namespace firmquery {

enum class TextFault : std::uint8_t { none, control, malformed };

// Bytes of the UTF-8 character at the start of `text`, 0 when it is malformed: overlong, a surrogate, beyond
// U+10FFFF, cut short or a stray byte. Unicode 15, table 3-7.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  if (text.empty()) return 0;
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !continues(1)) return 0;
  if (first < 0xE0) return 2;
  const unsigned char second = byte(1);
  if (!continues(2)) return 0;
  if (first < 0xF0) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  const bool overlong = first == 0xF0 && second < 0x90;
  const bool beyond = first == 0xF4 && second > 0x8F;
  return overlong || beyond || !continues(3) ? 0 : 4;
}

// The first fault, reading from the left. Controls are C0, DEL and C1.
inline TextFault check_text(std::string_view text) {
  if (all_printable_ascii(text)) return TextFault::none;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = utf8_length(text);
    if (length == 0) return TextFault::malformed;
    if (first < 0x20 || first == 0x7F) return TextFault::control;
    if (first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) return TextFault::control;
    text.remove_prefix(length);
  }
  return TextFault::none;
}

}  // namespace firmquery

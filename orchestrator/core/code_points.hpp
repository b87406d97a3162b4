// Text as code points, for looking at what stands in an ID beside ASCII. Private to core.
#pragma once

#include <cstdint>
#include <string_view>

#include "utf8.hpp"

namespace firmquery {

// Takes the first character off `text`; a byte that is none by itself is U+FFFD. Requires: not empty.
inline std::uint32_t take_code_point(std::string_view& text) {
  const std::size_t length = utf8_length(text);
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  std::uint32_t code = 0xFFFD;
  if (length == 1) code = byte(0);
  if (length == 2) code = (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
  if (length == 3) code = (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  if (length == 4)
    code = (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  text.remove_prefix(length == 0 ? 1 : length);
  return code;
}

inline std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

}  // namespace firmquery

// Hexadecimal digits, read and written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace firmquery {

inline constexpr char kHexadecimalDigits[] = "0123456789abcdef";

// The value of each byte as a hexadecimal digit; 16 for the others. A table, because the mixture of digits
// and letters cannot be predicted.
inline constexpr auto kHexadecimalValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(16);
  for (std::uint8_t i = 0; i < 10; ++i) values['0' + std::size_t{i}] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    values['a' + std::size_t{i}] = values['A' + std::size_t{i}] = static_cast<std::uint8_t>(10 + i);
  }
  return values;
}();

inline unsigned hexadecimal_value(char c) {
  return kHexadecimalValues[static_cast<unsigned char>(c)];
}

}  // namespace firmquery

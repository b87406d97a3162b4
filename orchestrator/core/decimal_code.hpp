// Up to 18 decimal digits, leading zeros included, as one integer whose order is the byte order of the text:
// a number of 18 places in base 11 in which a digit d is d + 1 and 0 marks a place after the end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace firmquery {

inline constexpr std::size_t kDecimalCodePlaces = 18;

namespace decimal_code_detail {

constexpr std::array<std::uint64_t, kDecimalCodePlaces> place_values() {
  std::array<std::uint64_t, kDecimalCodePlaces> values{};
  std::uint64_t value = 1;
  for (std::size_t place = kDecimalCodePlaces; place-- > 0; value *= 11) values[place] = value;
  return values;
}

struct Triple {
  char text[3];
  std::uint8_t size;
};

// The characters that each number of three places stands for.
inline constexpr std::size_t kTripleCount = 1331;  // 11^3

constexpr std::array<Triple, kTripleCount> triples() {
  std::array<Triple, kTripleCount> all{};
  for (std::size_t code = 0; code < all.size(); ++code) {
    const std::size_t places[] = {code / 121, code / 11 % 11, code % 11};
    for (std::size_t i = 0; i < 3 && places[i] != 0; ++i) {
      all[code].text[i] = static_cast<char>('0' + places[i] - 1);
      all[code].size = static_cast<std::uint8_t>(i + 1);
    }
  }
  return all;
}

inline constexpr auto kPlaceValues = place_values();
inline constexpr auto kTriples = triples();

}  // namespace decimal_code_detail

// False unless `text` is 1 to 18 digits.
inline bool encode_decimal(std::string_view text, std::uint64_t& code) {
  if (text.empty() || text.size() > kDecimalCodePlaces) return false;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = static_cast<unsigned char>(text[i] - '0');
    if (digit > 9) return false;
    sum += (digit + std::uint64_t{1}) * decimal_code_detail::kPlaceValues[i];
  }
  code = sum;
  return true;
}

// Writes the digits to `out`, which has room for kDecimalCodePlaces, and returns how many there are.
inline std::size_t decode_decimal(std::uint64_t code, char* out) {
  const std::uint64_t nine_places = decimal_code_detail::kPlaceValues[8];
  std::size_t size = 0;
  for (std::uint64_t half : {code / nine_places, code % nine_places}) {
    const auto places = static_cast<std::uint32_t>(half);  // 11^9 fits 32 bits
    for (const std::uint32_t triple : {places / 1331 / 1331, places / 1331 % 1331, places % 1331}) {
      const auto& characters = decimal_code_detail::kTriples[triple];
      for (std::size_t i = 0; i < 3; ++i) out[size + i] = characters.text[i];
      size += characters.size;
    }
  }
  return size;
}

}  // namespace firmquery

#include "look_alikes.hpp"

#include <algorithm>
#include <array>

namespace firmquery {
namespace {

// Where the ten digits of a script begin.
constexpr std::array<std::uint32_t, 27> kDigitZeros = {
    0x0660, 0x06F0, 0x07C0, 0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,  0x0BE6,
    0x0C66, 0x0CE6, 0x0D66, 0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,  0x17E0,
    0x1810, 0x1946, 0xFF10, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1FBF0};

struct LookAlike {
  std::uint32_t code;
  char ascii;
};
constexpr auto kLookAlikes = std::to_array<LookAlike>({
    // Hyphens, dashes, minus and slashes.
    {0x2010, '-'},
    {0x2011, '-'},
    {0x2012, '-'},
    {0x2013, '-'},
    {0x2014, '-'},
    {0x2015, '-'},
    {0x2212, '-'},
    {0xFE58, '-'},
    {0xFE63, '-'},
    {0x2044, '/'},
    {0x2215, '/'},
    // Cyrillic.
    {0x0410, 'A'},
    {0x0412, 'B'},
    {0x0415, 'E'},
    {0x0417, '3'},
    {0x041A, 'K'},
    {0x041C, 'M'},
    {0x041D, 'H'},
    {0x041E, 'O'},
    {0x0420, 'P'},
    {0x0421, 'C'},
    {0x0422, 'T'},
    {0x0423, 'Y'},
    {0x0425, 'X'},
    {0x0405, 'S'},
    {0x0406, 'I'},
    {0x0408, 'J'},
    {0x0430, 'a'},
    {0x0435, 'e'},
    {0x043E, 'o'},
    {0x0440, 'p'},
    {0x0441, 'c'},
    {0x0443, 'y'},
    {0x0445, 'x'},
    {0x0455, 's'},
    {0x0456, 'i'},
    {0x0458, 'j'},
    // Greek.
    {0x0391, 'A'},
    {0x0392, 'B'},
    {0x0395, 'E'},
    {0x0396, 'Z'},
    {0x0397, 'H'},
    {0x0399, 'I'},
    {0x039A, 'K'},
    {0x039C, 'M'},
    {0x039D, 'N'},
    {0x039F, 'O'},
    {0x03A1, 'P'},
    {0x03A4, 'T'},
    {0x03A5, 'Y'},
    {0x03A7, 'X'},
    {0x03BF, 'o'},
    {0x03BD, 'v'},
});

}  // namespace

bool is_blank_code(std::uint32_t code) {
  return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xA0 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool is_invisible_code(std::uint32_t code) {
  return code == 0xAD || code == 0x180E || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2060 && code <= 0x2064) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xFE0F || code == 0xFEFF;
}

char ascii_of(std::uint32_t code) {
  if (code < 0x80) return 0;
  if (is_blank_code(code)) return ' ';
  if (code >= 0xFF01 && code <= 0xFF5E) return static_cast<char>(code - 0xFEE0);
  for (const std::uint32_t zero : kDigitZeros) {
    if (code >= zero && code < zero + 10) return static_cast<char>('0' + (code - zero));
  }
  const auto found = std::find_if(kLookAlikes.begin(), kLookAlikes.end(),
                                  [&](const LookAlike& like) { return like.code == code; });
  return found == kLookAlikes.end() ? '\0' : found->ascii;
}

char digit_like(char letter) {
  switch (letter) {
    case 'O':
    case 'o':
    case 'Q':
    case 'D':
      return '0';
    case 'I':
    case 'i':
    case 'l':
    case 'L':
    case '|':
      return '1';
    case 'Z':
    case 'z':
      return '2';
    case 'S':
    case 's':
      return '5';
    case 'G':
    case 'b':
      return '6';
    case 'B':
      return '8';
    case 'g':
    case 'q':
      return '9';
    default:
      return 0;
  }
}

char letter_like(char digit) {
  switch (digit) {
    case '0':
      return 'O';
    case '1':
      return 'I';
    case '2':
      return 'Z';
    case '5':
      return 'S';
    case '6':
      return 'G';
    case '8':
      return 'B';
    default:
      return 0;
  }
}

}  // namespace firmquery

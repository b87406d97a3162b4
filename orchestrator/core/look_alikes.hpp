// Characters that look like others: forms of other widths and scripts, and the letters and digits that people and
// OCR take for each other. Pure functions. Private to core.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace firmquery {

// Blanks of any kind and characters that nobody sees: zero-width ones, marks of direction, the soft hyphen.
bool is_blank_code(std::uint32_t code);
bool is_invisible_code(std::uint32_t code);

// The ASCII character that looks like this one: of the full-width forms, the digits of all scripts, the hyphens,
// Cyrillic and Greek capitals and small letters. 0: there is none.
char ascii_of(std::uint32_t code);

// The digit that the letter is taken for (O, I, l, S, B, Z, ...), and the letter (capital) that the digit is taken
// for. 0: none.
char digit_like(char letter);
char letter_like(char digit);

}  // namespace firmquery

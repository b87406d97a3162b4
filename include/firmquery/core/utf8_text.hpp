#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace firmquery {

// Well-formed UTF-8: no overlong form, surrogate or code point beyond U+10FFFF. Unicode 15, table 3-7.
bool is_utf8(std::string_view text);

// How much of `text` fits into `bytes` without cutting a character apart.
std::size_t whole_characters(std::string_view text, std::size_t bytes);

// Appends the UTF-8 of a code point up to U+10FFFF; of a surrogate, three bytes that are not UTF-8.
void append_code_point(std::string& out, std::uint32_t code);

}  // namespace firmquery

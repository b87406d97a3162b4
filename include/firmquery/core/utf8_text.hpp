#pragma once

#include <string_view>

namespace firmquery {

// Well-formed UTF-8: no overlong form, surrogate or code point beyond U+10FFFF. Unicode 15, table 3-7.
bool is_utf8(std::string_view text);

}  // namespace firmquery

// One step of a spelling rule. Private to core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "check_digit.hpp"

namespace firmquery {

struct SpellingStep {
  enum class Kind : std::uint8_t {
    trim,
    strip_blanks,
    single_blanks,
    upper,
    lower,
    ascii,
    pad,
    strip_zeros,
    strip_decimals,
    strip_separators,
    group,
    look_alikes,
    add_check,
    drop_check,
  };
  Kind kind = Kind::trim;
  std::size_t width = 0;     // of pad, add_check and drop_check: digits that the result has
  std::string pattern = {};  // of group and look_alikes
  CheckScheme scheme = CheckScheme::luhn;
};

// Writes the result to `spelled`; false where the step does not fit the ID, or changes nothing.
bool apply_step(const SpellingStep& step, std::string_view id, std::string& spelled);

// A character that separates groups of an ID.
constexpr bool is_id_separator(char c) {
  return c == '-' || c == '.' || c == '/' || c == '_' || c == ' ' || c == ':';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_letter(char c) {
  return is_upper(c) || is_lower(c);
}

}  // namespace firmquery

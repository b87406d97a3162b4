// The shapes of fields that are not IDs although they are made of digits, and the words that stand for
// nothing.
#pragma once

#include <string_view>

#include "digits.hpp"
#include "firmquery/core/number_notation.hpp"

namespace firmquery {

class ShapeCursor {
 public:
  explicit ShapeCursor(std::string_view text) : rest_(text) {}
  std::size_t digits() {
    std::size_t count = 0;
    while (count < rest_.size() && is_digit(rest_[count])) ++count;
    rest_.remove_prefix(count);
    return count;
  }
  bool any_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // The mark between two groups of digits.
  bool group_mark(DigitGroups groups) {
    switch (groups) {
      case DigitGroups::none:
        return false;
      case DigitGroups::comma:
        return any_of(",");
      case DigitGroups::point:
        return any_of(".");
      case DigitGroups::apostrophe:
        return any_of("'") || skip("\xE2\x80\x99");
      case DigitGroups::space:
        return any_of(" ") || skip("\xC2\xA0") || skip("\xE2\x80\xAF") || skip("\xE2\x80\x89") ||
               skip("\xE2\x80\x87");
    }
    return false;
  }
  std::size_t left() const { return rest_.size(); }
  bool done() const { return rest_.empty(); }

 private:
  bool skip(std::string_view mark) {
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(mark.size());
    return true;
  }
  std::string_view rest_;
};

// ^[+-]?\d+([.,]\d+)?[eE][+-]?\d+$
inline bool is_scientific(std::string_view text) {
  ShapeCursor at(text);
  at.any_of("+-");
  if (at.digits() == 0) return false;
  if (at.any_of(".,") && at.digits() == 0) return false;
  if (!at.any_of("eE")) return false;
  at.any_of("+-");
  return at.digits() > 0 && at.done();
}

// As a spreadsheet writes it: one digit before the exponent's plus sign, or a fraction and a signed exponent.
// Narrower than is_scientific() because 1E5000 and 00E098 are IDs in many systems.
inline bool is_spreadsheet_scientific(std::string_view text) {
  ShapeCursor at(text);
  at.any_of("+-");
  const std::size_t whole = at.digits();
  if (whole == 0) return false;
  const bool fraction = at.any_of(".,");
  if (fraction && at.digits() == 0) return false;
  if (!at.any_of("eE")) return false;
  const bool plus = at.any_of("+");
  if (!plus && !at.any_of("-")) return false;
  return (fraction || (plus && whole == 1)) && at.digits() > 0 && at.done();
}

// ^[+-]?\d+\.\d*$
inline bool is_decimal(std::string_view text) {
  ShapeCursor at(text);
  at.any_of("+-");
  if (at.digits() == 0 || !at.any_of(".")) return false;
  at.digits();
  return at.done();
}

// ^\d+\.0+$, or with another mark before the zeros
inline bool is_whole_decimal(std::string_view text, char mark = '.') {
  const std::size_t point = text.find(mark);
  if (point == 0 || point >= text.size() - 1) return false;
  return all_digits(text.substr(0, point)) &&
         text.find_first_not_of('0', point + 1) == std::string_view::npos;
}

// The shape of a number: its groups and its fraction.
struct NumberParts {
  std::string_view whole;     // with sign and marks
  std::size_t groups = 0;     // behind the first
  std::string_view fraction;  // its digits; empty: none
};

// ^[+-]?(\d+|\d{1,3}(G\d{3})+)(D\d+)?$ where G is the mark of `groups` and D one of `decimals`
inline bool match_number(std::string_view text, DigitGroups groups, std::string_view decimals,
                         NumberParts& parts) {
  ShapeCursor at(text);
  at.any_of("+-");
  const std::size_t first = at.digits();
  if (first == 0) return false;
  for (; at.group_mark(groups); ++parts.groups) {
    if (at.digits() != 3) return false;
  }
  if (parts.groups > 0 && first > 3) return false;
  parts.whole = text.substr(0, text.size() - at.left());
  if (at.any_of(decimals)) {
    parts.fraction = text.substr(text.size() - at.left());
    if (at.digits() == 0) return false;
  }
  return at.done();
}

// What makes the groups of a number with groups of three digits. One group behind a point may be a fraction.
inline DigitGroups grouped_by(std::string_view text) {
  struct Kind {
    DigitGroups groups;
    std::string_view decimals;
  };
  constexpr Kind kKinds[] = {{DigitGroups::comma, "."},
                             {DigitGroups::point, ","},
                             {DigitGroups::apostrophe, ".,"},
                             {DigitGroups::space, ".,"}};
  if (text.empty() || !is_digit(text.back())) return DigitGroups::none;
  for (const auto& [groups, decimals] : kKinds) {
    NumberParts parts;
    if (!match_number(text, groups, decimals, parts) || parts.groups == 0) continue;
    if (groups != DigitGroups::point || parts.groups > 1 || !parts.fraction.empty()) return groups;
  }
  return DigitGroups::none;
}

// ^[+-]?\d+,\d+$
inline bool is_decimal_comma(std::string_view text) {
  NumberParts parts;
  return match_number(text, DigitGroups::none, ",", parts) && !parts.fraction.empty();
}

// ^[+-]?[1-9]\d{0,2}[.]\d{3}$: a number in the thousands, or one with a fraction
inline bool is_point_ambiguous(std::string_view text) {
  NumberParts parts;
  return match_number(text, DigitGroups::point, "", parts) && parts.groups == 1 &&
         text[text.find_first_not_of("+-")] != '0';
}

// `lower` is in lower case; only ASCII letters fold.
inline bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != lower[i]) return false;
  }
  return true;
}

// What databases and spreadsheets export in place of a value.
inline bool is_null_word(std::string_view text) {
  if (text.size() < 2 || text.size() > 7) return false;
  if (std::string_view("nN\\(<[#").find(text.front()) == std::string_view::npos) return false;
  constexpr std::string_view kWords[] = {"null",  "\\n",     "(null)", "<null>",  "[null]", "#n/a",
                                         "#ref!", "#value!", "#name?", "#div/0!", "#num!",  "#null!"};
  for (const std::string_view word : kWords) {
    if (equals_ignoring_case(text, word)) return true;
  }
  return false;
}

}  // namespace firmquery

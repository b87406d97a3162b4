#include "spelling_step.hpp"

#include <algorithm>

#include "code_points.hpp"
#include "digits.hpp"
#include "firmquery/core/utf8_text.hpp"
#include "id_shapes.hpp"
#include "look_alikes.hpp"

namespace firmquery {
namespace {

bool is_quote_code(std::uint32_t code) {
  return code == '"' || code == '\'' || code == '`' || (code >= 0x2018 && code <= 0x201F) || code == 0xAB ||
         code == 0xBB;
}

bool is_around(std::uint32_t code) {
  return is_blank_code(code) || is_invisible_code(code) || is_quote_code(code);
}

// What stands around an ID and is none of it.
bool trim_around(std::string_view id, std::string& spelled) {
  std::size_t begin = std::string_view::npos, end = 0;
  for (std::string_view rest = id; !rest.empty();) {
    const std::size_t at = id.size() - rest.size();
    if (is_around(take_code_point(rest))) continue;
    begin = std::min(begin, at);
    end = id.size() - rest.size();
  }
  if (begin == std::string_view::npos) return false;
  spelled.assign(id.substr(begin, end - begin));
  return spelled.size() != id.size();
}

// `kept`: a blank for each run of blanks.
bool fewer_blanks(std::string_view id, bool kept, std::string& spelled) {
  spelled.clear();
  bool pending = false;
  for (std::string_view rest = id; !rest.empty();) {
    const std::size_t at = id.size() - rest.size();
    const std::uint32_t code = take_code_point(rest);
    if (is_invisible_code(code)) continue;
    if (is_blank_code(code)) {
      pending = kept && !spelled.empty();
      continue;
    }
    if (pending) spelled += ' ';
    pending = false;
    spelled += id.substr(at, id.size() - rest.size() - at);
  }
  return spelled != id && !spelled.empty();
}

template <class Change>
bool change_characters(std::string_view id, std::string& spelled, Change change) {
  spelled.assign(id);
  for (char& c : spelled) c = change(c);
  return spelled != id;
}

bool make_ascii(std::string_view id, std::string& spelled) {
  spelled.clear();
  for (std::string_view rest = id; !rest.empty();) {
    const std::uint32_t code = take_code_point(rest);
    if (is_invisible_code(code)) continue;
    if (const char ascii = ascii_of(code); ascii != 0) {
      spelled += ascii;
    } else {
      append_code_point(spelled, code);
    }
  }
  return spelled != id && !spelled.empty();
}

bool pad(std::string_view id, std::size_t width, std::string& spelled) {
  if (id.empty() || id.size() >= width || !all_digits(id)) return false;
  spelled.assign(width - id.size(), '0');
  spelled += id;
  return true;
}

bool strip_zeros(std::string_view id, std::string& spelled) {
  const std::size_t first = id.find_first_not_of('0');
  if (first == 0 || first == std::string_view::npos || !(is_digit(id[first]) || is_letter(id[first])))
    return false;
  spelled.assign(id.substr(first));
  return true;
}

bool strip_decimals(std::string_view id, std::string& spelled) {
  if (!is_whole_decimal(id) && !is_whole_decimal(id, ',')) return false;
  spelled.assign(id.substr(0, id.find_first_of(".,")));
  return true;
}

// Of letters and digits with separators between them. A sign separates nothing, and neither does the point of a number
// with a fraction.
bool strip_separators(std::string_view id, std::string& spelled) {
  if (is_decimal(id)) return false;
  spelled.clear();
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (is_digit(id[i]) || is_letter(id[i])) {
      spelled += id[i];
    } else if (i == 0 || !is_id_separator(id[i])) {
      return false;
    }
  }
  return spelled.size() != id.size() && !spelled.empty();
}

bool group(std::string_view id, std::string_view pattern, std::string& spelled) {
  spelled.clear();
  std::size_t at = 0;
  for (std::size_t i = 0; i < pattern.size();) {
    std::size_t length = 0;
    for (; i < pattern.size() && is_digit(pattern[i]); ++i)
      length = length * 10 + static_cast<std::size_t>(pattern[i] - '0');
    if (id.size() - at < length) return false;
    for (; length > 0; --length, ++at) {
      if (!is_digit(id[at]) && !is_letter(id[at])) return false;
      spelled += id[at];
    }
    for (; i < pattern.size() && !is_digit(pattern[i]); ++i) spelled += pattern[i];
  }
  return at == id.size();
}

// Digits for letters, where that leaves no letter.
bool digits_for_letters(std::string_view id, std::string& spelled) {
  if (std::none_of(id.begin(), id.end(), is_digit)) return false;
  spelled.assign(id);
  bool changed = false;
  for (char& c : spelled) {
    if (!is_letter(c) && c != '|') continue;
    c = digit_like(c);
    if (c == 0) return false;
    changed = true;
  }
  return changed && std::all_of(spelled.begin(), spelled.end(),
                                [](char c) { return is_digit(c) || is_id_separator(c); });
}

bool fit_pattern(std::string_view id, std::string_view pattern, std::string& spelled) {
  if (id.size() != pattern.size()) return false;
  spelled.assign(id);
  for (std::size_t i = 0; i < id.size(); ++i) {
    char& c = spelled[i];
    const bool wants_letter = is_letter(pattern[i]);
    if (pattern[i] == '9') {
      if (!is_digit(c)) c = digit_like(c);
    } else if (wants_letter) {
      if (is_digit(c)) c = letter_like(c);
      if (c != 0 && is_upper(c) != is_upper(pattern[i]) && is_digit(id[i]))
        c = static_cast<char>(c + ('a' - 'A'));
      if (!is_letter(c)) return false;
    } else if (c != pattern[i]) {
      return false;
    }
    if (c == 0) return false;
  }
  return spelled != id;
}

bool add_check(std::string_view id, const SpellingStep& step, std::string& spelled) {
  if (id.size() + check_digits_of(step.scheme) != step.width) return false;
  const std::string check = check_digits(id, step.scheme);
  if (check.empty()) return false;
  spelled.assign(id);
  spelled += check;
  return true;
}

bool drop_check(std::string_view id, const SpellingStep& step, std::string& spelled) {
  const std::size_t length = check_digits_of(step.scheme);
  if (id.size() != step.width + length || !verifies(id, step.scheme)) return false;
  spelled.assign(id.substr(0, id.size() - length));
  return true;
}

}  // namespace

bool apply_step(const SpellingStep& step, std::string_view id, std::string& spelled) {
  using Kind = SpellingStep::Kind;
  switch (step.kind) {
    case Kind::trim:
      return trim_around(id, spelled);
    case Kind::strip_blanks:
      return fewer_blanks(id, false, spelled);
    case Kind::single_blanks:
      return fewer_blanks(id, true, spelled);
    case Kind::upper:
      return change_characters(id, spelled,
                               [](char c) { return is_lower(c) ? static_cast<char>(c - ('a' - 'A')) : c; });
    case Kind::lower:
      return change_characters(id, spelled,
                               [](char c) { return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; });
    case Kind::ascii:
      return make_ascii(id, spelled);
    case Kind::pad:
      return pad(id, step.width, spelled);
    case Kind::strip_zeros:
      return strip_zeros(id, spelled);
    case Kind::strip_decimals:
      return strip_decimals(id, spelled);
    case Kind::strip_separators:
      return strip_separators(id, spelled);
    case Kind::group:
      return group(id, step.pattern, spelled);
    case Kind::look_alikes:
      return step.pattern.empty() ? digits_for_letters(id, spelled) : fit_pattern(id, step.pattern, spelled);
    case Kind::add_check:
      return add_check(id, step, spelled);
    case Kind::drop_check:
      return drop_check(id, step, spelled);
  }
  return false;
}

}  // namespace firmquery

#include "json_scanner.hpp"

#include "firmquery/core/utf8_text.hpp"

#include <charconv>

namespace firmquery {
namespace {

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end - at;
}

}  // namespace

bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, ++at);
    if (fraction == 0) return false;
    at += fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

void JsonScanner::skip_spaces() {
  at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
}

bool JsonScanner::take(char c) {
  skip_spaces();
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool JsonScanner::at_end() {
  skip_spaces();
  return at_ == text_.size();
}

bool JsonScanner::whole_value() {
  std::string_view raw;
  return value(raw) && at_end();
}

bool JsonScanner::code_unit(unsigned& unit) {
  if (text_.size() - at_ < 4) return false;
  const char* const digits = text_.data() + at_;
  unit = 0;
  if (std::from_chars(digits, digits + 4, unit, 16).ptr != digits + 4) return false;
  at_ += 4;
  return true;
}

// Behind the backslash.
bool JsonScanner::escape(std::string& text) {
  if (at_ == text_.size()) return false;
  const char c = text_[at_++];
  constexpr std::string_view kShort = "\"\\/bfnrt", kMeaning = "\"\\/\b\f\n\r\t";
  if (const std::size_t found = kShort.find(c); found != std::string_view::npos) {
    text += kMeaning[found];
    return true;
  }
  unsigned unit = 0;
  if (c != 'u' || !code_unit(unit)) return false;
  if (unit >= 0xD800 && unit < 0xDC00) {
    unsigned low = 0;
    if (!text_.substr(at_).starts_with("\\u")) return false;
    at_ += 2;
    if (!code_unit(low) || low < 0xDC00 || low > 0xDFFF) return false;
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  } else if (unit >= 0xDC00 && unit < 0xE000) {
    return false;
  }
  append_code_point(text, unit);
  return true;
}

bool JsonScanner::string(std::string& text) {
  text.clear();
  if (!take('"')) return false;
  for (;;) {
    const std::size_t end = text_.find_first_of("\"\\", at_);
    if (end == std::string_view::npos) return false;
    text.append(text_.substr(at_, end - at_));
    at_ = end + 1;
    if (text_[end] == '"') return true;
    if (!escape(text)) return false;
  }
}

// At its opening quote.
bool JsonScanner::skip_string() {
  for (++at_;; at_ += 2) {
    at_ = text_.find_first_of("\"\\", at_);
    if (at_ == std::string_view::npos) {
      at_ = text_.size();
      return false;
    }
    if (text_[at_] == '"') {
      ++at_;
      return true;
    }
  }
}

// At its opening bracket. What stands between brackets that match is left to who reads it.
bool JsonScanner::skip_composed() {
  std::string open;
  do {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    if (c == '"') {
      if (!skip_string()) return false;
      continue;
    }
    if (c == '{' || c == '[') open += c;
    if (c == '}' || c == ']') {
      if (open.empty() || (c == '}') != (open.back() == '{')) return false;
      open.pop_back();
    }
    ++at_;
  } while (!open.empty());
  return true;
}

bool JsonScanner::value(std::string_view& raw) {
  skip_spaces();
  const std::size_t begin = at_;
  if (begin == text_.size()) return false;
  const char first = text_[begin];
  if (first == '"') {
    if (!skip_string()) return false;
  } else if (first == '{' || first == '[') {
    if (!skip_composed()) return false;
  } else {
    at_ = std::min(text_.find_first_of(",:]} \t\r\n", begin), text_.size());
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word != "null" && word != "true" && word != "false" && !is_json_number(word)) return false;
  }
  raw = text_.substr(begin, at_ - begin);
  return true;
}

}  // namespace firmquery

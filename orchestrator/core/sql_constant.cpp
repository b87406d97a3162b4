#include "sql_constant.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "firmquery/core/utf8_text.hpp"
#include "hexadecimal.hpp"

namespace firmquery {
namespace {

// What may stand before a string and says its type.
constexpr std::array<std::string_view, 20> typed = {
    "uuid", "text", "varchar", "char",    "bpchar",  "string", "int",  "integer",   "bigint",      "smallint",
    "int2", "int4", "int8",    "numeric", "decimal", "citext", "date", "timestamp", "timestamptz", "n"};

// The digits of base `base` from `at` on, at most `most` of them; -1: none.
long digits(std::string_view text, std::size_t& at, int base, std::size_t most) {
  long value = -1;
  for (std::size_t n = 0; n < most && at < text.size(); ++n, ++at) {
    const int digit = static_cast<int>(hexadecimal_value(text[at]));
    if (digit >= base) break;
    value = std::max(value, 0L) * base + digit;
  }
  return value;
}

// After the backslash of an E'' string; https://www.postgresql.org/docs/current/sql-syntax-lexical.html, table 4.1.
bool append_escape(std::string_view body, std::size_t& at, std::string& value) {
  constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t";
  const char c = body[at];
  if (const std::size_t known = letters.find(c); known != std::string_view::npos) {
    value += meanings[known];
    return ++at, true;
  }
  if (c >= '0' && c <= '7') {
    value += static_cast<char>(digits(body, at, 8, 3));
    return true;
  }
  if (c == 'x' || c == 'u' || c == 'U') {
    ++at;
    const long code = digits(body, at, 16, c == 'x' ? 2 : c == 'u' ? 4 : 8);
    if (code < 0) return false;
    if (c == 'x') {
      value += static_cast<char>(code);
    } else {
      append_code_point(value, static_cast<std::uint32_t>(code));
    }
    return true;
  }
  value += c;
  return ++at, true;
}

bool decode_escapes(std::string_view body, std::string& value) {
  for (std::size_t at = 0; at < body.size();) {
    if (body[at] == '\\' && at + 1 < body.size()) {
      ++at;
      if (!append_escape(body, at, value)) return false;
    } else {
      if (body[at] == '\'') ++at;  // doubled
      value += body[at++];
    }
  }
  return true;
}

}  // namespace

bool ConstantReader::string(std::size_t& at, std::string& value) const {
  if (at >= tokens_.size() || tokens_[at].kind != TokenKind::string) return false;
  std::string_view piece = text_.substr(tokens_[at].begin, tokens_[at].end - tokens_[at].begin);
  ++at;
  if (piece.front() == '$') {
    const std::size_t tag = piece.find('$', 1) + 1;
    value = piece.substr(tag, piece.size() - 2 * tag);
    return true;
  }
  const bool escapes = piece.front() != '\'';
  piece.remove_prefix(escapes ? 2 : 1);
  piece.remove_suffix(1);
  value.clear();
  if (escapes) return decode_escapes(piece, value);
  for (std::size_t i = 0; i < piece.size(); ++i) {
    value += piece[i];
    if (piece[i] == '\'') ++i;
  }
  return true;
}

// bigint, varchar(10), double precision, "MySchema".money, int[]
bool ConstantReader::skip_type(std::size_t& at) const {
  const std::size_t begin = at;
  while (at < tokens_.size() &&
         (tokens_[at].kind == TokenKind::word || tokens_[at].kind == TokenKind::quoted_identifier ||
          (at > begin && is(at, '.')))) {
    constexpr std::array<std::string_view, 5> longer = {"precision", "varying", "with", "time", "zone"};
    const bool first = at == begin || is(at - 1, '.');
    const bool goes_on =
        is(at, '.') || std::find(longer.begin(), longer.end(), tokens_[at].lower) != longer.end();
    if (!first && !goes_on) break;
    ++at;
  }
  if (at == begin) return false;
  if (is(at, '(')) {
    const std::size_t group = at++;
    while (at < tokens_.size() && tokens_[at].group == group) ++at;
    ++at;
  }
  while (is(at, '[')) {
    ++at;
    if (at < tokens_.size() && tokens_[at].kind == TokenKind::number) ++at;
    if (!is(at, ']')) return false;
    ++at;
  }
  return true;
}

void ConstantReader::skip_casts(std::size_t& at) const {
  while (is(at, ':') && is(at + 1, ':')) {
    std::size_t after = at + 2;
    if (is(after, ':')) ++after;  // CockroachDB's ':::'
    if (!skip_type(after)) return;
    at = after;
  }
}

// To the scanner 1e5 is a number and a word that touches it, and 1e+5 a sign and a number more.
std::size_t ConstantReader::end_of_number(std::size_t at) const {
  std::size_t end = tokens_[at].end;
  for (++at; at < tokens_.size() && tokens_[at].begin == end; ++at) {
    const bool sign = (is(at, '-') || is(at, '+')) && (text_[end - 1] | 0x20) == 'e';
    if (!sign && tokens_[at].kind != TokenKind::word && tokens_[at].kind != TokenKind::number) break;
    end = tokens_[at].end;
  }
  return end;
}

bool ConstantReader::constant(std::size_t& at, SqlConstant& value) const {
  if (at >= tokens_.size()) return false;
  if (is(at, '(')) {
    ++at;
    if (!constant(at, value) || !is(at, ')')) return false;
    ++at;
    return skip_casts(at), true;
  }
  if (is(at, "cast") && is(at + 1, '(')) {
    at += 2;
    if (!constant(at, value) || !is(at, "as")) return false;
    ++at;
    if (!skip_type(at) || !is(at, ')')) return false;
    return ++at, true;
  }
  if (is(at, "null")) {
    value.reset();
    ++at;
    return skip_casts(at), true;
  }
  const bool negative = is(at, '-');
  if (negative || is(at, '+')) {
    ++at;
    if (at >= tokens_.size() || tokens_[at].kind != TokenKind::number) return false;
  }
  if (tokens_[at].kind == TokenKind::number) {
    const std::size_t end = end_of_number(at);
    value = (negative ? "-" : "") + std::string(text_.substr(tokens_[at].begin, end - tokens_[at].begin));
    while (at < tokens_.size() && tokens_[at].begin < end) ++at;
    return skip_casts(at), true;
  }
  const bool is_typed = tokens_[at].kind == TokenKind::word && at + 1 < tokens_.size() &&
                        tokens_[at + 1].kind == TokenKind::string &&
                        std::find(typed.begin(), typed.end(), tokens_[at].lower) != typed.end();
  if (is_typed) ++at;
  std::string text;
  if (!string(at, text)) return false;
  value = std::move(text);
  return skip_casts(at), true;
}

bool ConstantReader::list(std::size_t& at, const Take& take) const {
  SqlConstant value;
  while (true) {
    if (!constant(at, value)) return false;
    take(value);
    if (!is(at, ',')) return true;
    ++at;
  }
}

bool ConstantReader::values(std::size_t& at, const Take& take) const {
  if (!is(at, "values")) return false;
  SqlConstant value;
  do {
    ++at;
    if (!is(at, '(')) return false;
    ++at;
    if (!constant(at, value) || !is(at, ')')) return false;
    take(value);
    ++at;
  } while (is(at, ','));
  return true;
}

// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO, of one dimension.
bool ConstantReader::array_text(std::string_view text, const Take& take) const {
  const auto space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return false;
  text = text.substr(1, text.size() - 2);
  std::size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < text.size() && space(text[at])) ++at;
  };
  skip_blanks();
  if (at == text.size()) return true;
  while (true) {
    skip_blanks();
    std::string value;
    if (at < text.size() && text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && ++at == text.size()) return false;
        value += text[at];
      }
      if (at++ == text.size()) return false;
      take(value);
    } else {
      for (; at < text.size() && text[at] != ','; ++at) {
        if (text[at] == '{' || text[at] == '}' || text[at] == '"') return false;
        if (text[at] == '\\' && ++at == text.size()) return false;
        value += text[at];
      }
      while (!value.empty() && space(value.back())) value.pop_back();
      if (value.empty()) return false;
      const bool is_null = value.size() == 4 && (value[0] | 0x20) == 'n' && (value[1] | 0x20) == 'u' &&
                           (value[2] | 0x20) == 'l' && (value[3] | 0x20) == 'l';
      take(is_null ? SqlConstant() : SqlConstant(value));
    }
    skip_blanks();
    if (at == text.size()) return true;
    if (text[at++] != ',') return false;
  }
}

bool ConstantReader::array(std::size_t& at, const Take& take) const {
  if (is(at, '(')) {
    ++at;
    if (!array(at, take) || !is(at, ')')) return false;
    ++at;
    return skip_casts(at), true;
  }
  if (is(at, "cast") && is(at + 1, '(')) {
    at += 2;
    if (!array(at, take) || !is(at, "as")) return false;
    ++at;
    if (!skip_type(at) || !is(at, ')')) return false;
    return ++at, true;
  }
  if (is(at, "array") && is(at + 1, '[')) {
    at += 2;
    if (!is(at, ']') && !list(at, take)) return false;
    if (!is(at, ']')) return false;
    ++at;
    return skip_casts(at), true;
  }
  std::string text;
  if (!string(at, text) || !array_text(text, take)) return false;
  return skip_casts(at), true;
}

}  // namespace firmquery

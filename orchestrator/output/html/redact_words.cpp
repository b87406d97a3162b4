#include "html/redact_words.hpp"

#include <algorithm>
#include <cctype>

namespace firmquery::html {
namespace {

bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}
bool is_part(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return is_decimal(c) || byte >= 0x80 || std::isalpha(byte) != 0;
}
// Joins parts to one word, when a part follows: 2026-11-30, a.b, 1'234.
bool joins(char c) {
  return std::string_view("-_.,:/'+@#").find(c) != std::string_view::npos;
}

// From `begin` on, the end of what `is` is true of.
template <class Is>
std::size_t end_of(std::string_view text, std::size_t begin, Is is) {
  while (begin < text.size() && is(text[begin])) ++begin;
  return begin;
}

std::size_t end_of_word(std::string_view text, std::size_t begin) {
  std::size_t end = end_of(text, begin, is_part);
  while (end + 1 < text.size() && joins(text[end]) && is_part(text[end + 1]))
    end = end_of(text, end + 1, is_part);
  return end;
}

// Behind the quote that closes the one at `begin`; npos: none does. An apostrophe inside a word closes nothing.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  for (std::size_t at = begin + 1; at < text.size(); ++at) {
    if (text[at] != quote) continue;
    if (at + 1 < text.size() && is_part(text[at + 1])) continue;
    return at + 1;
  }
  return std::string_view::npos;
}

// PostgreSQL's quotes in other languages: «x», „x“, “x”.
std::size_t end_of_foreign_quoted(std::string_view text, std::size_t begin) {
  constexpr std::string_view kPairs[][2] = {{"«", "»"}, {"„", "“"}, {"“", "”"}, {"»", "«"}, {"‘", "’"}};
  for (const auto& [open, close] : kPairs) {
    if (text.substr(begin, open.size()) != open) continue;
    const std::size_t end = text.find(close, begin + open.size());
    if (end != std::string_view::npos) return end + close.size();
  }
  return std::string_view::npos;
}

}  // namespace

std::string without_quotes_and_numbers(std::string_view text) {
  constexpr std::size_t kDigits = 4;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool inside = at > 0 && is_part(text[at - 1]);
    std::size_t end = std::string_view::npos;
    if ((text[at] == '"' || text[at] == '\'' || text[at] == '`') && !inside) {
      end = end_of_quoted(text, at);
    } else if (text.substr(at, 2) == "=(") {
      const std::size_t close = text.find(')', at);
      out += "=(";
      out += kMask;
      at = close == std::string_view::npos ? text.size() : close;
      continue;
    } else {
      end = end_of_foreign_quoted(text, at);
    }
    if (end != std::string_view::npos) {
      out += kMask;
      at = end;
      continue;
    }
    if (!is_part(text[at])) {
      out += text[at++];
      continue;
    }
    end = end_of_word(text, at);
    const std::string_view word = text.substr(at, end - at);
    const auto digits = static_cast<std::size_t>(std::count_if(word.begin(), word.end(), is_decimal));
    out += digits >= kDigits ? kMask : word;
    at = end;
  }
  return out;
}

namespace {

struct Literal {
  std::size_t end = 0;  // 0: there is none here
  std::string_view open, close;
};

// $tag$ ... $tag$
Literal dollar_quoted(std::string_view sql, std::size_t at) {
  const std::size_t tag_end = end_of(sql, at + 1, [](char c) { return is_part(c) || c == '_'; });
  if (tag_end >= sql.size() || sql[tag_end] != '$') return {};
  const std::string_view tag = sql.substr(at, tag_end + 1 - at);
  const std::size_t close = sql.find(tag, tag_end + 1);
  return {close == std::string_view::npos ? sql.size() : close + tag.size(), "'", "'"};
}

Literal literal_at(std::string_view sql, std::size_t at) {
  const std::string_view rest = sql.substr(at);
  if (rest.starts_with("--")) {
    return {std::min(sql.find('\n', at), sql.size()), "-- ", ""};
  }
  if (rest.starts_with("/*")) {
    const std::size_t close =
        sql.find("*/", at + 2);  // what is left of nested comments is no comment, but no ID either
    return {close == std::string_view::npos ? sql.size() : close + 2, "/* ", " */"};
  }
  if (rest[0] == '\'') {
    const bool escapes = at > 0 && (sql[at - 1] == 'e' || sql[at - 1] == 'E');
    std::size_t end = at + 1;
    for (; end < sql.size(); ++end) {
      if (escapes && sql[end] == '\\') {
        ++end;
      } else if (sql[end] == '\'') {
        if (end + 1 < sql.size() && sql[end + 1] == '\'')
          ++end;
        else
          break;
      }
    }
    return {std::min(end + 1, sql.size()), "'", "'"};
  }
  if (rest[0] == '$') return dollar_quoted(sql, at);
  return {};
}

}  // namespace

std::string without_literals(std::string_view sql) {
  std::string out;
  for (std::size_t at = 0; at < sql.size();) {
    if (const Literal literal = literal_at(sql, at); literal.end > at) {
      out.append(literal.open).append(kMask).append(literal.close);
      at = literal.end;
    } else if (sql[at] == '"') {
      const std::size_t end = std::min(sql.find('"', at + 1), sql.size() - 1) + 1;
      out += sql.substr(at, end - at);
      at = end;
    } else if (is_decimal(sql[at]) || (sql[at] == '.' && at + 1 < sql.size() && is_decimal(sql[at + 1]))) {
      const std::size_t end = end_of(sql, at, [](char c) { return is_part(c) || c == '.' || c == '_'; });
      out += kMask;
      at = end;
    } else if (is_part(sql[at]) || sql[at] == '_') {
      const std::size_t end = end_of(sql, at, [](char c) { return is_part(c) || c == '_' || c == '$'; });
      out += sql.substr(at, end - at);
      at = end;
    } else {
      out += sql[at++];
    }
  }
  return out;
}

Needles::Needles(const std::vector<std::string*>& texts) {
  texts_.reserve(texts.size());
  for (const std::string* text : texts) texts_.push_back(*text);
  for (const std::string& text : texts_) {
    const std::string_view whole = text;
    for (std::size_t at = 0; at < whole.size();) {
      const std::size_t end = end_of(whole, at, is_part);
      if (end > at) parts_.insert(whole.substr(at, end - at));
      at = std::max(end, at + 1);
    }
  }
}

void Needles::look_for(std::string_view id) {
  bool any = false;
  for (std::size_t at = 0; at < id.size();) {
    const std::size_t end = end_of(id, at, is_part);
    if (end > at) {
      if (!parts_.contains(id.substr(at, end - at))) return;
      any = true;
    }
    at = std::max(end, at + 1);
  }
  if (!any || found_.contains(id)) return;
  for (const std::string& text : texts_) {
    if (text.find(id) == std::string::npos) continue;
    found_.emplace(id);
    return;
  }
}

std::string Needles::removed_from(std::string_view text) const {
  std::string out(text);
  for (const std::string& id : found_) {
    for (std::size_t at = out.find(id); at != std::string::npos; at = out.find(id, at)) {
      const std::size_t end = at + id.size();
      const bool inside_a_word = (at > 0 && is_part(out[at - 1]) && is_part(id.front())) ||
                                 (end < out.size() && is_part(out[end]) && is_part(id.back()));
      if (inside_a_word) {
        ++at;
        continue;
      }
      out.replace(at, id.size(), kMask);
      at += kMask.size();
    }
  }
  return out;
}

}  // namespace firmquery::html

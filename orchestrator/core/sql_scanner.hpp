// Lexical scan of one SQL text, after PostgreSQL's rules
// (https://www.postgresql.org/docs/current/sql-syntax-lexical.html); CockroachDB's are the same where it
// matters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"

namespace firmquery {

enum class TokenKind { word, quoted_identifier, string, number, parameter, placeholder, relation, symbol };

struct Token {
  TokenKind kind;
  std::size_t begin, end;  // offsets in the text
  std::size_t group;       // index of the innermost open parenthesis that is still open, or no_group
  std::string lower;       // words: lower case; quoted identifiers: the name without quotes; else the text
};

inline bool is_word(const Token& token, std::string_view word) {
  return token.kind == TokenKind::word && token.lower == word;
}
inline bool is_symbol(const Token& token, char c) {
  return token.kind == TokenKind::symbol && token.lower[0] == c;
}

inline constexpr std::size_t no_group = static_cast<std::size_t>(-1);
inline constexpr std::string_view id_placeholder = "{ID_PLACEHOLDER}";
inline constexpr std::string_view ids_relation = "{IDS}";

struct Scan {
  std::vector<Token> tokens;  // comments and white space left out
  std::vector<std::size_t>
      hidden_placeholders;  // offsets of placeholders in comments, strings and quoted names
};

// Fails (kind query) on an unterminated string, identifier or comment and on unbalanced parentheses.
Result<Scan> scan_sql(std::string_view text, const std::string& name);

// "name:line" of an offset.
std::string place_of(std::string_view text, const std::string& name, std::size_t offset);

}  // namespace firmquery

#include "sql_operand.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace firmquery {

bool is_name(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted_identifier;
}

bool starts_expression(const Token& token) {
  constexpr std::array<std::string_view, 9> words = {"where", "and",  "or",   "on",    "having",
                                                     "when",  "then", "else", "select"};
  if (is_symbol(token, '(') || is_symbol(token, ',')) return true;
  return token.kind == TokenKind::word && std::find(words.begin(), words.end(), token.lower) != words.end();
}

namespace {

// True when the AND at index i belongs to a BETWEEN, whose upper operand the names after it then are.
bool belongs_to_between(const std::vector<Token>& tokens, std::size_t i) {
  for (std::size_t j = i; j-- > 0;) {
    if (tokens[j].group != tokens[i].group) continue;
    if (is_word(tokens[j], "between")) return true;
    if (starts_expression(tokens[j])) return false;
  }
  return false;
}

}  // namespace

std::size_t operand_begin(const std::vector<Token>& tokens, std::size_t in) {
  std::size_t i = in;
  while (true) {
    if (i == 0 || !is_name(tokens[i - 1])) return in;
    --i;
    if (i == 0 || !is_symbol(tokens[i - 1], '.')) break;
    --i;
  }
  if (i == 0 || !starts_expression(tokens[i - 1])) return in;
  if (is_word(tokens[i - 1], "and") && belongs_to_between(tokens, i - 1)) return in;
  return i;
}

std::size_t expression_begin(const std::vector<Token>& tokens, std::size_t in) {
  std::size_t begin = in;
  for (std::size_t i = in; i-- > 0 && i != tokens[in].group;) {
    if (tokens[i].group != tokens[in].group) continue;
    // A parenthesis is a part of the operand here: those around it are of another group.
    if (starts_expression(tokens[i]) && !is_symbol(tokens[i], '(')) break;
    begin = i;
  }
  return begin;
}

bool is_negated(const std::vector<Token>& tokens, std::size_t in) {
  for (std::size_t i = in; i-- > 0 && i != tokens[in].group;) {
    if (tokens[i].group != tokens[in].group) continue;
    if (is_word(tokens[i], "not")) return true;
    if (starts_expression(tokens[i]) && !is_symbol(tokens[i], '(')) return false;
  }
  return false;
}

}  // namespace firmquery

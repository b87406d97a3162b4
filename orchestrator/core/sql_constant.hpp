// Constants of a query, read from its tokens: numbers, strings, arrays, with signs, casts and parentheses.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql_scanner.hpp"

namespace firmquery {

using SqlConstant = std::optional<std::string>;  // the value as text; nullopt: NULL

// Reads from a position on and moves it; nothing is read, and the position of no use, where it answers false.
class ConstantReader {
 public:
  using Take = std::function<void(const SqlConstant&)>;

  ConstantReader(std::string_view text, const std::vector<Token>& tokens) : text_(text), tokens_(tokens) {}

  // One value: 5, -1.50, 'it''s', E'a\n', $$x$$, uuid '...', '...'::uuid, CAST('...' AS uuid), (5), NULL.
  bool constant(std::size_t& at, SqlConstant& value) const;
  // 1, 2, 3
  bool list(std::size_t& at, const Take& take) const;
  // 1
  bool list_of_one(std::size_t& at, const Take& take) const {
    SqlConstant value;
    if (!constant(at, value)) return false;
    take(value);
    return true;
  }
  // VALUES (1), (2), (3): rows of one column
  bool values(std::size_t& at, const Take& take) const;
  // ARRAY[1, 2], '{1,2}', each perhaps with a cast or in parentheses
  bool array(std::size_t& at, const Take& take) const;

  bool is(std::size_t at, std::string_view word) const {
    return at < tokens_.size() && is_word(tokens_[at], word);
  }
  bool is(std::size_t at, char symbol) const { return at < tokens_.size() && is_symbol(tokens_[at], symbol); }

 private:
  bool string(std::size_t& at, std::string& value) const;
  std::size_t end_of_number(std::size_t at) const;
  bool array_text(std::string_view text, const Take& take) const;
  void skip_casts(std::size_t& at) const;
  bool skip_type(std::size_t& at) const;

  std::string_view text_;
  const std::vector<Token>& tokens_;
};

}  // namespace firmquery

// What stands left of IN, = and the like, found in the tokens of a query.
#pragma once

#include <cstddef>
#include <vector>

#include "sql_scanner.hpp"

namespace firmquery {

bool is_name(const Token& token);

// A token after which an expression starts, so that the names between it and IN are the whole left operand.
bool starts_expression(const Token& token);

// First token of the plain column reference that ends just before token `in`, or `in` when there is none.
std::size_t operand_begin(const std::vector<Token>& tokens, std::size_t in);

// First token of the whole left operand of token `in`, whatever it is made of.
std::size_t expression_begin(const std::vector<Token>& tokens, std::size_t in);

// NOT IN, or a NOT before the operand, however that is written.
bool is_negated(const std::vector<Token>& tokens, std::size_t in);

}  // namespace firmquery

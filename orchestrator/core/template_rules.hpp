// Which queries may be run range by range: their answer must be the union of the answers for the ranges.
#pragma once

#include <string>
#include <vector>

#include "sql_scanner.hpp"

namespace firmquery {

struct TemplateView {
  std::string_view text;
  const std::string& name;
  const std::string& key;
  const std::vector<Token>& tokens;
  std::string operand_column;  // last part of the operand of IN, as the server sees it; may be empty
};

// Fails (kind query) with the first construct that does not survive being run range by range.
// `placeholder` is the index of one placeholder token. Appends to `warnings`.
Result<void> check_partitionable(const TemplateView& view, std::size_t placeholder,
                                 std::vector<std::string>& warnings);

// Why `operand IN (placeholder)` cannot be replaced by a bound on the operand and a look at each row's key; empty: it
// can. `operand` and `placeholder` are indexes of tokens.
std::string find_scan_obstacle(const std::vector<Token>& tokens, std::size_t operand,
                               std::size_t placeholder);

// Fails for statements that are not one SELECT: writes, several statements, parameters, SELECT INTO.
Result<void> check_single_select(const TemplateView& view);

}  // namespace firmquery

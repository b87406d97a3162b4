// What a command line that CLI11 refuses has wrong, with the remedy: the nearest name, or what other programs
// call it.
#pragma once

#include "command_tree.hpp"
#include "firmquery/core/error.hpp"

namespace firmquery::cli {

// Of a value that an option lacks, or a flag that has one.
Failure value_refused(const CLI::ParseError& error);
Failure needs_value(const OptionSpec& spec);
// Of words that are in no place of the tree, or lack in one. Requires: the tree has parsed them and refused.
Failure words_refused(const CommandTree& tree);

// By the flag itself, "--ids"; null where there is none.
const OptionSpec* find_flag(std::string_view text);

}  // namespace firmquery::cli

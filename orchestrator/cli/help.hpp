// Help texts, derived from the tables of commands and options.
#pragma once

#include <string>

#include "command_line.hpp"

namespace firmquery::cli {

std::string main_help();
std::string command_help(const CommandSpec& spec);

}  // namespace firmquery::cli

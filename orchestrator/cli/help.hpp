// Help texts, derived from the tables of commands and options.
#pragma once

#include <memory>
#include <string>

#include "command_line.hpp"

namespace CLI {
class FormatterBase;
}

namespace firmquery::cli {

// CLI11 asks these for the help of an app.
std::shared_ptr<CLI::FormatterBase> main_formatter();
// `spec` must be of the table.
std::shared_ptr<CLI::FormatterBase> command_formatter(const CommandSpec& spec);
// What an option means and which values it may have.
std::string option_words(const OptionSpec& spec);

std::string main_help();
std::string command_help(const CommandSpec& spec);

}  // namespace firmquery::cli

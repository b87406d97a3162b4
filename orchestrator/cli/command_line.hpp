// What the user typed, and nothing more: no file is read, no variable looked at, no value checked.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/job/settings.hpp"

namespace firmquery::cli {

struct CommandLine {
  std::string command;     // empty: none was given
  std::string subcommand;  // of config and local
  std::vector<std::string> operands;
  Flags flags;
  bool help = false;
  bool version = false;

  bool says(const Option<bool>& flag) const {
    const auto typed = flags.find(flag);
    return typed != flags.end() && typed->second.back() == "true";
  }
};

// A command of the program. Adding one is one entry in the table of commands.cpp.
struct CommandSpec {
  std::string_view name;
  std::string_view subcommands;  // "show|check|init"; one of them must follow
  std::string_view operands;     // "[JOB.yaml]", for the usage line
  std::size_t operands_min = 0, operands_max = 0;
  unsigned scope = 0;            // whose options of the table it has
  bool passes_operands = false;  // everything after the subcommand is for another program
  std::string_view summary;
  std::string_view details;                  // paragraphs of its help
  std::string_view examples;                 // lines of its help
  int (*run)(const CommandLine&) = nullptr;  // returns the exit code
};

std::span<const CommandSpec> command_table();
const CommandSpec* find_command(std::string_view name);

// The error that says so, with the nearest one's name.
Error unknown_command(const std::string& typed);

// Fails (kind usage) on unknown commands and options, with a suggestion, and on missing arguments.
Result<CommandLine> parse_command_line(int argc, const char* const* argv);

}  // namespace firmquery::cli

// The commands with their options and operands as CLI11 has them, made of the two tables. CLI11 takes the
// words apart, refuses what is not in the tree, and prints the help; what a refusal says is worded in
// refusal.hpp, and values are checked by the rules of the table of options, from whatever layer they come
// (ADR 0020).
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.hpp"

namespace firmquery::cli {

class CommandTree {
 public:
  CommandTree();

  CLI::App& root() { return root_; }
  const CLI::App& root() const { return root_; }
  const CLI::App& command(std::string_view name) const { return *root_.get_subcommand(std::string(name)); }

  // What was typed: each below the other, none where no command was.
  const CLI::App* chosen() const { return only(root_); }
  const CLI::App* nested() const { return chosen() == nullptr ? nullptr : only(*chosen()); }
  const CLI::App& deepest() const;
  bool asks_for_help() const;

 private:
  static const CLI::App* only(const CLI::App& app);
  CLI::App root_;
};

// The operands that an app has taken, in order.
std::vector<std::string> operands_of(const CLI::App& app);

}  // namespace firmquery::cli

#include "command_tree.hpp"

#include <fmt/format.h>

#include "firmquery/db/secrets.hpp"
#include "firmquery/job/option_table.hpp"
#include "help.hpp"

namespace firmquery::cli {
namespace {

// Options keep the raw text: their values are checked by the table's rules, whatever source they come from.
void add_options(CLI::App& app, unsigned scope) {
  for (const OptionSpec& spec : option_table()) {
    if ((spec.scope & scope) == 0) continue;
    const std::string words = option_words(spec);
    CLI::Option* option = spec.kind == ValueKind::boolean ? app.add_flag(flag_name(spec), words)
                                                          : app.add_option(flag_name(spec), words);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->group(std::string(heading_of(spec.group)));
    if (spec.kind == ValueKind::boolean) continue;
    option->type_name(std::string(spec.metavar))->default_str(std::string(spec.fallback));
  }
}

void add_operands(CLI::App& app, const CommandSpec& spec) {
  const CLI::Validator no_dsn(
      [](const std::string& text) { return looks_like_dsn(text) ? "a DSN is no operand" : std::string(); },
      "");
  for (std::size_t i = 0; i < spec.operands_max; ++i) {
    app.add_option(fmt::format("operand{}", i + 1))->required(i < spec.operands_min)->check(no_dsn);
  }
}

void add_leaf(CLI::App& app, const CommandSpec& spec) {
  add_options(app, spec.scope);
  add_operands(app, spec);
  if (spec.passes_operands) app.prefix_command();
}

}  // namespace

CommandTree::CommandTree() {
  root_.set_help_flag("-h,--help");
  root_.set_version_flag("--version", FIRMQUERY_VERSION);
  root_.require_subcommand(0, 1);
  root_.formatter(main_formatter());
  for (const CommandSpec& spec : command_table()) {
    CLI::App& command = *root_.add_subcommand(std::string(spec.name), std::string(spec.summary));
    command.formatter(command_formatter(spec));
    if (spec.subcommands.empty()) {
      add_leaf(command, spec);
      continue;
    }
    add_options(command, spec.scope);
    command.require_subcommand(1);
    for (const std::string_view name : split(spec.subcommands, '|')) {
      add_leaf(*command.add_subcommand(std::string(name)), spec);
    }
  }
}

const CLI::App* CommandTree::only(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? nullptr : parsed.front();
}

const CLI::App& CommandTree::deepest() const {
  if (nested() != nullptr) return *nested();
  return chosen() != nullptr ? *chosen() : root_;
}

bool CommandTree::asks_for_help() const {
  for (const CLI::App* app = &root_; app != nullptr; app = only(*app)) {
    if (app->get_help_ptr()->count() > 0) return true;
  }
  return false;
}

std::vector<std::string> operands_of(const CLI::App& app) {
  std::vector<std::string> operands;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    for (const std::string& text : option->results()) operands.push_back(text);
  }
  return operands;
}

}  // namespace firmquery::cli

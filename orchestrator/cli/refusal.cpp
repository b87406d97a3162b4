#include "refusal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/core/suggest.hpp"
#include "firmquery/db/secrets.hpp"
#include "firmquery/job/option_table.hpp"
#include "habits.hpp"

namespace firmquery::cli {
namespace {

std::vector<std::string> names_of(unsigned scope) {
  std::vector<std::string> names = {"--help"};
  if (scope == 0) names.emplace_back("--version");
  for (const OptionSpec& spec : option_table()) {
    if ((spec.scope & scope) != 0) names.push_back(flag_name(spec));
  }
  return names;
}

std::string usage_of(const CommandSpec& spec) {
  return fmt::format("usage: firmquery {}{}{}{}", spec.name, spec.operands.empty() ? "" : " ", spec.operands,
                     spec.scope == 0 ? "" : " [options]");
}

Failure unknown_option(const std::string& typed, const CommandSpec* command) {
  const std::string name = without_secret(typed.substr(0, typed.find('=')));
  const std::string where = command == nullptr ? "" : fmt::format("{}: ", command->name);
  const auto problem = fmt::format("{}unknown option {}", where, name);
  const std::string bare =
      name.substr(name.find_first_not_of('-') == std::string::npos ? 0 : name.find_first_not_of('-'));
  if (bare == "password" || bare == "passwd" || bare == "pw") {
    return fail(ErrorKind::usage, problem, {},
                "secrets never come from a flag: use ~/.pgpass, PGPASSFILE, PGPASSWORD, a service file, "
                "database.password_file or Kerberos");
  }
  const bool one_letter = bare.size() == 1;
  const std::string habit = habit_remedy(bare);
  const OptionSpec* elsewhere = find_option(bare);
  if (one_letter && !habit.empty()) return fail(ErrorKind::usage, problem, {}, habit);
  if (command == nullptr && elsewhere != nullptr && elsewhere->scope != kNoFlag) {
    return fail(ErrorKind::usage, problem, {},
                "options come after the command: firmquery run " + name + " ...");
  }
  if (!habit.empty()) return fail(ErrorKind::usage, problem, {}, habit);
  const std::string near = nearest(bare, names_of(command == nullptr ? 0 : command->scope));
  if (!near.empty()) return fail(ErrorKind::usage, problem, {}, fmt::format("did you mean {}?", near));
  // -Ume, -p5432
  const bool short_option = name.size() > 2 && name[1] != '-';
  if (const std::string letter = habit_remedy(bare.substr(0, 1)); short_option && !letter.empty()) {
    return fail(ErrorKind::usage, problem, {}, letter);
  }
  return fail(
      ErrorKind::usage, problem, {},
      command == nullptr ? "see firmquery --help" : fmt::format("see firmquery {} --help", command->name));
}

Failure unknown_command(const std::string& typed, const CommandSpec* parent) {
  std::vector<std::string> names;
  if (parent == nullptr) {
    for (const CommandSpec& spec : command_table()) names.emplace_back(spec.name);
  } else {
    for (const std::string_view name : split(parent->subcommands, '|')) names.emplace_back(name);
  }
  const std::string prefix = parent == nullptr ? "" : std::string(parent->name) + " ";
  const std::string near = nearest(typed, names);
  return fail(ErrorKind::usage, fmt::format("unknown command \"{}{}\"", prefix, without_secret(typed)), {},
              near.empty() ? fmt::format("the commands are: {}", fmt::join(names, ", "))
                           : fmt::format("did you mean \"{}{}\"?", prefix, near));
}

bool looks_like_option(const std::string& text) {
  return text.size() > 1 && text.front() == '-';
}

Failure unexpected(const CommandSpec& spec, const std::string& operand, const std::string& remedy) {
  return fail(ErrorKind::usage,
              fmt::format("{}: unexpected argument \"{}\"", spec.name, without_secret(operand)), {}, remedy);
}

Failure operands_refused(const CommandSpec& spec, const std::vector<std::string>& operands) {
  for (const std::string& operand : operands) {
    if (looks_like_dsn(operand)) return unexpected(spec, operand, "a server is named with --dsn DSN");
  }
  if (operands.size() > spec.operands_max) {
    return unexpected(spec, operands[spec.operands_max], usage_of(spec));
  }
  return fail(ErrorKind::usage, fmt::format("{}: missing {}", spec.name, spec.operands), {}, usage_of(spec));
}

Failure subcommand_refused(const CommandSpec& spec, const std::vector<std::string>& rest) {
  if (rest.empty()) {
    return fail(ErrorKind::usage, fmt::format("{}: a command is missing", spec.name), {},
                fmt::format("one of: {}", fmt::join(split(spec.subcommands, '|'), ", ")));
  }
  return looks_like_option(rest.front()) ? unknown_option(rest.front(), &spec)
                                         : unknown_command(rest.front(), &spec);
}

}  // namespace

Failure needs_value(const OptionSpec& spec) {
  return fail(ErrorKind::usage, "needs a value", flag_name(spec),
              fmt::format("write {} {}", flag_name(spec), spec.metavar));
}

const OptionSpec* find_flag(std::string_view text) {
  if (!text.starts_with("--")) return nullptr;
  const OptionSpec* spec = find_option(text.substr(2));
  return spec != nullptr && spec->scope != kNoFlag ? spec : nullptr;
}

Failure value_refused(const CLI::ParseError& error) {
  // The message starts with the option's name; what follows speaks the parser's language.
  const std::string what = error.what();
  const std::string name = what.substr(0, what.find_first_of(": "));
  const OptionSpec* spec = find_flag(name);
  if (spec == nullptr) return fail(ErrorKind::usage, what, {}, "see firmquery --help");
  if (spec->kind == ValueKind::boolean)
    return fail(ErrorKind::usage, "takes true or false, or nothing", name);
  return needs_value(*spec);
}

Error unknown_command(const std::string& typed) {
  return unknown_command(typed, nullptr).value();
}

Failure words_refused(const CommandTree& tree) {
  std::vector<std::string> rest;
  for (const std::string& text : tree.root().remaining()) {
    if (looks_like_option(text) && text != "--") return unknown_option(text, nullptr);
    if (tree.chosen() == nullptr) return unknown_command(text, nullptr);
    rest.push_back(text);
  }
  const CommandSpec& spec = *find_command(tree.chosen()->get_name());
  for (const CLI::App* app : {tree.chosen(), tree.nested()}) {
    if (app == nullptr) continue;
    const auto more = app->remaining();
    rest.insert(rest.end(), more.begin(), more.end());
  }
  if (!spec.subcommands.empty() && tree.nested() == nullptr) return subcommand_refused(spec, rest);
  // Unknown options first, because their values look like operands.
  for (const std::string& text : rest) {
    if (looks_like_option(text) && text != "--") return unknown_option(text, &spec);
  }
  std::vector<std::string> operands = operands_of(tree.deepest());
  std::copy_if(rest.begin(), rest.end(), std::back_inserter(operands),
               [](const std::string& text) { return text != "--"; });
  return operands_refused(spec, operands);
}

}  // namespace firmquery::cli

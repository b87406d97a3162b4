#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "firmquery/core/suggest.hpp"
#include "firmquery/db/secrets.hpp"
#include "firmquery/job/option_table.hpp"
#include "habits.hpp"

namespace firmquery::cli {
namespace {

struct Parser {
  CLI::App app;
  std::map<std::string, CLI::App*, std::less<>> commands;  // by name, subcommands as "config show"
};

// Options keep the raw text: their values are checked by the table's rules, whatever source they come from.
void add_options(CLI::App& app, unsigned scope) {
  for (const OptionSpec& spec : option_table()) {
    if ((spec.scope & scope) == 0) continue;
    if (spec.kind == ValueKind::boolean) {
      app.add_flag(flag_name(spec))->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    } else {
      app.add_option(flag_name(spec))->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }
}

void build(Parser& parser) {
  parser.app.set_help_flag("-h,--help");
  parser.app.add_flag("--version");
  parser.app.allow_extras();
  parser.app.require_subcommand(0, 1);
  for (const CommandSpec& spec : command_table()) {
    CLI::App* command = parser.app.add_subcommand(std::string(spec.name));
    parser.commands.emplace(spec.name, command);
    command->allow_extras();
    add_options(*command, spec.scope);
    if (spec.subcommands.empty()) {
      command->require_subcommand(0);
      continue;
    }
    command->require_subcommand(0, 1);
    for (const std::string_view name : split(spec.subcommands, '|')) {
      CLI::App* nested = command->add_subcommand(std::string(name));
      parser.commands.emplace(fmt::format("{} {}", spec.name, name), nested);
      nested->allow_extras();
      if (spec.passes_operands) nested->prefix_command();
      add_options(*nested, spec.scope);
    }
  }
}

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

// Checks what no option took: unknown options first, because their values look like operands.
Result<std::vector<std::string>> operands_of(const std::vector<std::string>& rest, const CommandSpec& spec) {
  if (spec.passes_operands) return rest;
  for (const std::string& text : rest) {
    if (looks_like_option(text) && text != "--") return unknown_option(text, &spec);
  }
  std::vector<std::string> operands;
  std::copy_if(rest.begin(), rest.end(), std::back_inserter(operands),
               [](const auto& text) { return text != "--"; });
  const auto unexpected = [&](const std::string& operand, const std::string& remedy) {
    return fail(ErrorKind::usage,
                fmt::format("{}: unexpected argument \"{}\"", spec.name, without_secret(operand)), {},
                remedy);
  };
  for (const std::string& operand : operands) {
    if (looks_like_dsn(operand)) return unexpected(operand, "a server is named with --dsn DSN");
  }
  if (operands.size() > spec.operands_max) return unexpected(operands[spec.operands_max], usage_of(spec));
  if (operands.size() < spec.operands_min) {
    return fail(ErrorKind::usage, fmt::format("{}: missing {}", spec.name, spec.operands), {},
                usage_of(spec));
  }
  return operands;
}

void take_values(const CLI::App& app, unsigned scope, CommandLine& line) {
  for (const OptionSpec& spec : option_table()) {
    if ((spec.scope & scope) == 0) continue;
    const CLI::Option* option = app.get_option(flag_name(spec));
    if (option->count() == 0) continue;
    auto& values = line.flags[spec];
    for (const std::string& text : option->results()) values.push_back(text);
  }
}

Failure needs_value(const OptionSpec& spec) {
  return fail(ErrorKind::usage, "needs a value", flag_name(spec),
              fmt::format("write {} {}", flag_name(spec), spec.metavar));
}

const OptionSpec* find_flag(std::string_view text) {
  if (!text.starts_with("--")) return nullptr;
  const OptionSpec* spec = find_option(text.substr(2));
  return spec != nullptr && spec->scope != kNoFlag ? spec : nullptr;
}

// The parser would take the next word as the value of `--column=`, and a flag as the value of the one before
// it: an empty shell variable must not swallow an option.
Result<void> check_values_present(int argc, const char* const* argv) {
  if (argc > 1 && std::string_view(argv[1]) == "local") return {};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view next = i + 1 < argc ? argv[i + 1] : "";
    if (!word.empty() && word.back() == '=' && word.find('=') == word.size() - 1) {
      if (const OptionSpec* spec = find_flag(word.substr(0, word.size() - 1))) return needs_value(*spec);
    }
    const OptionSpec* spec = find_flag(word);
    if (spec == nullptr || spec->kind == ValueKind::boolean) continue;
    if (find_flag(next) != nullptr || next == "--help") return needs_value(*spec);
  }
  return {};
}

Failure missing_argument(const CLI::ParseError& error) {
  // The message starts with the option's name; what follows speaks the parser's language.
  const std::string what = error.what();
  const std::string name = what.substr(0, what.find_first_of(": "));
  const OptionSpec* spec = find_flag(name);
  if (spec == nullptr) return fail(ErrorKind::usage, what, {}, "see firmquery --help");
  if (spec->kind == ValueKind::boolean)
    return fail(ErrorKind::usage, "takes true or false, or nothing", name);
  return needs_value(*spec);
}

Result<CommandLine> collect(const Parser& parser) {
  CommandLine line;
  line.version = parser.app.count("--version") > 0;
  const auto chosen = parser.app.get_subcommands();
  for (const std::string& text : parser.app.remaining()) {
    if (looks_like_option(text)) return unknown_option(text, nullptr);
    if (chosen.empty()) return unknown_command(text, nullptr);
  }
  if (chosen.empty()) return line;
  const CommandSpec& spec = *find_command(chosen.front()->get_name());
  line.command = spec.name;
  take_values(*chosen.front(), spec.scope, line);
  std::vector<std::string> rest = chosen.front()->remaining();
  if (const auto nested = chosen.front()->get_subcommands(); !nested.empty()) {
    line.subcommand = nested.front()->get_name();
    take_values(*nested.front(), spec.scope, line);
    const auto more = nested.front()->remaining();
    rest.insert(rest.end(), more.begin(), more.end());
  } else if (!spec.subcommands.empty()) {
    if (!rest.empty() && looks_like_option(rest.front())) return unknown_option(rest.front(), &spec);
    if (!rest.empty()) return unknown_command(rest.front(), &spec);
    return fail(ErrorKind::usage, fmt::format("{}: a command is missing", spec.name), {},
                fmt::format("one of: {}", fmt::join(split(spec.subcommands, '|'), ", ")));
  }
  FQ_TRY_ASSIGN(line.operands, operands_of(rest, spec));
  return line;
}

}  // namespace

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec& spec : command_table()) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

Error unknown_command(const std::string& typed) {
  return unknown_command(typed, nullptr).value();
}

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
  FQ_TRY_ASSIGN(const std::vector<std::string> words, without_short_options(argc, argv));
  std::vector<const char*> pointers;
  for (const std::string& word : words) pointers.push_back(word.c_str());
  FQ_TRY(check_values_present(argc, pointers.data()));
  Parser parser;
  try {
    build(parser);
    parser.app.parse(argc, pointers.data());
  } catch (const CLI::CallForHelp&) {
    CommandLine line;
    line.help = true;
    const auto chosen = parser.app.get_subcommands();
    if (!chosen.empty()) line.command = chosen.front()->get_name();
    return line;
  } catch (const CLI::ParseError& error) {
    return missing_argument(error);
  }
  return collect(parser);
}

}  // namespace firmquery::cli

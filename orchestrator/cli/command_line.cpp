#include "command_line.hpp"

#include "command_tree.hpp"
#include "firmquery/job/option_table.hpp"
#include "habits.hpp"
#include "refusal.hpp"

namespace firmquery::cli {
namespace {

void take_flags(const CLI::App& app, unsigned scope, CommandLine& line) {
  for (const OptionSpec& spec : option_table()) {
    if ((spec.scope & scope) == 0) continue;
    const CLI::Option* option = app.get_option(flag_name(spec));
    if (option->count() == 0) continue;
    auto& values = line.flags[spec];
    for (const std::string& text : option->results()) values.push_back(text);
  }
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

CommandLine taken(const CommandTree& tree) {
  CommandLine line;
  if (tree.chosen() == nullptr) return line;
  const CommandSpec& spec = *find_command(tree.chosen()->get_name());
  line.command = spec.name;
  take_flags(*tree.chosen(), spec.scope, line);
  if (tree.nested() != nullptr) {
    line.subcommand = tree.nested()->get_name();
    take_flags(*tree.nested(), spec.scope, line);
  }
  line.operands = spec.passes_operands ? tree.deepest().remaining() : operands_of(tree.deepest());
  return line;
}

CommandLine help_of(const CommandTree& tree) {
  CommandLine line;
  line.help = true;
  if (tree.chosen() != nullptr) line.command = tree.chosen()->get_name();
  return line;
}

}  // namespace

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec& spec : command_table()) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
  FQ_TRY_ASSIGN(const std::vector<std::string> words, without_short_options(argc, argv));
  std::vector<const char*> pointers;
  for (const std::string& word : words) pointers.push_back(word.c_str());
  FQ_TRY(check_values_present(argc, pointers.data()));
  CommandTree tree;
  try {
    tree.root().parse(argc, pointers.data());
  } catch (const CLI::CallForHelp&) {
    return help_of(tree);
  } catch (const CLI::CallForVersion&) {
    if (!tree.root().remaining().empty()) return words_refused(tree);
    CommandLine line;
    line.version = true;
    return line;
  } catch (const CLI::ArgumentMismatch& error) {
    return value_refused(error);
  } catch (const CLI::ConversionError& error) {
    return value_refused(error);
  } catch (const CLI::ParseError&) {
    // A wrong operand is found before the help is asked for.
    if (tree.asks_for_help()) return help_of(tree);
    return words_refused(tree);
  }
  return taken(tree);
}

}  // namespace firmquery::cli

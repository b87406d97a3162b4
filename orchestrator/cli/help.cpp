#include "help.hpp"

#include <fmt/format.h>

#include <initializer_list>

#include "command_tree.hpp"
#include "firmquery/job/options.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

constexpr std::size_t kColumn = 30;  // where descriptions start

constexpr std::string_view kExitCodes =
    "Exit codes:\n"
    "  0    completed\n"
    "  1    completed; a --fail-on threshold was breached\n"
    "  2    usage, configuration or unreadable input\n"
    "  3    integrity: totals or digests do not add up; do not retry, look\n"
    "  4    transient, retries used up, or partial: firmquery resume DIR goes on\n"
    "  5    authentication or permission\n"
    "  6    the query or the schema does not fit\n"
    "  7    skipped or refused: another run holds the job or its directory\n"
    "  130  interrupted (SIGINT); 143 terminated (SIGTERM)\n"
    "  129  hung up (SIGHUP); 131 quit (SIGQUIT)\n";

// "  --name ARG      words", the words wrapped at spaces and aligned.
std::string entry(const std::string& left, std::string_view words) {
  std::string line = "  " + left;
  if (line.size() + 2 > kColumn) {
    line += "\n" + std::string(kColumn, ' ');
  } else {
    line.resize(kColumn, ' ');
  }
  return line + wrapped(words, kColumn, kColumn) + "\n";
}

std::string option_entry(const CLI::Option& option) {
  std::string left = option.get_name(false, true);
  if (const std::string metavar = option.get_type_name(); !metavar.empty()) left += " " + metavar;
  std::string words = option.get_description();
  if (!option.get_default_str().empty()) words += fmt::format(" [{}]", option.get_default_str());
  return entry(left, words);
}

std::string options_of(const CLI::App& app) {
  std::string out, group;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || option == app.get_help_ptr()) continue;
    if (option->get_group() != group) out += fmt::format("\n{}:\n", group = option->get_group());
    out += option_entry(*option);
  }
  out += "\n" + entry("-h, --help", "this text");
  return out;
}

class MainHelp : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override;
};

class CommandHelp : public CLI::FormatterBase {
 public:
  explicit CommandHelp(const CommandSpec& spec) : spec_(spec) {}
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override;

 private:
  const CommandSpec& spec_;
};

std::string MainHelp::make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const {
  std::string out =
      "Every row for a long list of IDs, and proof of what is missing.\n"
      "\n"
      "Examples:\n"
      "  firmquery run --ids ids.csv --query firms.sql --dsn 'host=db dbname=firms'\n"
      "  firmquery run job.yaml --out results --fail-on 'missing>0'\n"
      "  firmquery clean --ids list.txt    # what is in the list; no database\n"
      "  firmquery verify results          # is it still what the run has left?\n"
      "\n"
      "Usage: firmquery COMMAND [options]\n"
      "\n"
      "Commands:\n";
  for (const CommandSpec& spec : command_table()) {
    std::string left(spec.name);
    if (!spec.subcommands.empty()) left += " " + std::string(spec.subcommands);
    if (!spec.operands.empty() && !spec.passes_operands) left += " " + std::string(spec.operands);
    out += entry(left, app->get_subcommand(std::string(spec.name))->get_description());
  }
  out += "\nMost used options of run:\n";
  const CLI::App& run = *app->get_subcommand("run");
  for (const AnyOption option : std::initializer_list<AnyOption>{
           options::ids, options::query, options::dsn, options::out, options::key, options::column,
           options::strategy, options::fail_on, options::quiet, options::json}) {
    out += option_entry(*run.get_option(flag_name(option.spec())));
  }
  out += "\n" + entry("-V, --version", "the version") +
         entry("-h, --help", "this text; also after each command");
  out +=
      "\n"
      "Every option can also stand in a job file (with underscores) and in the\n"
      "environment (FIRMQUERY_CHUNK_SIZE). Flag > environment > job file >\n"
      "~/.config/firmquery/config.yaml > default.\n"
      "Standard output carries data, standard error everything else.\n"
      "\n";
  return out + std::string(kExitCodes);
}

std::string CommandHelp::make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const {
  std::string out = fmt::format("{}\n\nExamples:\n{}\nUsage: firmquery {}", wrapped(spec_.summary, 0),
                                spec_.examples, spec_.name);
  if (!spec_.subcommands.empty()) out += " " + std::string(spec_.subcommands);
  if (!spec_.operands.empty()) out += " " + std::string(spec_.operands);
  if (spec_.scope != 0) out += " [options]";
  out += "\n";
  if (!spec_.details.empty()) out += fmt::format("\n{}", wrapped_lines(spec_.details, 0));
  out += options_of(*app);
  return out + "\n" + std::string(kExitCodes);
}

}  // namespace

std::string option_words(const OptionSpec& spec) {
  std::string words(spec.help);
  if (!spec.choices.empty() && spec.kind != ValueKind::integer)
    words += fmt::format(": {}", fmt::join(split(spec.choices, '|'), ", "));
  return words;
}

std::shared_ptr<CLI::FormatterBase> main_formatter() {
  return std::make_shared<MainHelp>();
}

std::shared_ptr<CLI::FormatterBase> command_formatter(const CommandSpec& spec) {
  return std::make_shared<CommandHelp>(spec);
}

std::string main_help() {
  return CommandTree().root().help();
}

std::string command_help(const CommandSpec& spec) {
  return CommandTree().command(spec.name).help();
}

}  // namespace firmquery::cli

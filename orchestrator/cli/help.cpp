#include "help.hpp"

#include <fmt/format.h>

#include <initializer_list>

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

std::string option_entry(const OptionSpec& spec) {
  std::string left = flag_name(spec);
  if (!spec.metavar.empty()) left += " " + std::string(spec.metavar);
  std::string words(spec.help);
  if (!spec.choices.empty()) {
    std::string list;
    for (const auto choice : split(spec.choices, '|'))
      list += (list.empty() ? "" : ", ") + std::string(choice);
    words += ": " + list;
  }
  if (!spec.fallback.empty() && spec.kind != ValueKind::boolean) words += fmt::format(" [{}]", spec.fallback);
  return entry(left, words);
}

std::string options_of(unsigned scope) {
  std::string out;
  OptionGroup group{};
  bool first = true;
  for (const OptionSpec& spec : option_table()) {
    if ((spec.scope & scope) == 0) continue;
    if (first || spec.group != group) out += fmt::format("\n{}:\n", heading_of(spec.group));
    group = spec.group;
    first = false;
    out += option_entry(spec);
  }
  out += "\n" + entry("-h, --help", "this text");
  return out;
}

}  // namespace

std::string main_help() {
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
    out += entry(left, spec.summary);
  }
  out += "\nMost used options of run:\n";
  for (const AnyOption option : std::initializer_list<AnyOption>{
           options::ids, options::query, options::dsn, options::out, options::key, options::column,
           options::strategy, options::fail_on, options::quiet, options::json}) {
    out += option_entry(option.spec());
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

std::string command_help(const CommandSpec& spec) {
  std::string out = fmt::format("{}\n\nExamples:\n{}\nUsage: firmquery {}", wrapped(spec.summary, 0),
                                spec.examples, spec.name);
  if (!spec.subcommands.empty()) out += " " + std::string(spec.subcommands);
  if (!spec.operands.empty()) out += " " + std::string(spec.operands);
  if (spec.scope != 0) out += " [options]";
  out += "\n";
  if (!spec.details.empty()) out += fmt::format("\n{}", wrapped_lines(spec.details, 0));
  out += options_of(spec.scope);
  return out + "\n" + std::string(kExitCodes);
}

}  // namespace firmquery::cli

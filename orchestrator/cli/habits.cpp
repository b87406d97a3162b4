#include "habits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "command_line.hpp"
#include "firmquery/job/option_table.hpp"
#include "firmquery/db/secrets.hpp"

namespace firmquery::cli {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Pair, 3> kShort{{{"-V", "--version"}, {"-q", "--quiet"}, {"-o", "--out"}}};

// Names of other programs, and the option of the table that is meant.
constexpr std::array<Pair, 17> kMeant{{{"h", "host"},
                                       {"p", "port"},
                                       {"U", "user"},
                                       {"username", "user"},
                                       {"d", "database"},
                                       {"dbname", "database"},
                                       {"c", "sql"},
                                       {"command", "sql"},
                                       {"f", "query"},
                                       {"file", "query"},
                                       {"o", "out"},
                                       {"output", "out"},
                                       {"q", "quiet"},
                                       {"i", "ids"},
                                       {"input", "ids"},
                                       {"j", "json"},
                                       {"L", "log-file"}}};

constexpr std::string_view kNothingIsAsked =
    "nothing is asked for: passwords come from ~/.pgpass, PGPASSWORD, a service file, database.password_file "
    "or "
    "Kerberos";
constexpr std::array<Pair, 7> kRemedies{
    {{"v", "--progress always shows what happens, -V or --version the version; a template has no variables"},
     {"verbose", "--progress always shows what happens"},
     {"w", kNothingIsAsked},
     {"W", kNothingIsAsked},
     {"no-password", kNothingIsAsked},
     {"n", "firmquery plan is the dry run"},
     {"dry-run", "firmquery plan is the dry run"}}};

std::string_view look_up(std::span<const Pair> pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const Pair& p) { return p.first == name; });
  return found == pairs.end() ? std::string_view() : found->second;
}

// Where a part of the connection is said: it has no flag of its own.
std::string part_remedy(const OptionSpec& spec) {
  const std::string_view keyword = spec.name == "database" ? "dbname" : spec.name;
  const std::string variable = spec.variable.empty() ? "" : fmt::format(", {}", spec.variable);
  return fmt::format("write --dsn '{}={} ...'{}, or {} in a job file", keyword, spec.metavar, variable,
                     spec.yaml);
}

bool takes_value(std::string_view word) {
  const OptionSpec* spec = word.starts_with("--") ? find_option(word.substr(2)) : nullptr;
  return spec != nullptr && spec->scope != kNoFlag && spec->kind != ValueKind::boolean;
}

// What stands where psql's users write the host: -h HOST, -hHOST.
std::string after_help(const std::vector<std::string>& words, std::size_t at) {
  if (!words[at].starts_with("-h") || words[at] == "-help") return {};
  if (words[at].size() > 2) return words[at].substr(2);
  const bool last = at + 1 == words.size();
  return last || words[at + 1].starts_with('-') ? std::string() : words[at + 1];
}

}  // namespace

Result<std::vector<std::string>> without_short_options(int argc, const char* const* argv) {
  std::vector<std::string> words(argv, argv + argc);
  const CommandSpec* command = argc > 1 ? find_command(words[1]) : nullptr;
  if (command != nullptr && command->passes_operands) return words;
  const bool connects = command != nullptr && (command->scope & find_option("dsn")->scope) != 0;
  for (std::size_t i = 1; i < words.size() && words[i] != "--"; ++i) {
    if (takes_value(words[i - 1])) continue;
    const std::string host = after_help(words, i);
    if (!host.empty() && (connects || (i == 1 && find_command(host) == nullptr))) {
      return fail(
          ErrorKind::usage, fmt::format("-h is the help, and \"{}\" follows it", without_secret(host)), {},
          fmt::format("for a server {}; for the help: firmquery {}--help", part_remedy(*find_option("host")),
                      command == nullptr ? "" : fmt::format("{} ", command->name)));
    }
    if (const std::string_view word = look_up(kShort, words[i]); !word.empty()) words[i] = word;
  }
  return words;
}

std::string habit_remedy(std::string_view name) {
  if (const std::string_view remedy = look_up(kRemedies, name); !remedy.empty()) return std::string(remedy);
  const std::string_view meant = look_up(kMeant, name);
  const OptionSpec* spec = find_option(meant.empty() ? name : meant);
  if (spec == nullptr) return {};
  if (spec->scope == kNoFlag) return spec->group == Group::connection ? part_remedy(*spec) : "";
  if (meant.empty()) return {};
  return fmt::format("write {}{}{}", flag_name(*spec), spec->metavar.empty() ? "" : " ", spec->metavar);
}

}  // namespace firmquery::cli

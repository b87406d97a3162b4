#include "habits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "command_line.hpp"
#include "firmquery/db/secrets.hpp"
#include "firmquery/job/options.hpp"

namespace firmquery::cli {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Pair, 3> kShort{{{"-V", "--version"}, {"-q", "--quiet"}, {"-o", "--out"}}};

// Names of other programs, and the option of the table that is meant.
struct Meant {
  std::string_view name;
  AnyOption option;
};
constexpr std::array<Meant, 17> kMeant{{{"h", options::host},
                                        {"p", options::port},
                                        {"U", options::user},
                                        {"username", options::user},
                                        {"d", options::database},
                                        {"dbname", options::database},
                                        {"c", options::sql},
                                        {"command", options::sql},
                                        {"f", options::query},
                                        {"file", options::query},
                                        {"o", options::out},
                                        {"output", options::out},
                                        {"q", options::quiet},
                                        {"i", options::ids},
                                        {"input", options::ids},
                                        {"j", options::json},
                                        {"L", options::log_file}}};

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
  const std::string_view keyword = options::database.is(spec) ? "dbname" : spec.name;
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
  const bool connects = command != nullptr && (command->scope & options::dsn.spec().scope) != 0;
  for (std::size_t i = 1; i < words.size() && words[i] != "--"; ++i) {
    if (takes_value(words[i - 1])) continue;
    const std::string host = after_help(words, i);
    if (!host.empty() && (connects || (i == 1 && find_command(host) == nullptr))) {
      return fail(
          ErrorKind::usage, fmt::format("-h is the help, and \"{}\" follows it", without_secret(host)), {},
          fmt::format("for a server {}; for the help: firmquery {}--help", part_remedy(options::host.spec()),
                      command == nullptr ? "" : fmt::format("{} ", command->name)));
    }
    if (const std::string_view word = look_up(kShort, words[i]); !word.empty()) words[i] = word;
  }
  return words;
}

std::string habit_remedy(std::string_view name) {
  if (const std::string_view remedy = look_up(kRemedies, name); !remedy.empty()) return std::string(remedy);
  const auto* meant =
      std::find_if(kMeant.begin(), kMeant.end(), [&](const Meant& m) { return m.name == name; });
  const bool other = meant != kMeant.end();
  const OptionSpec* spec = other ? &meant->option.spec() : find_option(name);
  if (spec == nullptr) return {};
  if (spec->scope == kNoFlag) return spec->group == OptionGroup::connection ? part_remedy(*spec) : "";
  if (!other) return {};
  return fmt::format("write {}{}{}", flag_name(*spec), spec->metavar.empty() ? "" : " ", spec->metavar);
}

}  // namespace firmquery::cli

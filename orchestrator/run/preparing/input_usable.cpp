// Is what was read of a list worth a run?
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "firmquery/core/clean_rows.hpp"
#include "firmquery/run/input.hpp"

namespace firmquery {
namespace {

// "not_an_integer 12 (line 2: "Bob"), null 3 (line 7: "NULL")"
std::string commonest_reasons(const InputProfile& profile) {
  constexpr std::size_t kShown = 3;
  std::vector<std::pair<std::string, std::uint64_t>> reasons(profile.problems.begin(),
                                                             profile.problems.end());
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < reasons.size() && i < kShown; ++i) {
    const FieldExample& example = profile.examples.at(reasons[i].first);
    const std::string place = profile.format == InputFormat::workbook
                                  ? "cell " + cell_name(profile.column_index, example.line)
                                  : fmt::format("line {}", example.line);
    text += fmt::format("{}{} {} ({}: \"{}\")", i == 0 ? "" : ", ", reasons[i].first, reasons[i].second,
                        place, example.text);
  }
  return reasons.size() > kShown ? text + ", ..." : text;
}

std::string name_of(const InputOptions& options) {
  return options.path == "-" ? "standard input" : options.clean.source_name;
}

std::string how_to_see(const InputOptions& options) {
  if (options.keep_rejected) return "all of them are in rejected.csv";
  const bool file = options.path != "-" && query_of(options.path).empty();
  return fmt::format("firmquery clean --ids {} --id-type {} --out DIR writes all of them to rejected.csv",
                     file ? options.path : "...", to_string(options.clean.type));
}

Failure mostly_rejected(const InputOptions& options, const InputReport& report, const InputProfile& profile) {
  const std::uint64_t judged = report.accepted + report.rejected;
  std::string remedy;
  for (const std::string& suspicion : profile.suspicions) remedy += suspicion + "\n  ";
  remedy += "check --column and --id-type; " + how_to_see(options);
  if (report.accepted > 0) remedy += "; --accept-rejected goes on with the rest";
  return fail(ErrorKind::usage,
              fmt::format("{} of {} entries are no ID of type {}: {}", report.rejected, judged,
                          to_string(options.clean.type), commonest_reasons(profile)),
              name_of(options), std::move(remedy));
}

Failure no_ids(const InputOptions& options, const InputReport& report, const InputProfile& profile) {
  std::string what =
      report.lines == 0
          ? "it is empty"
          : fmt::format("{} line{}, of which {} blank, {} header and {} rejected", report.lines,
                        report.lines == 1 ? "" : "s", report.blank, report.header, report.rejected);
  if (report.rejected > 0) what += ": " + commonest_reasons(profile);
  return fail(ErrorKind::usage, "the list holds no IDs: " + what, name_of(options),
              "check what writes the list; where a list without IDs is in order, say --allow-empty");
}

}  // namespace

Result<void> check_usable(const InputOptions& options, const InputReport& report,
                          const InputProfile& profile) {
  if (report.rejected > report.accepted && !options.accept_rejected)
    return mostly_rejected(options, report, profile);
  if (report.unique == 0 && !options.allow_empty) return no_ids(options, report, profile);
  return {};
}

}  // namespace firmquery

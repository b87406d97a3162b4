// `history`: the runs of a job, and the ages of its missing IDs.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "firmquery/core/csv.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/history/job_history.hpp"
#include "firmquery/job/options.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"
#include "screen.hpp"
#include "signals.hpp"

namespace firmquery::cli {
namespace {

using HistoryJson = nlohmann::ordered_json;
constexpr Option<bool> kAges{"ages"};

std::string as_text(const std::vector<JobRun>& runs, const std::filesystem::path& folder) {
  std::string text = fmt::format("{:<19}  {:<11} {:>10} {:>9} {:>7} {:>8}  {:>8}\n", "read at (UTC)",
                                 "status", "found", "missing", "new", "resolved", "time");
  for (const JobRun& run : runs) {
    std::string at(run.read_at().substr(0, 19));
    if (at.size() > 10) at[10] = ' ';
    const auto count = [&](std::uint64_t number) { return run.report ? grouped(number) : std::string("-"); };
    const ResultReport result = run.report ? run.report->result : ResultReport();
    text +=
        fmt::format("{:<19}  {:<11} {:>10} {:>9} {:>7} {:>8}  {:>8}\n", at, run.status(), count(result.found),
                    count(result.missing), run.changes ? grouped(run.changes->newly) : "-",
                    run.changes ? grouped(run.changes->resolved) : "-",
                    run.report ? duration_text(run.report->timing.total_s) : "-");
  }
  text += fmt::format("\n{} {} in {}", runs.size(), runs.size() == 1 ? "run" : "runs", folder.string());
  if (!runs.empty()) text += fmt::format(", the newest in {}", runs.back().directory.filename().string());
  return text + "\n";
}

std::string as_json(const std::vector<JobRun>& runs, const std::filesystem::path& folder) {
  HistoryJson all = HistoryJson::array();
  for (const JobRun& run : runs) {
    HistoryJson json = {{"directory", run.directory.string()},
                        {"began_at", run.began_at},
                        {"read_at", run.read_at()},
                        {"status", run.status()}};
    if (run.report) {
      const Report& report = *run.report;
      json["run_id"] = report.run_id;
      json["snapshot"] = {{"kind", report.snapshot.kind}, {"value", report.snapshot.value}};
      json["unique"] = report.input.unique;
      json["found"] = report.result.found;
      json["missing"] = report.result.missing;
      json["unresolved"] = report.result.unresolved;
      json["rows"] = report.result.rows;
      json["total_s"] = report.timing.total_s;
    }
    if (run.changes) {
      json["since"] = run.changes->since;
      json["new"] = run.changes->newly;
      json["resolved"] = run.changes->resolved;
    }
    if (!run.problem.empty()) json["problem"] = run.problem;
    all.push_back(std::move(json));
  }
  const HistoryJson json = {{"schema", 1}, {"folder", folder.string()}, {"runs", std::move(all)}};
  return json.dump(2, ' ', false, HistoryJson::error_handler_t::replace) + "\n";
}

Result<void> print(std::string_view text) {
  if (write_all(1, text)) return {};
  return fail(ErrorKind::usage, "cannot write: its reader has gone, or the disk is full", "standard output");
}

Result<void> print_ages(const std::vector<JobRun>& runs, const std::string& key,
                        const std::stop_token& stop) {
  constexpr std::size_t kBlockBytes = 1 << 16;
  std::string block;
  append_csv_field(block, key);
  block += ",first_missing,runs_missing\n";
  const auto add = [&](const MissingAge& age) -> Result<void> {
    append_csv_field(block, age.id);
    block += fmt::format(",{},{}\n", age.since, age.runs);
    if (block.size() < kBlockBytes) return {};
    FQ_TRY(print(block));
    block.clear();
    return {};
  };
  FQ_TRY(visit_ages(runs, std::filesystem::temp_directory_path(), stop, add));
  return print(block);
}

}  // namespace

int run_history(const CommandLine& line) {
  Screen screen;
  const Surroundings surroundings = process_surroundings();
  const std::string job_file = line.operands.empty() ? "" : line.operands.front();
  const Settings settings = resolve_settings({line.flags, job_file}, surroundings);
  const bool json = settings.get(options::json), ages = settings.get(kAges);
  screen.expect_json(json);
  std::vector<Error> errors = settings.problems;
  if (json && ages) {
    errors.push_back(
        {ErrorKind::usage, "--ages prints CSV, and --json an object", "--json", "leave one of them out", {}});
  }
  if (!errors.empty()) return report_errors(screen, errors);
  RunSeries series{settings.get(options::default_directory), {}, settings.get(options::filename_pattern)};
  if (!job_file.empty()) series.job_file = surroundings.absolute(job_file).string();
  Signals signals(screen);
  auto runs = runs_of_job(series, settings.get(options::key));
  if (!runs) return report_error(screen, runs.error());
  if (ages) {
    const auto printed = print_ages(*runs, settings.get(options::key), signals.token());
    return printed ? 0 : report_error(screen, signals.attributed(printed.error()));
  }
  const auto scratch = std::filesystem::temp_directory_path();
  if (const auto added = add_changes(*runs, scratch, signals.token()); !added)
    return report_error(screen, signals.attributed(added.error()));
  if (!json) {
    for (const JobRun& run : *runs) {
      if (!run.problem.empty()) report_warning(screen, run.problem);
    }
  }
  const std::string out = json                           ? as_json(*runs, series.folder)
                          : settings.get(options::quiet) ? ""
                                                         : as_text(*runs, series.folder);
  if (screen.answer(out)) return 0;
  return report_error(screen, Error{ErrorKind::usage, "cannot write the runs", "standard output", {}, {}});
}

}  // namespace firmquery::cli

// `history`: the runs of a job, and the ages of its missing IDs.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "firmquery/core/csv.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/history/job_history.hpp"
#include "firmquery/history/run_index.hpp"
#include "firmquery/job/options.hpp"
#include "messages.hpp"
#include "old_runs.hpp"
#include "process_surroundings.hpp"
#include "screen.hpp"
#include "signals.hpp"

namespace firmquery::cli {
namespace {

using HistoryJson = nlohmann::ordered_json;
constexpr Option<bool> kAges{"ages"};
constexpr Option<std::string> kAcceptUntil{"accept-until"};

// Of the report, or what the index remembers of it.
std::optional<IndexedStart::Figures> figures_of(const JobRun& run) {
  if (run.report) return firmquery::figures_of(*run.report);
  return run.start ? run.start->figures : std::nullopt;
}

// In the room that the table has; --json has it whole.
std::string_view short_status(std::string_view status) {
  return status.substr(0, status.find('_'));
}

std::string as_text(const std::vector<JobRun>& runs, const std::filesystem::path& folder) {
  constexpr std::string_view kLine = "{:<16} {:<11} {:>9} {:>9} {:>7} {:>8} {:>8} {:>4}\n";
  std::string text = fmt::format(fmt::runtime(kLine), "read at (UTC)", "status", "found", "missing", "new",
                                 "resolved", "time", "exit");
  std::size_t removed = 0;
  const JobRun* newest = nullptr;
  for (const JobRun& run : runs) {
    std::string at(run.read_at().substr(0, 16));
    if (at.size() > 10) at[10] = ' ';
    const auto figures = figures_of(run);
    const auto count = [&](std::uint64_t number) { return figures ? grouped(number) : std::string("-"); };
    const IndexedStart::Figures known = figures.value_or(IndexedStart::Figures());
    // What is gone cannot be compared.
    const std::string no_changes = run.removed() ? "removed" : "-";
    text += fmt::format(fmt::runtime(kLine), at, short_status(run.status()), count(known.found),
                        count(known.missing), run.changes ? grouped(run.changes->newly) : "-",
                        run.changes ? grouped(run.changes->resolved) : no_changes,
                        figures ? duration_text(known.total_s) : "-",
                        run.exit_code ? std::to_string(*run.exit_code) : "-");
    removed += run.removed() ? 1 : 0;
    if (!run.start) newest = &run;
  }
  const auto there = std::count_if(runs.begin(), runs.end(), [](const JobRun& run) { return !run.start; });
  text += fmt::format("\n{} {} in {}", there, there == 1 ? "run" : "runs", folder.string());
  if (newest != nullptr) text += fmt::format(", the newest in {}", newest->directory.filename().string());
  if (removed > 0) text += fmt::format("; {} removed", removed);
  return text + "\n";
}

// null: it has left none.
HistoryJson directory_of(const JobRun& run, const std::filesystem::path& folder) {
  if (!run.start) return run.directory.string();
  return run.removed() ? HistoryJson((folder / run.start->directory).string()) : HistoryJson();
}

std::string as_json(const std::vector<JobRun>& runs, const std::filesystem::path& folder) {
  HistoryJson all = HistoryJson::array();
  for (const JobRun& run : runs) {
    HistoryJson json = {{"directory", directory_of(run, folder)},
                        {"began_at", run.began_at},
                        {"read_at", run.read_at()},
                        {"status", run.status()},
                        {"removed", run.removed()}};
    if (run.exit_code) json["exit"] = *run.exit_code;
    if (const auto figures = figures_of(run)) {
      json["run_id"] = run.run_id;
      json["snapshot"] = {{"kind", figures->snapshot.kind}, {"value", figures->snapshot.value}};
      json["unique"] = figures->unique;
      json["found"] = figures->found;
      json["missing"] = figures->missing;
      json["unresolved"] = figures->unresolved;
      json["rows"] = figures->rows;
      json["total_s"] = figures->total_s;
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

// `until`: empty, or a baseline is printed in which each is accepted until then.
Result<void> print_ages(const std::vector<JobRun>& runs, const std::string& key, const std::string& until,
                        const std::stop_token& stop) {
  constexpr std::size_t kBlockBytes = 1 << 16;
  std::string block;
  append_csv_field(block, key);
  block += until.empty() ? ",first_missing,runs_missing\n" : ",until,first_missing\n";
  const auto add = [&](const MissingAge& age) -> Result<void> {
    append_csv_field(block, age.id);
    block += until.empty() ? fmt::format(",{},{}\n", age.since, age.runs)
                           : fmt::format(",{},{}\n", until, age.since);
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
  const std::string until = settings.get(kAcceptUntil);
  if (settings.is_set(kAcceptUntil)) {
    const std::string& place = settings.value(kAcceptUntil).place;
    if (!ages)
      errors.push_back(
          {ErrorKind::usage, "it is of the IDs that --ages prints", place, "give --ages, too", {}});
    if (!end_of_time(until)) {
      errors.push_back({ErrorKind::usage,
                        fmt::format("\"{}\" is no time", until),
                        place,
                        "write a date, 2026-12-31, or a time, 2026-12-31T18:00:00Z",
                        {}});
    }
  }
  if (!errors.empty()) return report_errors(screen, errors);
  RunSeries series{settings.get(options::default_directory), {}, settings.get(options::filename_pattern)};
  if (!job_file.empty()) series.job_file = surroundings.absolute(job_file).string();
  if (removes_by_hand(settings)) {
    if (!ages) return remove_old_runs_by_hand(settings, series, screen);
    return report_error(screen, Error{ErrorKind::usage,
                                      "--ages lists missing IDs, and --keep-runs removes runs",
                                      "--ages",
                                      "leave one of them out",
                                      {}});
  }
  Signals signals(screen);
  auto runs = runs_of_job(series, settings.get(options::key));
  if (!runs) return report_error(screen, runs.error());
  if (ages) {
    const auto printed = print_ages(*runs, settings.get(options::key), until, signals.token());
    return printed ? 0 : report_error(screen, signals.attributed(printed.error()));
  }
  const auto scratch = std::filesystem::temp_directory_path();
  if (const auto added = add_changes(*runs, scratch, signals.token()); !added)
    return report_error(screen, signals.attributed(added.error()));
  auto starts = read_index(series, settings.get(options::key));
  if (starts) {
    add_index(*runs, *starts);
  } else if (!json) {
    report_warning(screen, "exit codes and removed runs are not known: " + starts.error().to_string());
  }
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

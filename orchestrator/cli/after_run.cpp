#include "after_run.hpp"

#include "firmquery/history/metrics.hpp"
#include "firmquery/history/run_index.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_directory.hpp"
#include "messages.hpp"
#include "old_runs.hpp"
#include "on_finish.hpp"

namespace firmquery::cli {
namespace {

constexpr Option<std::string> kOnFinish{"on-finish"};
constexpr Option<std::filesystem::path> kMetricsFile{"metrics-file"};
constexpr std::chrono::seconds kMostOfOnFinish = std::chrono::minutes(10);

bool is_skipped(int exit_code, const std::optional<RunOutcome>& outcome) {
  return exit_code == kSkippedExitCode || (outcome && outcome->kind == RunOutcome::Kind::skipped);
}

// Nothing was read, because it would not have ended in time.
bool is_refused_for_time(const std::optional<RunOutcome>& outcome) {
  return outcome && outcome->kind == RunOutcome::Kind::refused && outcome->error &&
         outcome->error->kind == ErrorKind::late;
}

RunEnd end_of(int exit_code, const std::optional<RunOutcome>& outcome) {
  RunEnd end{exit_code, "failed", {}, {}};
  if (is_skipped(exit_code, outcome)) {
    end.status = "skipped";
  } else if (is_refused_for_time(outcome)) {
    end.status = "refused_for_time";
  } else if (exit_code > 128) {
    end.status = "interrupted";
  }
  if (!outcome || outcome->kind == RunOutcome::Kind::refused || outcome->report.run_id.empty()) return end;
  std::error_code ignored;
  if (!std::filesystem::exists(outcome->out, ignored)) return end;  // a run that never began has left nothing
  end.run_id = outcome->report.run_id;
  end.directory = std::filesystem::absolute(outcome->out, ignored);
  if (end.status != "skipped") end.status = outcome->report.status;
  return end;
}

void write(const AfterRun& after, int exit_code, const std::optional<RunOutcome>& outcome, Screen& screen) {
  JobEnd end;
  end.job = after.job;
  end.at = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  end.exit_code = exit_code;
  end.skipped = is_skipped(exit_code, outcome);
  end.refused_for_time = is_refused_for_time(outcome);
  using Kind = RunOutcome::Kind;
  if (outcome && (outcome->kind == Kind::ran || outcome->kind == Kind::complete_before)) {
    end.report = &outcome->report;
    end.breached = outcome->breached.size();
  }
  if (const auto written = write_metrics(after.metrics_file, end); !written)
    report_warning(screen, "the metrics were not written: " + written.error().to_string());
}

// Of starts that will have a directory of their own.
std::optional<RunSeries> series_of(const Settings& settings, const Surroundings& surroundings) {
  if (settings.is_set(options::out)) return std::nullopt;
  RunSeries series{settings.get(options::default_directory), {}, settings.get(options::filename_pattern)};
  if (!settings.job_file.empty()) series.job_file = surroundings.absolute(settings.job_file).string();
  return series;
}

// Of the run in a directory; it may have been moved to another folder than it was made in.
std::optional<RunSeries> series_of_run(const std::filesystem::path& directory) {
  const auto job = peek_journal_job(directory);
  if (!job || job->pattern.empty()) return std::nullopt;
  std::error_code ignored;
  std::filesystem::path path = std::filesystem::absolute(directory, ignored).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return RunSeries{path.parent_path(), job->job_file, job->pattern};
}

// A start of which nothing has come but its exit code: a folder is not made for it.
void index_start(const AfterRun& after, int exit_code, const std::optional<RunOutcome>& outcome,
                 Screen& screen) {
  using Kind = RunOutcome::Kind;
  std::error_code ignored;
  if (!after.series || !std::filesystem::is_directory(after.series->folder, ignored)) return;
  if (outcome && outcome->kind == Kind::complete_before) return;
  const RunEnd end = end_of(exit_code, outcome);
  IndexedStart start;
  start.began_at = after.began_at;
  start.ended_at = utc_now();
  start.job = after.job;
  start.run_id = end.run_id;
  start.directory = end.directory.filename().string();
  start.status = end.status;
  if (end.status == "failed" && (!outcome || outcome->kind == Kind::refused)) start.status = "refused";
  start.exit_code = exit_code;
  if (!end.run_id.empty()) start.figures = figures_of(outcome->report);
  start.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - after.began).count();
  if (const auto added = add_to_index(*after.series, after.key, start); !added)
    report_warning(screen, "the index of the job's runs was not written: " + added.error().to_string());
}

}  // namespace

Result<AfterRun> after_run(const Settings& settings, const Surroundings& surroundings,
                           const std::filesystem::path& directory) {
  AfterRun after;
  if (settings.is_set(options::job)) after.job = settings.get(options::job);
  after.began_at = utc_now();
  after.series = directory.empty() ? series_of(settings, surroundings) : series_of_run(directory);
  after.key = settings.get(options::key);
  FQ_TRY_ASSIGN(after.retention, retention_of(settings, after.series));
  after.metrics_file = settings.get(kMetricsFile);
  if (settings.is_set(kOnFinish)) {
    FQ_TRY_ASSIGN(after.on_finish, command_words(settings.get(kOnFinish)));
  }
  return after;
}

void finish_start(const AfterRun& after, int exit_code, const std::optional<RunOutcome>& outcome,
                  Screen& screen) {
  if (!after.metrics_file.empty()) write(after, exit_code, outcome, screen);
  index_start(after, exit_code, outcome, screen);
  if (after.on_finish.empty()) return;
  const auto done = start_on_finish(after.on_finish, end_of(exit_code, outcome), kMostOfOnFinish);
  if (!done) report_warning(screen, done.error().to_string());
}

}  // namespace firmquery::cli

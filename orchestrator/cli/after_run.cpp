#include "after_run.hpp"

#include "firmquery/history/metrics.hpp"
#include "firmquery/job/options.hpp"
#include "messages.hpp"
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

}  // namespace

Result<AfterRun> after_run(const Settings& settings) {
  AfterRun after;
  if (settings.is_set(options::job)) after.job = settings.get(options::job);
  after.metrics_file = settings.get(kMetricsFile);
  if (settings.is_set(kOnFinish)) {
    FQ_TRY_ASSIGN(after.on_finish, command_words(settings.get(kOnFinish)));
  }
  return after;
}

void finish_start(const AfterRun& after, int exit_code, const std::optional<RunOutcome>& outcome,
                  Screen& screen) {
  if (!after.metrics_file.empty()) write(after, exit_code, outcome, screen);
  if (after.on_finish.empty()) return;
  const auto done = start_on_finish(after.on_finish, end_of(exit_code, outcome), kMostOfOnFinish);
  if (!done) report_warning(screen, done.error().to_string());
}

}  // namespace firmquery::cli

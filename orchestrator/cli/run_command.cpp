// `run` and `resume`: options -> job -> run_job -> summary and exit code.
#include <fmt/format.h>

#include <iostream>
#include <optional>
#include <string>

#include "commands.hpp"
#include "firmquery/file_lock.hpp"
#include "firmquery/pipeline.hpp"
#include "firmquery/run_directory.hpp"
#include "job_start.hpp"
#include "log.hpp"
#include "messages.hpp"
#include "progress_display.hpp"
#include "screen.hpp"
#include "signals.hpp"
#include "summary.hpp"

namespace firmquery::cli {
namespace {

Log::OnScreen log_on_screen(const CliSettings& cli, ProgressDisplay::Form form) {
  if (cli.quiet) return Log::OnScreen::nothing;
  return form == ProgressDisplay::Form::log_lines ? Log::OnScreen::everything : Log::OnScreen::warnings;
}

int finish(const Job& job, const CliSettings& cli, const RunOutcome& outcome, Screen& screen, Log& log) {
  if (outcome.kind == RunOutcome::Kind::skipped) {
    screen.line("firmquery: skipped: another run holds " + outcome.out.string());
    return 0;
  }
  if (outcome.kind == RunOutcome::Kind::complete_before) {
    if (!cli.quiet)
      screen.line(fmt::format("{}: {} already, nothing to do", outcome.out.string(), outcome.report.status));
  } else if (!cli.quiet) {
    std::string summary = "\n" + run_summary(job, outcome);
    summary.pop_back();
    screen.line(summary);
  }
  if (cli.json && !write_all(1, to_json(outcome.report))) {
    return report_error(screen,
                        Error{ErrorKind::usage, "cannot write the report", "standard output", {}, {}});
  }
  if (outcome.report.status == "partial") {
    const std::string message =
        fmt::format("{} IDs are unresolved, neither found nor missing; firmquery resume {} goes on with them",
                    grouped(outcome.report.result.unresolved), outcome.out.string());
    log.error(message);
    screen.line("firmquery: partial: " + message);
    return exit_code(ErrorKind::transient);
  }
  for (const std::string& breach : outcome.breached) {
    log.error(breach);
    screen.line("firmquery: threshold breached: " + breach);
  }
  return outcome.breached.empty() ? 0 : 1;
}

// `job_file` may be empty; else two runs of it do not overlap.
int execute(const StartedJob& started, const std::string& job_file, Screen& screen) {
  const auto& [job, cli, notices] = started;
  const auto form = ProgressDisplay::form_of(cli, screen);
  auto log = Log::open(cli, log_on_screen(cli, form), screen, job.run_id);
  if (!log) return report_error(screen, log.error());
  for (const std::string& notice : notices) (*log)->warning(notice);
  Signals signals(screen);
  std::optional<FileLock> lock;
  if (!job_file.empty()) {
    auto locked = lock_file(job_file, false, "this job", job.on_overlap, signals.token());
    if (!locked) return report_error(screen, signals.attributed(std::move(locked).error()));
    if (!*locked) {
      screen.line("firmquery: skipped: another run of " + job_file + " is in progress");
      return 0;
    }
    lock = std::move(*locked);
  }
  Progress progress;
  ProgressDisplay display(progress, form, screen, **log);
  auto outcome = run_job(job, progress, **log, signals.token());
  display.finish();
  if (!outcome) {
    const Error error = signals.attributed(std::move(outcome).error());
    (*log)->error(error.to_string());
    return report_error(screen, error);
  }
  return finish(job, cli, *outcome, screen, **log);
}

// Who types the command again meets the unfinished run; a scheduled job says --resume.
bool asked_to_resume(const Job& job, Screen& screen) {
  const auto state = run_state(job.out);
  if (!state || *state != RunState::unfinished || !is_terminal(0) || !is_terminal(2)) return false;
  screen.line(fmt::format("{} holds an unfinished run. Go on with it? [y/N]", job.out.string()));
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

int run_run(const CommandLine& line) {
  Screen screen;
  auto started = start_job(line, Creation::allowed, screen);
  if (!started) return started.error();
  Job& job = started->job;
  if (!job.resume && job.ids_path != "-") job.resume = asked_to_resume(job, screen);
  return execute(*started, line.operands.empty() ? "" : line.operands.front(), screen);
}

int run_resume(const CommandLine& line) {
  Screen screen;
  const std::string& directory = line.operands.front();
  if (const auto state = run_state(directory); state && *state == RunState::complete) {
    if (auto tidied = tidy_complete_run(directory); !tidied)
      report_warning(screen, tidied.error().to_string());
    if (!line.has("quiet")) screen.line(directory + ": complete already, nothing to do");
    return 0;
  }
  const auto started = start_saved_job(line, directory, screen);
  return started ? execute(*started, "", screen) : started.error();
}

}  // namespace firmquery::cli

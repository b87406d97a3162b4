// `run` and `resume`: options -> job -> run_job -> summary and exit code.
#include <fmt/format.h>

#include <optional>
#include <string>

#include "answer.hpp"
#include "commands.hpp"
#include "event_lines.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/file_lock.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/output/run_reader.hpp"
#include "firmquery/run/run.hpp"
#include "job_start.hpp"
#include "log.hpp"
#include "messages.hpp"
#include "old_runs.hpp"
#include "process_surroundings.hpp"
#include "progress_display.hpp"
#include "question.hpp"
#include "screen.hpp"
#include "signals.hpp"
#include "summary.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

Log::OnScreen log_on_screen(const CliSettings& cli, ProgressDisplay::Form form) {
  if (cli.quiet) return Log::OnScreen::nothing;
  return form == ProgressDisplay::Form::log_lines ? Log::OnScreen::everything : Log::OnScreen::warnings;
}

int skipped(const std::string& reason, Screen& screen, Log& log) {
  log.record("end: skipped: " + reason);
  screen.line(wrapped("firmquery: skipped: " + reason, 4));
  if (screen.owes_json()) screen.answer(skipped_json(reason));
  return kSkippedExitCode;
}

void log_start(const Job& job, Log& log) {
  log.record(fmt::format("start: firmquery {}, list {}, query {}, target {}, into {}", FIRMQUERY_VERSION,
                         job.ids_path, job.sql_name,
                         job.connect.dsn.empty() ? "of the environment" : redact_dsn(job.connect.dsn),
                         job.out.string()));
}

void log_end(const Report& report, Log& log) {
  log.record(fmt::format("end: {}: {} unique, {} found, {} missing, {} unresolved, {} rows in {:.3f} s",
                         report.status, report.input.unique, report.result.found, report.result.missing,
                         report.result.unresolved, report.result.rows, report.timing.total_s));
}

Error partial(const std::filesystem::path& out, const Report& report) {
  return Error{
      ErrorKind::transient,
      fmt::format("{} IDs are unresolved, neither found nor missing", grouped(report.result.unresolved)),
      {},
      fmt::format("firmquery resume {} goes on with them", out.string()),
      {}};
}

int finish(const Job& job, const CliSettings& cli, const RunOutcome& outcome, Screen& screen, Log& log) {
  if (outcome.kind == RunOutcome::Kind::skipped)
    return skipped(outcome.skipped_because.empty() ? "another run holds " + outcome.out.string()
                                                   : outcome.skipped_because,
                   screen, log);
  if (outcome.kind == RunOutcome::Kind::complete_before) {
    if (!cli.quiet)
      screen.line(fmt::format("{}: {} already, nothing to do", outcome.out.string(), outcome.report.status));
  } else if (!cli.quiet) {
    std::string summary = "\n" + run_summary(job, outcome);
    summary.pop_back();
    screen.line(summary);
  }
  log_end(outcome.report, log);
  const bool incomplete = outcome.report.status == "partial";
  const Error unresolved = partial(outcome.out, outcome.report);
  if (screen.owes_json() &&
      !screen.answer(report_json(outcome.report, incomplete ? &unresolved : nullptr, outcome.breached))) {
    return report_error(screen,
                        Error{ErrorKind::usage, "cannot write the report", "standard output", {}, {}});
  }
  if (incomplete) {
    const std::string message = unresolved.message + "; " + unresolved.remedy;
    log.error(message);
    screen.line(wrapped("firmquery: partial: " + message, 4));
    return exit_code(unresolved.kind);
  }
  for (const std::string& breach : outcome.breached) {
    log.error(breach);
    screen.line(wrapped("firmquery: threshold breached: " + breach, 4));
  }
  return outcome.breached.empty() ? 0 : 1;
}

int failed(const Error& error, const Report* report, Screen& screen, Log& log) {
  log.error(error.to_string());
  if (report != nullptr) {
    log_end(*report, log);
    if (screen.owes_json()) screen.answer(report_json(*report, &error, {}));
  }
  return report_error(screen, error);
}

// `job_file` may be empty; else two runs of it do not overlap. `ended` gets how the run ended, if it began.
int execute(const StartedJob& started, const std::string& job_file, Screen& screen,
            std::optional<RunOutcome>& ended) {
  const auto& [job, cli, after, notices] = started;
  const auto form = ProgressDisplay::form_of(cli, screen);
  auto log = Log::open(cli, log_on_screen(cli, form), screen, job.run_id);
  if (!log) return report_error(screen, log.error());
  log_start(job, **log);
  for (const std::string& notice : notices) (*log)->warning(notice);
  Signals signals(screen);
  std::optional<FileLock> lock;
  if (!job_file.empty()) {
    auto locked = lock_file(job_file, false, "this job", job.on_overlap, signals.token());
    if (!locked) return failed(signals.attributed(std::move(locked).error()), nullptr, screen, **log);
    if (!*locked) return skipped("another run of " + job_file + " is in progress", screen, **log);
    lock = std::move(*locked);
  }
  Progress progress;
  ProgressDisplay display(progress, form, screen, **log);
  EventLines lines(screen);
  Observers observers{&progress, log->get()};
  if (form == ProgressDisplay::Form::json) observers.add(lines);
  Job asking = job;
  if (can_ask() && form == ProgressDisplay::Form::bar) {
    // What is wrong, and what may help, stands above as a warning.
    asking.go_on = [&](const std::string&, const std::string&) {
      display.pause();
      const bool yes = answers_yes("Run it all the same? [y/N]", screen, signals.token());
      display.go_on();
      return yes;
    };
  }
  const RunOutcome& outcome = ended.emplace(run_job(asking, observers, signals.token()));
  display.finish();
  if (outcome.error) {
    const bool begun = outcome.kind == RunOutcome::Kind::ran;
    return failed(signals.attributed(*outcome.error), begun ? &outcome.report : nullptr, screen, **log);
  }
  const int exit_code = finish(job, cli, outcome, screen, **log);
  // The job's lock is still held.
  const bool answered = exit_code <= 1 && outcome.kind == RunOutcome::Kind::ran;
  if (answered && after.series && !after.retention.empty())
    remove_old_runs(*after.series, after.key, after.retention, outcome.out, cli.quiet, screen, **log);
  return exit_code;
}

int execute(const StartedJob& started, const std::string& job_file, Screen& screen) {
  std::optional<RunOutcome> ended;
  const int exit_code = execute(started, job_file, screen, ended);
  finish_start(started.after, exit_code, ended, screen);
  return exit_code;
}

// Who types the command again meets the unfinished run; a scheduled job says --resume.
bool asked_to_resume(const Job& job, Screen& screen) {
  const auto state = run_state(job.out);
  if (!state || *state != RunState::unfinished || !can_ask()) return false;
  return answers_yes(fmt::format("{} holds an unfinished run. Go on with it? [y/N]", job.out.string()),
                     screen, {});
}

int complete_before(const Settings& typed, const std::filesystem::path& directory, Screen& screen) {
  const CliSettings cli = make_cli_settings(typed);
  if (!typed.problems.empty()) return report_errors(screen, typed.problems);
  if (auto tidied = tidy_complete_run(directory); !tidied) {
    // Nobody's fault but the directory's: root does not touch it.
    if (tidied.error().kind == ErrorKind::usage) return report_error(screen, tidied.error());
    report_warning(screen, tidied.error().to_string());
  }
  if (!cli.quiet) screen.line(directory.string() + ": complete already, nothing to do");
  if (!cli.json) return 0;
  const auto run = RunReader::open(directory);
  if (!run) return report_error(screen, run.error());
  if (screen.answer(to_json(run->report()))) return 0;
  return report_error(screen, Error{ErrorKind::usage, "cannot write the report", "standard output", {}, {}});
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
  const Settings typed = resolve_settings({line.flags}, process_surroundings());
  screen.expect_json(typed.get(options::json));
  if (const auto state = run_state(directory); state && *state == RunState::complete) {
    return complete_before(typed, directory, screen);
  }
  const auto started = start_saved_job(line, directory, screen);
  return started ? execute(*started, "", screen) : started.error();
}

}  // namespace firmquery::cli

// `run`: options -> job -> run_job -> summary and exit code.
#include <cstdlib>

#include "commands.hpp"
#include "connection.hpp"
#include "firmquery/local_server.hpp"
#include "firmquery/pipeline.hpp"
#include "firmquery/run_directory.hpp"
#include "job_builder.hpp"
#include "log.hpp"
#include "messages.hpp"
#include "progress_display.hpp"
#include "screen.hpp"
#include "settings.hpp"
#include "signals.hpp"
#include "summary.hpp"

namespace firmquery::cli {
namespace {

Log::OnScreen log_on_screen(const CliSettings& cli, ProgressDisplay::Form form) {
  if (cli.quiet) return Log::OnScreen::nothing;
  return form == ProgressDisplay::Form::log_lines ? Log::OnScreen::everything : Log::OnScreen::warnings;
}

// Before the signals are taken over, so that the server does not inherit them blocked.
Result<void> start_local_server(Job& job) {
  FQ_TRY_ASSIGN(LocalServer server, LocalServer::find());
  FQ_TRY_ASSIGN(const LocalServerStatus status, server.start());
  job.connect.dsn = status.dsn;
  return {};
}

int finish(const Job& job, const CliSettings& cli, const RunOutcome& outcome, Screen& screen, Log& log) {
  if (!cli.quiet) {
    std::string summary = "\n" + run_summary(job, outcome);
    summary.pop_back();
    screen.line(summary);
  }
  if (cli.json && !write_all(1, to_json(outcome.report))) {
    return report_error(screen,
                        Error{ErrorKind::usage, "cannot write the report", "standard output", {}, {}});
  }
  for (const std::string& breach : outcome.breached) {
    log.error(breach);
    screen.line("firmquery: threshold breached: " + breach);
  }
  return outcome.breached.empty() ? 0 : 1;
}

int execute(const Job& job, const CliSettings& cli, const std::vector<std::string>& notices, Screen& screen) {
  const auto form = ProgressDisplay::form_of(cli, screen);
  auto log = Log::open(cli, log_on_screen(cli, form), screen, job.run_id);
  if (!log) return report_error(screen, log.error());
  for (const std::string& notice : notices) (*log)->warning(notice);
  Signals signals(screen);
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

}  // namespace

int run_run(const CommandLine& line) {
  Screen screen;
  Resolution resolution =
      resolve_settings(line, line.operands.empty() ? "" : line.operands.front(), process_environment);
  if (!resolution.errors.empty()) return report_errors(screen, resolution.errors);
  const CliSettings cli = make_cli_settings(resolution.settings);
  std::vector<Error> errors;
  Job job = make_job(resolution.settings, process_environment, true, errors, resolution.notices);
  if (!errors.empty()) return report_errors(screen, errors);
  job.run_id = make_run_id();
  for (const auto& [name, value] : kerberos_variables(resolution.settings)) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  if (job.embedded) {
    if (auto started = start_local_server(job); !started) return report_error(screen, started.error());
  }
  return execute(job, cli, resolution.notices, screen);
}

}  // namespace firmquery::cli

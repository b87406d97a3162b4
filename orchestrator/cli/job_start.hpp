// From what was typed to a job that can run: what run, resume, plan and their like have in common.
#pragma once

#include <string>
#include <vector>

#include "after_run.hpp"
#include "cli_settings.hpp"
#include "command_line.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/job/settings.hpp"
#include "screen.hpp"
#include "staging_server.hpp"

namespace firmquery::cli {

struct StartedJob {
  Job job;
  CliSettings cli;
  AfterRun after;
  std::vector<std::string> notices;
};

// Resolves the options (the first operand is the job file), sets the variables of the Kerberos library and
// starts the private local server where the job needs it. Make it before any thread: the server must not
// inherit blocked signals. Errors go to the screen; the failure is then the exit code, of which whoever has to be told
// when the run has ended knows already.
tl::expected<StartedJob, int> start_job(const CommandLine& line, Creation creation, Screen& screen);
// The job of the run that a directory holds; what was typed stands over what the run began with.
tl::expected<StartedJob, int> start_saved_job(const CommandLine& line, const std::string& directory,
                                              Screen& screen);

}  // namespace firmquery::cli

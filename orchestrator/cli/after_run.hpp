// What follows a start of a job, however it ended: its metrics, and the program of --on-finish. Neither changes the answer.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/job/settings.hpp"
#include "firmquery/run/run.hpp"
#include "screen.hpp"

namespace firmquery::cli {

struct AfterRun {
  std::string job;
  std::filesystem::path metrics_file;  // empty: none
  std::vector<std::string> on_finish;  // words; empty: nothing is started
};
// Fails (kind usage) where the command is none.
Result<AfterRun> after_run(const Settings& settings);

// `outcome`: none where the run never began.
void finish_start(const AfterRun& after, int exit_code, const std::optional<RunOutcome>& outcome,
                  Screen& screen);

}  // namespace firmquery::cli

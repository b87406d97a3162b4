// What follows a start of a job, however it ended: its metrics, its line in the index of the job's starts, and the program of
// --on-finish. None of them changes the answer.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/history/retention.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/job/settings.hpp"
#include "firmquery/job/surroundings.hpp"
#include "firmquery/run/run.hpp"
#include "screen.hpp"

namespace firmquery::cli {

struct AfterRun {
  std::string job;
  std::filesystem::path metrics_file;  // empty: none
  std::vector<std::string> on_finish;  // words; empty: nothing is started
  // The job's runs, and when this start began; none where --out names a directory.
  std::optional<RunSeries> series;
  std::string key, began_at;
  Retention retention;  // of older runs, once this one is complete
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};
// `directory`: of the run that is gone on with; empty: the settings say where it will be. Fails (kind usage) where the
// command is none, or older runs of what is no job are to be removed.
Result<AfterRun> after_run(const Settings& settings, const Surroundings& surroundings,
                           const std::filesystem::path& directory);

// `outcome`: none where the run never began.
void finish_start(const AfterRun& after, int exit_code, const std::optional<RunOutcome>& outcome,
                  Screen& screen);

}  // namespace firmquery::cli

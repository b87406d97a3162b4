// --keep-runs and --keep-days: the removal of a job's older runs, after a run and by hand.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "firmquery/history/retention.hpp"
#include "firmquery/job/settings.hpp"
#include "log.hpp"
#include "screen.hpp"

namespace firmquery::cli {

// What the settings say for runs of `series`; none of it for runs of no job file, which are not one job. Fails (kind usage)
// where it was typed for such a run all the same.
Result<Retention> retention_of(const Settings& settings, const std::optional<RunSeries>& series);

// After a run whose answer is complete, in `written`. Failures are warnings.
void remove_old_runs(const RunSeries& series, const std::string& key, const Retention& retention,
                     const std::filesystem::path& written, bool quiet, Screen& screen, Log& log);

// `history --keep-runs`: the exit code.
int remove_old_runs_by_hand(const Settings& settings, const RunSeries& series, Screen& screen);
bool removes_by_hand(const Settings& settings);

}  // namespace firmquery::cli

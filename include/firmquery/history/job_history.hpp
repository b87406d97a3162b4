// The runs of one job, which are in one folder: how each ended, what changed from one to the next, and how long each ID has
// been missing. All of this is read from the run directories, so that nothing can be out of date; what these cannot say
// stands in the index (run_index.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/history/diff.hpp"
#include "firmquery/history/run_index.hpp"
#include "firmquery/job/job.hpp"

namespace firmquery {

struct JobRun {
  std::filesystem::path directory;
  std::string began_at;          // RFC 3339, UTC
  std::optional<Report> report;  // none: it has not come to an end yet, or cannot be read
  std::string problem;           // why it cannot be read; else empty
  // Against the complete run before it; none where one of the two is not complete.
  struct Changes {
    std::string since;  // its directory's name
    std::uint64_t newly = 0, resolved = 0;
  };
  std::optional<Changes> changes = {};
  std::string run_id = {};

  // What the index adds.
  std::optional<int> exit_code = {};       // of the last start that has come to an end
  std::optional<IndexedStart> start = {};  // of what has no directory: none was made, or it was removed
  bool removed() const { return start && !start->directory.empty(); }

  bool complete() const { return report && report->status == "complete"; }
  // The instant of its answer; when it began, where there is none: it may have been gone on with days later.
  std::string_view read_at() const;
  std::string_view status() const;  // of the report or the index; "unfinished", "unreadable"
};

// The runs of the series with that key, oldest first. A folder that is not there has none.
Result<std::vector<JobRun>> runs_of_job(const RunSeries& series, const std::string& key);

// Adds what the index says: exit codes, runs whose directory has gone, and starts that never had one.
void add_index(std::vector<JobRun>& runs, const std::vector<IndexedStart>& starts);

// The complete one of them that began last, but for the run with that ID. Those that cannot be read are passed over, and
// told of in `problems`.
Result<std::optional<JobRun>> last_complete_run(const RunSeries& series, const std::string& key,
                                                const std::string& but_for,
                                                std::vector<std::string>& problems);

// The complete runs of the job of `then` and `now` that began before `then`; none where the two are of different jobs.
Result<std::vector<std::filesystem::path>> runs_before(const RunReader& then, const RunReader& now);

// Fills in the changes, as diff_runs() counts them: IDs that only one of two runs asked for are neither. Where the lists of
// two runs are the same, which is mostly so, only missing.csv is read; else the results of both. A run whose files cannot be
// read gets no changes, but the problem.
Result<void> add_changes(std::vector<JobRun>& runs, const std::filesystem::path& scratch,
                         std::stop_token stop);

struct MissingAge {
  std::string_view id;
  std::string_view since;  // the instant of the first of the runs without a break in which it was missing
  std::uint64_t runs = 0;  // how many that are
};
// For each ID that is missing in the last complete run, in order. A complete run in which it is not missing, whether it was
// found or not asked for, is a break. The last run whose missing.csv has ages is where it begins: they go back to runs that
// may be gone. Memory: that of two sorts (RowSorter). Fails with kind usage where the runs have no
// complete one, or IDs of different types.
Result<void> visit_ages(const std::vector<JobRun>& runs, const std::filesystem::path& scratch,
                        std::stop_token stop, const std::function<Result<void>(const MissingAge&)>& visit);

}  // namespace firmquery

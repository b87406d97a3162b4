// Which of a job's older runs are kept, and the removal of the others (ADR 0033). Never removed: the newest complete run; a
// run that is not finished; one that a process works on; and whatever is not the directory of a run of the job with the
// files of that run in it, and nothing else. Links are not followed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/history/job_history.hpp"
#include "firmquery/job/job.hpp"

namespace firmquery {

// Where both are given, a run goes only where both say so.
struct Retention {
  std::optional<std::uint64_t> runs;  // so many of the newest complete ones are kept
  std::optional<std::uint64_t> days;  // as are those whose answer is not older
  bool empty() const { return !runs && !days; }
};

// The places in `runs`, which are ordered as runs_of_job() has them, of the complete ones that are not to be kept.
std::vector<std::size_t> runs_beyond(const std::vector<JobRun>& runs, const Retention& retention,
                                     std::chrono::system_clock::time_point now);

struct Removal {
  struct Removed {
    std::filesystem::path directory;
    std::string run_id, began_at, read_at;
    std::uint64_t bytes = 0;
  };
  struct Left {
    std::filesystem::path directory;
    std::string why;
    bool failed = false;  // it should have gone, but the system did not let it
  };
  std::vector<Removed> removed;  // oldest first
  std::vector<Left> left;        // beyond what is kept, and there all the same
};
// Removes them, and first what a removal that was killed has left; `spared`: a directory that stays, such as that of a run
// that has just been gone on with; may be empty. `dry_run`: says what would be removed. A directory is
// renamed before anything in it is, so that at no time half of one has the name of a run; the index says what was removed.
// Fails where the folder cannot be read.
Result<Removal> remove_old_runs(const RunSeries& series, const std::string& key, const Retention& retention,
                                std::chrono::system_clock::time_point now,
                                const std::filesystem::path& spared, bool dry_run);

}  // namespace firmquery

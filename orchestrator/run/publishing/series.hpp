// The runs of one job, whose directories are named by a pattern: which of them is to be gone on with.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/job/job.hpp"
#include "firmquery/output/file_lock.hpp"
#include "firmquery/output/journal.hpp"

namespace firmquery {

// Locked; nothing in it is changed before somebody goes on with it.
struct UnfinishedRun {
  std::filesystem::path directory;
  JournalState journal;
  FileLock lock;
};

// The newest run of the job's series, with the job's key, that has begun and is not finished. While another
// process holds it the job's on_overlap decides: `held` (skip), or an error, or the wait for its end.
// Directories whose journal cannot be read are passed over and named in `notes`.
struct SeriesSearch {
  std::optional<UnfinishedRun> found;
  std::filesystem::path held;
  std::vector<std::string> notes;
};
Result<SeriesSearch> find_unfinished(const Job& job, const RunSeries& series, std::stop_token stop);

}  // namespace firmquery

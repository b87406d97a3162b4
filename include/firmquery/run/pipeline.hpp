// The main job: clean, connect, plan, load, read range by range over several sessions, reconcile, write, prove.
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/core/report.hpp"

namespace firmquery {

enum class Phase : int { starting, cleaning, connecting, loading, querying, exporting, done };
std::string_view to_string(Phase phase);

// Counters that the pipeline advances and anybody may read at any time. Relaxed: for people, not for proof.
struct Progress {
  std::atomic<Phase> phase{Phase::starting};
  std::atomic<std::uint64_t> lines_read{0};
  std::atomic<std::uint64_t> ids_total{0};
  std::atomic<std::uint64_t> ids_loaded{0};
  std::atomic<std::uint64_t> ids_done{0};
  std::atomic<std::uint64_t> rows{0};
  std::atomic<std::uint64_t> retries{0};
};

// Events worth a log line. Called from any thread of the run, one call at a time.
class RunLog {
 public:
  virtual ~RunLog() = default;
  virtual void info(const std::string& message) = 0;
  virtual void warning(const std::string& message) = 0;
  // What a summary tells as well: for a log that is kept.
  virtual void record(const std::string&) {}
  // The report of a run that has begun and ends with an error, before run_job returns that.
  virtual void failed(const Report&) {}
};

struct RunOutcome {
  enum class Kind {
    ran,
    skipped,          // another run holds the directory, and the job says skip: nothing was done
    complete_before,  // resume: the same run was complete already; the report is its own
  };
  Kind kind = Kind::ran;
  std::filesystem::path out;  // the run directory: of a job with a series it may be that of an earlier start
  Report report;
  InputProfile profile;
  std::vector<std::string> breached;  // the --fail-on thresholds that were breached, as sentences
};

// Runs the job into job.out, which must not exist or be empty unless job.resume is set. With job.series and
// job.resume the newest unfinished run of the series is gone on with, if it asked the same of the same.
// Blocks. On a stop request statements are cancelled on the server, the directory is left resumable and the
// error has kind interrupted. The outcome's report is also on disk; its status is "complete" or "partial":
// ranges that kept failing for transient reasons are left unresolved. The returned error is the first that
// could not be overcome; unless the run never began, what is finished stays in the directory for a resumed
// run.
Result<RunOutcome> run_job(const Job& job, Progress& progress, RunLog& log, std::stop_token stop);

// What the journal of an unfinished run keeps to make its job again.
struct SavedJob {
  std::string run_id;
  std::vector<std::pair<std::string, std::string>> options;  // as in Job
  bool ids_were_streamed = false;  // from standard input or a query: the directory keeps a copy
};
// Fails with kind usage when the directory holds no journal, with kind integrity when the journal is damaged.
Result<SavedJob> read_saved_job(const std::filesystem::path& directory);

// Removes from a complete run what only its resumption would have needed; a run that was killed between its manifest
// and its last step has left it.
Result<void> tidy_complete_run(const std::filesystem::path& directory);

}  // namespace firmquery

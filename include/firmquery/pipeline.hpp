// The main job: clean, connect, plan, load, read range by range over several sessions, reconcile, write, prove.
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/error.hpp"
#include "firmquery/id_set.hpp"
#include "firmquery/job.hpp"
#include "firmquery/report.hpp"

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
};

struct RunOutcome {
  Report report;
  InputProfile profile;
  std::vector<std::string> breached;  // the --fail-on thresholds that were breached, as sentences
};

// Runs the job into job.out, which must not exist or be empty. Blocks. On a stop request statements are
// cancelled on the server, the directory is left consistent and the error has kind interrupted.
// The outcome's report is also on disk; the returned error is the first that could not be overcome.
Result<RunOutcome> run_job(const Job& job, Progress& progress, RunLog& log, std::stop_token stop);

}  // namespace firmquery

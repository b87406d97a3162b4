// What a run that publishes knows of the runs of its job before it: what changed since the last complete one, since when
// its missing IDs have been missing, and which of them are accepted.
//
// The ages are chained: missing.csv of each run has them, so they are those of the run before, one run older, and outlive
// the directories of the runs that they go back to (docs/adr/0030-chained-ages.md).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/core/digest.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/history/baseline.hpp"
#include "firmquery/history/missing_ages.hpp"
#include "firmquery/job/job.hpp"

namespace firmquery {

// The answer of that run.
struct AnswerNow {
  const IdSet& ids;
  Digest digest;  // of all of them
  std::string run_id, key;
  std::string read_at;  // the instant of the answer, RFC 3339
  // Visits the ranks of the missing IDs, ascending, and ends at the first failure.
  std::function<Result<void>(const std::function<Result<void>(std::size_t rank)>&)> each_missing;
  std::function<bool(std::size_t rank)> is_read;  // false: neither found nor missing
};

struct SinceLast {
  std::optional<HistoryReport> history;
  std::optional<BaselineReport> baseline;
  MissingAges ages;
  std::vector<std::string> warnings;  // why something of the runs before is not known
};

// `series`: none: the run has no history. `baseline`: null: there is none. Reads the missing IDs of the last complete run,
// and, where that was asked for another list, its results. Memory: that of AskedIds and MissingAges. What cannot be read of
// another run is a warning, not a failure. Requires: nobody else goes through the baseline.
Result<SinceLast> since_last(const std::optional<RunSeries>& series, const AnswerNow& now, Baseline* baseline,
                             const std::filesystem::path& scratch, std::stop_token stop);

}  // namespace firmquery

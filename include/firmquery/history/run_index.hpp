// The index of a job's starts: history.jsonl in the folder of its runs, one line of JSON for each start that has come to an
// end, and one for each run that was removed. It stands beside the directories and not above them (ADR 0033): without it
// only exit codes, starts that left no directory, and runs whose directory is gone are forgotten. Some 700 bytes a start,
// and nothing ever shortens it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/job/job.hpp"

namespace firmquery {

inline constexpr std::string_view kRunIndexName = "history.jsonl";

struct IndexedStart {
  // What a run that was begun has come to; none where none was.
  struct Figures {
    std::string read_at;  // RFC 3339, UTC; empty: nothing was read
    SnapshotReport snapshot;
    std::uint64_t unique = 0, found = 0, missing = 0, unresolved = 0, rows = 0;
    double total_s = 0;  // over all its starts
  };
  std::string began_at, ended_at;  // RFC 3339, UTC
  std::string job;                 // as --job has it; may be empty
  std::string run_id, directory;   // the directory's name in the folder; empty: it has left none
  std::string status;              // complete, partial, interrupted, failed, skipped, refused
  std::optional<int> exit_code;    // none: of a run that was removed, and whose start has left no line
  std::optional<Figures> figures;
  double seconds = 0;      // of this start
  std::string removed_at;  // RFC 3339, UTC; empty: nobody has said that its directory was removed
};
IndexedStart::Figures figures_of(const Report& report);

// One write under a lock, by any number of processes at once. The folder must be there.
Result<void> add_to_index(const RunSeries& series, const std::string& key, const IndexedStart& start);
// `run`: what is remembered of it.
Result<void> note_removed(const RunSeries& series, const std::string& key, const IndexedStart& run);

// The starts of the series with that key, in the order in which they ended; one whose run was removed has removed_at. Lines
// that are torn, or of something else, are passed over, and an index that is not there has none.
Result<std::vector<IndexedStart>> read_index(const RunSeries& series, const std::string& key);

}  // namespace firmquery

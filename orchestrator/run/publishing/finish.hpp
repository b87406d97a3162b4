// The end of a run: the lists of missing and unresolved IDs are written from the shares, everything is digested,
// report and manifest are written.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/near_misses.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/history/missing_ages.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/digested_file.hpp"
#include "publishing/run_record.hpp"
#include "reading/share.hpp"

namespace firmquery {

// What missing.csv has behind the ID; empty where there is nothing to say.
inline constexpr std::string_view kNearMissColumns = "suggestion,rule,matches";

// What there is to say of each missing ID, asked for in ascending order.
class NearMissCursor {
 public:
  explicit NearMissCursor(const NearMisses* near_misses) : near_misses_(near_misses) {}
  const NearMiss* at(std::size_t rank) {
    if (near_misses_ == nullptr) return nullptr;
    const auto& found = near_misses_->found;
    while (next_ < found.size() && found[next_].rank < rank) ++next_;
    return next_ < found.size() && found[next_].rank == rank ? &found[next_] : nullptr;
  }

 private:
  const NearMisses* near_misses_;
  std::size_t next_ = 0;
};

struct ListTotal {
  std::uint64_t count = 0;
  Digest digest;
  Result<void> add(std::string_view id) {
    ++count;
    digest += Digest::of(id);
    return {};
  }
};

// All of them heed the stop token of the job's ConnectOptions.
// A list of IDs on disk that waits for its commit().
struct IdList {
  ListTotal total;
  DigestedFile file;
  FileReport report;
};
// IDs without a row, of what was read; IDs outside every share (an int2 column cannot hold 70000) are missing too.
// `shares` are in order.
// With what there is to say of each: `near_misses` and `ages` may be null, and then their columns are empty, or not there.
Result<IdList> write_missing(const Job& job, const IdSet& ids, const std::vector<Share>& shares,
                             const NearMisses* near_misses, const MissingAges* ages = nullptr);
// What was not read.
Result<IdList> write_unresolved(const Job& job, const IdSet& ids, const std::vector<Share>& shares);
// The same ranks of the list, ascending; ends at the first failure.
using VisitRank = std::function<Result<void>(std::size_t rank)>;
Result<void> visit_missing(const IdSet& ids, const std::vector<Share>& shares, const VisitRank& visit);
Result<void> visit_unresolved(const std::vector<Share>& shares, const VisitRank& visit);
// The same without a file.
ListTotal total_missing(const IdSet& ids, const std::vector<Share>& shares);
ListTotal total_unresolved(const IdSet& ids, const std::vector<Share>& shares);
std::vector<FailedRange> failed_ranges(const IdSet& ids, const std::vector<Share>& shares);

// Digests the file, which is there; `rows` is taken as given.
Result<FileReport> describe_file(const std::filesystem::path& directory, Artifact artifact,
                                 std::uint64_t rows, const std::stop_token& stop);

Result<void> write_report_file(const std::filesystem::path& directory, const Report& report);
// The end of a complete run, all of whose files are on disk.
Result<void> write_manifest_of(const Report& report, const Job& job, const std::string& sql,
                               const AuditEnd& audit, std::vector<FileReport> files);

// The instant of its answer, RFC 3339.
const std::string& read_at(const Report& report);

// The thresholds of --fail-on that the report breaches, as sentences.
std::vector<std::string> breached_thresholds(const Job& job, const Report& report);
// Those that compare with the run before and cannot, because there is none; as written.
std::vector<std::string> unchecked_thresholds(const Job& job, const Report& report);

}  // namespace firmquery

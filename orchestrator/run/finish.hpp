// The end of a run: parts become results.csv, missing.csv and unresolved.csv are written from the shares,
// everything is digested, the proof is checked, report and manifest are written.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmquery/error.hpp"
#include "firmquery/id_set.hpp"
#include "firmquery/job.hpp"
#include "firmquery/report.hpp"
#include "run_record.hpp"
#include "share.hpp"

namespace firmquery {

struct ListTotal {
  std::uint64_t count = 0;
  Digest digest;
};

// All of them heed the stop token of the job's ConnectOptions.
// missing.csv: IDs without a row, of what was read; IDs outside every share (an int2 column cannot hold
// 70000) are missing too. `shares` are in order.
Result<ListTotal> write_missing(const Job& job, const IdSet& ids, const std::vector<Share>& shares);
// unresolved.csv: what was not read.
Result<ListTotal> write_unresolved(const Job& job, const IdSet& ids, const std::vector<Share>& shares);
std::vector<FailedRange> failed_ranges(const IdSet& ids, const std::vector<Share>& shares);

// Digests each named file of the directory; `rows` is taken as given.
Result<std::vector<FileReport>> describe_files(
    const std::filesystem::path& directory,
    const std::vector<std::pair<std::string, std::uint64_t>>& names_and_rows, const std::stop_token& stop);

Result<void> write_report_file(const std::filesystem::path& directory, const Report& report);
// The end of a complete run whose report and journal are on disk: in the audit log, and then the manifest,
// which says where that ends.
Result<void> write_manifest_of(RunRecord& record, const Job& job, const Report& report,
                               const std::string& sql, const std::stop_token& stop);

// Median and 95th percentile as the nearest rank; sorts `seconds`.
StatementsReport summarize_statements(std::vector<double>& seconds);

// The thresholds of --fail-on that the report breaches, as sentences.
std::vector<std::string> breached_thresholds(const Job& job, const Report& report);

}  // namespace firmquery

// The end of a run: parts become results.csv, missing.csv is written from the reconcilers, everything is
// digested, the proof is checked, report and manifest are written.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmquery/error.hpp"
#include "firmquery/id_set.hpp"
#include "firmquery/job.hpp"
#include "firmquery/reconcile.hpp"
#include "firmquery/report.hpp"

namespace firmquery {

struct MissingIds {
  std::uint64_t count = 0;
  Digest digest;
};

// IDs outside every slice (an int2 column cannot hold 70000) are missing too. `reconcilers` are in order of
// slices.
Result<MissingIds> write_missing(const std::filesystem::path& directory, const std::string& key,
                                 const IdSet& ids, const std::vector<const Reconciler*>& reconcilers);

// Digests each named file of the directory; `rows` is taken as given.
Result<std::vector<FileReport>> describe_files(
    const std::filesystem::path& directory,
    const std::vector<std::pair<std::string, std::uint64_t>>& names_and_rows);

// Median and 95th percentile as the nearest rank; sorts `seconds`.
void summarize_statements(std::vector<double>& seconds, Report& report);

// The thresholds of --fail-on that the report breaches, as sentences.
std::vector<std::string> breached_thresholds(const Job& job, const Report& report);

}  // namespace firmquery

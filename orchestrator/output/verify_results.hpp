#pragma once

#include <filesystem>
#include <string>

#include "firmquery/core/error.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/core/report.hpp"

namespace firmquery {

// Checks results.csv range by range against the journal: number of rows, their bytes (not of a
// spreadsheet-safe file, which has others), and their keys; and the sum against the report. Holds the keys of
// one range in memory. Returns what holds, as a sentence; fails with what does not.
Result<std::string> verify_results(const std::filesystem::path& path, const Report& report,
                                   const JournalState& journal);

}  // namespace firmquery

#pragma once

#include <string>

#include "firmquery/core/error.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {

// Checks one file of results range by range against the journal: number of rows, their bytes as they came from
// the server, and their keys; and the sum against the report. Holds the keys of one range in memory. Returns what
// holds, as a sentence; fails with what does not.
Result<std::string> verify_results(const RunReader& run, const ResultFile& file, const JournalState& journal);

}  // namespace firmquery

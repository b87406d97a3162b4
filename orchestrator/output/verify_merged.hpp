// Whether a merged file says of the list what the report says of it.
#pragma once

#include <string>

#include "firmquery/core/error.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {

// Counts its rows, and what their status is. The sentence of what holds, or the error.
Result<std::string> verify_merged(const RunReader& run, const ResultFile& file, const JournalState& journal);

}  // namespace firmquery

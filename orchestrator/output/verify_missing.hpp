#pragma once

#include <string>

#include "firmquery/core/error.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {

// Checks missing.csv against the report: header, canonical form, order, number and digest of the IDs.
// Returns what holds, as a sentence; fails with what does not.
Result<std::string> verify_missing(const RunReader& run);

// The number of records.
Result<std::string> verify_rejected(const RunReader& run);
Result<std::string> verify_duplicates(const RunReader& run);

}  // namespace firmquery

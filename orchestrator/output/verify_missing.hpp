#pragma once

#include <filesystem>
#include <string>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"

namespace firmquery {

// Checks missing.csv against the report: header, canonical form, order, number and digest of the IDs.
// Returns what holds, as a sentence; fails with what does not.
Result<std::string> verify_missing(const std::filesystem::path& path, const Report& report);

}  // namespace firmquery

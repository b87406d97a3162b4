// Names of run directories.
#pragma once

#include <string>

#include "firmquery/core/error.hpp"

namespace firmquery {

// The pattern with {timestamp} replaced. Fails (kind usage) on other names in braces and on path separators.
Result<std::string> expand_pattern(const std::string& pattern, const std::string& timestamp,
                                   const std::string& place);

}  // namespace firmquery

// The thresholds of --fail-on: "missing>5", "rejected > 0.5%", "age>7d".
#pragma once

#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/job/job.hpp"

namespace firmquery {

Result<FailOn> parse_fail_on(std::string_view text, const std::string& place);

}  // namespace firmquery

// The moment by which a run is to be over, as it is written. Private to the job module.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"

namespace firmquery {

// "90" (seconds after `now`), "06:00" or "06:00:30" (the next time that the clocks of the process's time zone show that),
// or RFC 3339 with its offset: "2026-12-01T06:00:00+01:00". Fails (kind usage) on everything else, and where the moment is
// not after `now`.
Result<std::chrono::system_clock::time_point> parse_deadline(std::string_view text,
                                                             std::chrono::system_clock::time_point now,
                                                             const std::string& place);

}  // namespace firmquery

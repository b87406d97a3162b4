// Messages to the system's log by its socket, as syslog(3) sends them; but whoever sends one is told when nobody takes it.
#pragma once

#include <filesystem>
#include <string_view>

#include "firmquery/core/error.hpp"

namespace firmquery {

// Whether somebody listens.
Result<void> check_syslog(const std::filesystem::path& socket);
// Facility authpriv, level info, as "firmquery[PID]". Waits seconds at most for a daemon that is busy.
Result<void> send_to_syslog(const std::filesystem::path& socket, std::string_view message);

}  // namespace firmquery

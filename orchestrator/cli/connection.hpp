// From options to a connection: DSN, its parts, Kerberos and the password file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "firmquery/job.hpp"
#include "settings.hpp"

namespace firmquery::cli {

// Fills job.connect and job.embedded. Warnings go to `notices`. Reads password_file; touches nothing else.
Result<void> resolve_connection(const Settings& settings, const Environment& environment, Job& job,
                                std::vector<std::string>& notices);

// Variables of the Kerberos library that the options ask for: name and value. Set them before any thread
// starts.
std::vector<std::pair<std::string, std::string>> kerberos_variables(const Settings& settings);

}  // namespace firmquery::cli

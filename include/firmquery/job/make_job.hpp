// From resolved options to what the library takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmquery/job/job.hpp"
#include "firmquery/job/settings.hpp"

namespace firmquery {

enum class Need : std::uint8_t {
  nothing,         // what is left out is not missed
  list,            // a job that only reads the list: the rest of the settings is not looked at
  list_and_query,  // a job that can run
};

// Reads the query file and the password file. Adds all that is wrong to `errors` and what the user should know to
// `notices`.
Job make_job(const Settings& settings, const Surroundings& surroundings, Need need, std::vector<Error>& errors,
             std::vector<std::string>& notices);

// The pattern with {timestamp} replaced. Fails (kind usage) on other names in braces and on path separators.
Result<std::string> expand_pattern(const std::string& pattern, const std::string& timestamp,
                                   const std::string& place);

}  // namespace firmquery

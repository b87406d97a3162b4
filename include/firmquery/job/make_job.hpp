// From settings to what the library runs. Nothing is printed, no variable is set, and no clock or environment
// is looked at: what a job depends on is the settings, the surroundings, and the files that the settings name
// (the query and the password file are read, the list is only looked at).
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/job/settings.hpp"
#include "firmquery/job/surroundings.hpp"

namespace firmquery {

enum class Need : std::uint8_t {
  nothing,         // what is left out is not missed
  list,            // a job that only reads the list: the rest of the settings is not looked at
  list_and_query,  // a job that can run
};

// T, or everything that is wrong: each error with its place (flag, variable, file and line) and what to do.
// The place is empty where something lacks.
template <class T>
using Checked = tl::expected<T, std::vector<Error>>;

struct MadeJob {
  Job job;                           // without a run id
  std::vector<std::string> notices;  // what the user should know; those of the settings first
};
Checked<MadeJob> make_job(const Settings& settings, const Surroundings& surroundings, Need need);

// The server alone: of commands that have no job.
struct Target {
  ConnectOptions connect;
  ServerChoice choice = ServerChoice::named;
  std::vector<std::string> notices;
};
Checked<Target> make_target(const Settings& settings, const Surroundings& surroundings);

// Variables of the Kerberos library that the settings ask for: name and value. They are one process's: who
// runs jobs sets them before any thread starts.
std::vector<std::pair<std::string, std::string>> kerberos_variables(const Settings& settings);

}  // namespace firmquery

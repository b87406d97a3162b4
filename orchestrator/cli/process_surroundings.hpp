// The surroundings of this process: the one place that looks at its variables, clock, terminal and directory
// for the settings of a job, and that changes its variables.
#pragma once

#include "firmquery/job/settings.hpp"
#include "firmquery/job/surroundings.hpp"

namespace firmquery::cli {

Surroundings process_surroundings();

// Those that the settings ask for (make_job.hpp). Before any thread starts.
void set_kerberos_variables(const Settings& settings);

}  // namespace firmquery::cli

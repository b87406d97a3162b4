// The surroundings of this process: the one place that looks at its variables, clock, terminal and directory for the
// settings of a job.
#pragma once

#include "firmquery/job/surroundings.hpp"

namespace firmquery::cli {

Surroundings process_surroundings();

}  // namespace firmquery::cli

// What earlier runs of a job have taken, for who wants to know how long the next one will.
#pragma once

#include <string>
#include <vector>

#include "firmquery/core/estimate.hpp"
#include "firmquery/job/job.hpp"

namespace firmquery {

// The complete runs of the series with that key, the newest first: of at most as many as an estimate is made of, but of
// the newest twenty runs alone. What cannot be read is no run; a folder that is not there has none.
std::vector<PastRun> past_runs(const RunSeries& series, const std::string& key);

}  // namespace firmquery

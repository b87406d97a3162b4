// The list of a run, read once more in the order in which it was cleaned.
#pragma once

#include <filesystem>
#include <stop_token>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/job/job.hpp"
#include "preparing/list_pass.hpp"

namespace firmquery {

// From where it is, or from the copy that the run directory keeps of a list that cannot be read twice. `type` is what the
// list was cleaned as. Blocks; stops early with kind interrupted. A failure of the sink ends the pass.
Result<PassedList> pass_over_again(const Job& job, IdType type, CleanSink& sink,
                                   const Result<void>& sink_outcome, const std::stop_token& stop);

}  // namespace firmquery

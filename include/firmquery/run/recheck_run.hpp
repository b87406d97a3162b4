// The second proof of a finished run, made later from its files: what `verify --db` does.
#pragma once

#include <stop_token>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/output/run_reader.hpp"
#include "firmquery/run/events.hpp"

namespace firmquery {

struct RecheckedRun {
  RecheckReport recheck;
  // At the run's own instant: what is wrong was wrong then. Else at an instant of now, where rows may have come and gone
  // since.
  bool at_its_instant = false;
};

// Asks `job`'s server for a random sample of the run's missing and found IDs, as many as the job says, by the query and
// key of the run's journal. The run is not changed. Blocks and heeds the stop token; warnings are events. Fails with
// kind usage when the server is not the one that the run asked, and with kind transient when it could be asked for
// nothing. Requires: the run was verified (verify_run).
Result<RecheckedRun> recheck_run(const RunReader& run, const Job& job, EventStream& events,
                                 std::stop_token stop);

}  // namespace firmquery

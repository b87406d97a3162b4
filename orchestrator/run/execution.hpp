// What run_job() and execute() share.
#pragma once

#include <chrono>
#include <string>

#include "figures.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/run/run.hpp"
#include "preparing/preparation.hpp"

namespace firmquery {

// What is written down in the course of a run: the report, this process's part in it, and what its events add
// up to.
struct Ledger {
  explicit Ledger(const std::string& run_id) {
    report.run_id = run_id.empty() ? make_run_id() : run_id;
    report.started_at = start.started_at = utc_now();
    report.status = "failed";
  }
  const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  Report report;
  StartReport start;
  RunFigures figures;
};

Result<void> execute_into(Prepared::Parts& parts, UnitStore& store, Ledger& ledger,
                          const Execution& execution);
// The outcome, with the store's last words where it failed.
RunOutcome ending(UnitStore& store, Ledger& ledger, Result<void> done);

// What is known of the job, the server, the query and the list, for the report.
void describe(const Prepared::Parts& parts, Report& report);

}  // namespace firmquery

// Whether the server would read a whole table for a range, and what to do about it.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "preparing/control.hpp"
#include "preparing/plan_job_explain.hpp"
#include "preparing/plan_job_sql.hpp"
#include "reading/share.hpp"
#include "reading/strategy.hpp"

namespace firmquery {

struct ScanWarning {
  std::string table, what, remedy;  // table: as the plan names it
  std::string to_string() const { return "full scan: " + what + "; " + remedy; }
};
// Of full scans in the plan of a unit. Asks the server what may be the reason.
Result<std::vector<ScanWarning>> scan_warnings(Session& session, const std::vector<FullScan>& scans,
                                               const StrategyContext& context, StrategyKind kind,
                                               const PlannedUnit& planned);

// Asks the planner about these units, and runs nothing. What is true of two is told of the first.
Result<std::vector<ScanWarning>> find_full_scans(Session& session, const StrategyContext& context,
                                                 StrategyKind kind, const std::vector<PlannedUnit>& units);

// Of tables that nothing was told of.
void add_untold(std::vector<ScanWarning>& told, std::vector<ScanWarning> more);

// In a run: says so before it reads. Only where the planner takes a list for a reason to read the whole
// table, which is CockroachDB; whatever keeps it from answering shows where it matters.
void warn_of_full_scans(Control& control, EventStream& events, const StrategyContext& context,
                        StrategyKind kind, const std::vector<Share>& shares, const std::stop_token& stop);

// IDs that a key of this type can have, as many as are explained at most: where there is no list yet.
IdSet stand_in_ids(const KeyColumn& key);

}  // namespace firmquery

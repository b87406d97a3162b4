// Whether the server would read a whole table for each range, and what to do about it.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "preparing/control.hpp"
#include "preparing/plan_job_explain.hpp"
#include "reading/share.hpp"
#include "reading/strategy.hpp"

namespace firmquery {

struct ScanWarning {
  std::string what, remedy;
  std::string to_string() const { return "full scan: " + what + "; " + remedy; }
};
std::vector<ScanWarning> scan_warnings(const std::vector<FullScan>& scans, const StrategyContext& context,
                                       StrategyKind kind);

// Asks the planner about the first unit of `slice`, and runs nothing. Requires: the slice is not empty.
Result<std::vector<ScanWarning>> find_full_scans(Session& session, const StrategyContext& context,
                                                 StrategyKind kind, Slice slice);

// In a run: says so before it reads. Only where the planner takes a list for a reason to read the whole
// table, which is CockroachDB; whatever keeps it from answering shows where it matters.
void warn_of_full_scans(Control& control, EventStream& events, const StrategyContext& context,
                        StrategyKind kind, const std::vector<Share>& shares, const std::stop_token& stop);

// IDs that a key of this type can have, as many as are explained at most: where there is no list yet.
IdSet stand_in_ids(const KeyColumn& key);

}  // namespace firmquery

// The statements a plan shows and explains: the run's own, with the list elided or cut to a sample.
#pragma once

#include <string>
#include <vector>

#include "firmquery/plan_report.hpp"
#include "strategy.hpp"

namespace firmquery {

// The first unit of work of a slice as the strategy would send it; lists show their first three IDs.
// Requires: the slice is not empty.
Result<PlanReport::Range> first_range(Session& session, const StrategyContext& context, StrategyKind kind,
                                      Slice slice);

// The template over a few IDs as literals, in the shape that a range has.
struct Sample {
  std::string sql;
  std::size_t ids = 0;
};
// At most twenty IDs spread evenly over `whole`. `lookup`: as where reads_by_lookup(). Requires: `whole` is
// not empty.
Result<Sample> sample_range(Session& session, const StrategyContext& context, bool bounded, bool lookup,
                            Slice whole);

}  // namespace firmquery

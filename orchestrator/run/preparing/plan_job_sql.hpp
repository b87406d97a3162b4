// The statements a plan shows and explains: what the run's own strategy says, with a list that travels with
// its statement elided, or with literals in place of a table.
#pragma once

#include <string>
#include <vector>

#include "reading/strategy.hpp"

namespace firmquery {

struct FirstRange {
  Slice ids;
  std::string sql;
  std::vector<std::string> parameters;  // long lists are elided, here and in sql
};
// The first unit of work of a slice as the strategy would send it; lists show their first three IDs.
// Requires: the slice is not empty.
Result<FirstRange> first_range(Session& session, const StrategyContext& context, StrategyKind kind,
                               Slice slice);

// A unit of work, and its session's slice of the list.
struct PlannedUnit {
  Slice slice, unit;
  bool first = false;  // of all
};
// The unit whose plan speaks for all: the longest list of literals, which is the one that a planner may take for a
// reason to read the whole table; of any other strategy the first, because its statements have one form.
// Requires: there is a slice, and none is empty. So do the two below.
PlannedUnit longest_unit(const StrategyContext& context, StrategyKind kind, const std::vector<Slice>& slices);
// For who has the time: the first, the longest, and the last, which may be read from another partition. Each once.
std::vector<PlannedUnit> telling_units(const StrategyContext& context, StrategyKind kind,
                                       const std::vector<Slice>& slices);

// What EXPLAIN is asked about a unit of work.
struct ExplainedRange {
  Statement statement;
  std::size_t ids = 0;
  // Literals stand in for rows of a table that is not there yet; they may be fewer than the unit has.
  bool stand_in = false;
};
Result<ExplainedRange> explained_range(Session& session, const StrategyContext& context, StrategyKind kind,
                                       const PlannedUnit& planned);

}  // namespace firmquery

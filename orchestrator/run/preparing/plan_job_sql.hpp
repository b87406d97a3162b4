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

// What EXPLAIN is asked about the first unit of work of a slice.
struct ExplainedRange {
  Statement statement;
  std::size_t ids = 0;
  // Literals stand in for rows of a table that is not there yet; they may be fewer than the unit has.
  bool stand_in = false;
};
// Requires: the slice is not empty.
Result<ExplainedRange> explained_range(Session& session, const StrategyContext& context, StrategyKind kind,
                                       Slice slice);

}  // namespace firmquery

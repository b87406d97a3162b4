// Whether a list is dense in its table, found out before anything is loaded.
#pragma once

#include <optional>

#include "strategy.hpp"

namespace firmquery {

// The strategy for a list of which most stretches are dense: scans, with nothing to load, and lookups by
// arrays for the rest. Looks at a few spans of the table's index, each a bounded statement. Empty: the list
// is small or sparse, the query cannot be scanned, another strategy was asked for, or the server does not
// say.
std::optional<StrategyChoice> choice_for_dense_list(Session& session, const StrategyContext& context);

}  // namespace firmquery

// Whether a list is dense in its table, found out before anything is loaded.
#pragma once

#include "reading/strategy.hpp"

namespace firmquery {

// What a few spans of the key's index say of the list, each by a bounded statement.
struct ListDensity {
  enum class Kind { unknown, sparse, mixed, dense } kind = Kind::unknown;
  double rows_per_id = 0;  // of all samples
};
// Unknown: the list is small, the query cannot be scanned, another strategy was asked for, or the server does
// not say. Fails when the session is lost.
Result<ListDensity> examine_density(Session& session, const StrategyContext& context);

// For a dense list: scans, with nothing to load, and lookups by arrays for the rest.
StrategyChoice choice_for_dense_list(const ListDensity& density);

}  // namespace firmquery

// Why is it missing? The missing IDs of a run in other spellings, asked for at the run's instant. docs/adr/0027-near-misses.md.
#pragma once

#include <cstdint>
#include <vector>

#include "firmquery/core/list_fit.hpp"
#include "firmquery/core/near_misses.hpp"
#include "reading/asking.hpp"
#include "reading/share.hpp"

namespace firmquery {

// Of what the shares have read; `sample` is the key column's, null: there is none. Fails only with kind interrupted:
// whatever else is in the way is the report's `skipped`.
Result<NearMisses> explain_missing(const AskingContext& context, const std::vector<Share>& shares,
                                   const KeySample* sample);

}  // namespace firmquery

// A column that nobody named: why it was taken, and whether it can be the one.
#pragma once

#include "header_sniffer.hpp"

namespace firmquery {

// Fills choice.guess when the column was taken from several without a name. Fails (usage) when its fields do
// not look like IDs of the type, and names the columns that do.
Result<void> check_guess(const SampleTable& table, const CleanOptions& options, ColumnChoice& choice);

}  // namespace firmquery

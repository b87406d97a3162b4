// The machine's resources for the core.
#pragma once

#include "firmquery/core/resources.hpp"

namespace firmquery {

// Large blocks are mappings of their own that grow and shrink by moving pages instead of copying them: the
// peak while growing is the block itself, where realloc() may need the old and the new one at once. What was
// never written is never resident.
Memory& mapped_memory();

// As many threads as are worth it for sorting a list; fewer where the system gives no more.
Executor& sorting_threads();

}  // namespace firmquery

// Options that hands know from psql and its like: what to write here instead.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"

namespace firmquery::cli {

// The words with -V, -q and -o in their long form, where they mean the same. Fails (kind usage) on -h HOST,
// which would otherwise be answered with the help.
Result<std::vector<std::string>> without_short_options(int argc, const char* const* argv);

// For an option that does not exist, by its name without dashes: "U", "username", "file". "" when nothing is
// known.
std::string habit_remedy(std::string_view name);

}  // namespace firmquery::cli

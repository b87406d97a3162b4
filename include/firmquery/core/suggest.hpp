// "Did you mean ...?": the known name nearest to a mistyped one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace firmquery {

// Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of
// neighbours count one each.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest candidate, or "" when none is near enough to be what was meant. Case, `-` and `_` do not count.
std::string nearest(std::string_view typed, const std::vector<std::string>& candidates);

}  // namespace firmquery

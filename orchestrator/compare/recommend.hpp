// What a comparison comes to, in words. Private to compare.
#pragma once

#include <string>

#include "firmquery/compare/compare.hpp"

namespace firmquery {

// Requires: the estimates and the best.
void recommend(Comparison& comparison, const Job& job);

// What a strategy leaves on the server when it has read so many IDs.
std::string what_it_leaves(const std::string& strategy, const Prepared& prepared, std::uint64_t ids);

// "0.21 times", with its interval; "no difference" where that holds 1.
std::string ratio_words(const Estimate& ratio);

}  // namespace firmquery

// Can the IDs of a list be among those of the key column at all? Widths, characters and ranges of the list against a
// sample of the column, before anything is loaded. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/key_shape.hpp"

namespace firmquery {

struct KeySample {
  IdType type = IdType::text;       // of the column
  std::vector<std::string> values;  // canonical
  std::string least, greatest;      // of the whole column, of numbers; empty: not known
};

KeyShape shape_of(const KeySample& sample);

struct ListMisfit {
  std::string problem, remedy;  // sentences without their full stop
};

// Nothing where some of the IDs may well be in the column, or where the sample is too small to tell.
std::optional<ListMisfit> find_misfit(const IdSet& list, const InputProfile& profile,
                                      const KeySample& sample);

}  // namespace firmquery

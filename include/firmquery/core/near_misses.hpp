// Why is it missing? Missing IDs in other spellings: which there are, which of them are worth asking for, and what the
// answers say.
//
// A spelling is a suggestion only where it cannot well be chance. What the rule undoes must be foreign to the IDs that
// exist (their width, case, alphabet: KeyShape), or the rule must find clearly more than spellings made up in the same
// form do. Rules about check digits need check digits that are right. A spelling that is in the list itself is none.
//
// The cost is bounded: all rules are tried on a few hundred IDs, the rest is asked for only in the spellings of
// rules that have explained something. Pure but for the question, which the caller asks. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/digest.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/key_shape.hpp"
#include "firmquery/core/report.hpp"

namespace firmquery {

struct NearMiss {
  std::size_t rank = 0;  // of the list
  std::string
      suggestion;    // the one spelling that has rows; empty: several have, or what was lost cannot be found
  std::string rule;  // as --accept-rule takes it; several are joined by " or "
  std::uint64_t matches = 0;  // spellings that have rows
};

struct NearMisses {
  NearMissReport report;        // but for its statements, seconds and reasons to skip
  std::vector<NearMiss> found;  // ascending by rank
  Digest of_found;  // of the IDs that were found: with other ones it is not these that are missing

  // What there is to say of the ID; null: nothing. O(log n).
  const NearMiss* find(std::size_t rank) const;
};

// Which of the spellings have rows, by rank; nothing where they cannot be asked for: the search ends then.
using AskSpellings = std::function<Result<std::optional<std::vector<bool>>>(const IdSet& spellings)>;

struct NearMissSearch {
  const IdSet& list;
  const std::vector<std::size_t>& tried;  // ranks of missing IDs, ascending
  std::uint64_t missing = 0;              // all of them
  const KeyShape& usual;
};
// Fails only where `ask` does.
Result<NearMisses> find_near_misses(const NearMissSearch& search, const AskSpellings& ask);

// At most `most` of so many, spread evenly: positions, ascending.
std::vector<std::size_t> spread(std::size_t most, std::size_t of);

// For a start that goes on with a run.
std::string to_json(const NearMisses& near_misses);
Result<NearMisses> near_misses_from_json(const std::string& text, const std::string& place);

// "41 of 57 missing IDs would match with zeros padded to 10 digits: --accept-rule pad:10 does it in the next run";
// empty: there is nothing to say.
std::string near_miss_advice(const NearMissReport& report);

}  // namespace firmquery

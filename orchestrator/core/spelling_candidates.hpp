// The spellings of an ID that are worth asking for, given what IDs that exist look like. Private to core.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/id_set.hpp"
#include "firmquery/core/key_shape.hpp"
#include "firmquery/core/spelling_rule.hpp"

namespace firmquery {

struct SpellingCandidate {
  std::size_t rule = 0;  // of candidate_rules()
  std::string spelling;  // canonical
  bool foreign = false;  // what the rule undoes does not occur among the IDs that exist
};

class SpellingCandidates {
 public:
  // Both must outlive it.
  SpellingCandidates(const IdSet& list, const KeyShape& usual);

  const std::vector<SpellingRule>& rules() const { return rules_; }
  // Of one ID of the list, each spelling once, the simplest rule first. `among`: the rules that are asked for; empty:
  // all of them.
  std::vector<SpellingCandidate> of(std::string_view id, const std::vector<bool>& among) const;

 private:
  void add_rules();
  void add(const std::string& name);
  bool is_foreign(const SpellingRule& rule, std::string_view id) const;
  bool fits(const SpellingRule& rule, std::string_view spelling) const;

  const IdSet& list_;
  const KeyShape& usual_;
  std::vector<SpellingRule> rules_;
};

}  // namespace firmquery

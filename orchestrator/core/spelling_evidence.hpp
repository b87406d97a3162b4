// Whether what a rule finds can be chance, and digits that nothing brings back. Private to core.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "firmquery/core/near_misses.hpp"
#include "spelling_candidates.hpp"

namespace firmquery {

inline constexpr const char* kExcelRounding = "excel-rounding";
inline constexpr const char* kENotation = "e-notation";

class SpellingEvidence {
 public:
  // Both must outlive it.
  SpellingEvidence(const std::vector<SpellingRule>& rules, const NearMissSearch& search);

  // Made-up spellings of the same form as those that only a comparison can tell from chance.
  std::vector<SpellingCandidate> controls(const std::vector<SpellingCandidate>& tries) const;
  void add(const SpellingCandidate& tried, bool has_rows);
  void add_control(const SpellingCandidate& control, bool has_rows);

  // All is added. By rule: worth asking for all IDs.
  std::vector<bool> judge();
  // After that: whether this spelling is one that the evidence is about.
  bool speaks_for(const SpellingCandidate& tried) const {
    return tried.foreign ? foreign_[tried.rule] : others_[tried.rule];
  }

 private:
  struct Counts {
    std::size_t foreign = 0, foreign_hits = 0;  // that were tried; of them with rows
    std::size_t others = 0, hits = 0, controls = 0, control_hits = 0;
  };
  bool foreign_is_credible(std::size_t rule) const;
  bool others_are_credible(std::size_t rule) const;
  // Enough of the missing IDs of that width end in the right check digits.
  bool check_digits_are_right(std::size_t rule) const;

  const std::vector<SpellingRule>& rules_;
  const NearMissSearch& search_;
  std::vector<Counts> counts_;
  std::vector<bool> foreign_, others_;  // credible for the ones and for the others
};

// The probability of at least `hits` among `tries` that succeed with `chance` each.
double chance_of_at_least(std::size_t hits, std::size_t tries, double chance);

// The probability that of hits and control hits together at least `hits` fall on the tries, if tries and controls are
// as likely to hit: Fisher's exact test, one-sided. The controls are a sample too, so their rate is not taken for the truth.
double chance_of_more_than_controls(std::size_t hits, std::size_t tries, std::size_t control_hits,
                                    std::size_t controls);

// Missing IDs whose digits a spreadsheet has destroyed, with what it did: only where there are more than chance makes.
std::vector<std::pair<std::size_t, std::string>> lost_digits(const NearMissSearch& search);

}  // namespace firmquery

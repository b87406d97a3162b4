#include "spelling_evidence.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "digits.hpp"
#include "id_shapes.hpp"
#include "spelling_step.hpp"

namespace firmquery {
namespace {

using Kind = SpellingStep::Kind;

// Chances that are left to a rule which explains nothing: of those that hit anything at all there are a dozen in a run, of
// check digits a few.
constexpr double kTooLikely = 1e-6, kTooLikelyChecks = 1e-5;
constexpr std::size_t kControls = 512;        // of each rule, at least
constexpr std::size_t kControlsPerTry = 128;  // at most

bool is_check(const SpellingRule& rule, Kind kind) {
  return rule.steps().back().kind == kind;
}
bool is_check(const SpellingRule& rule) {
  return is_check(rule, Kind::add_check) || is_check(rule, Kind::drop_check);
}

// The same form, with other letters and digits at its end.
std::string made_up(const std::string& spelling, std::mt19937_64& random) {
  constexpr std::size_t kChanged = 4;
  std::string other = spelling;
  std::size_t changed = 0;
  for (std::size_t i = other.size(); i-- > 0 && changed < kChanged;) {
    char& c = other[i];
    const auto draw = [&](char first, unsigned count) { c = static_cast<char>(first + random() % count); };
    if (is_digit(c)) {
      i == 0 && other.size() > 1 ? draw('1', 9) : draw('0', 10);
    } else if (is_upper(c)) {
      draw('A', 26);
    } else if (is_lower(c)) {
      draw('a', 26);
    } else {
      continue;
    }
    ++changed;
  }
  return other;
}

double log_choose(std::size_t of, std::size_t some) {
  const double n = static_cast<double>(of), k = static_cast<double>(some);
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

// Sixteen digits or more, and zeros after the fifteenth.
bool ends_as_excel_rounds(std::string_view id) {
  return all_digits(id) && ends_as_spreadsheets_round(id);
}

}  // namespace

double chance_of_at_least(std::size_t hits, std::size_t tries, double chance) {
  if (hits == 0) return 1;
  if (chance <= 0) return 0;
  if (chance >= 1) return 1;
  double sum = 0;
  for (std::size_t k = hits; k <= tries; ++k) {
    const double x = static_cast<double>(k);
    sum += std::exp(log_choose(tries, k) + x * std::log(chance) +
                    static_cast<double>(tries - k) * std::log1p(-chance));
  }
  return std::min(sum, 1.0);
}

double chance_of_more_than_controls(std::size_t hits, std::size_t tries, std::size_t control_hits,
                                    std::size_t controls) {
  const std::size_t all_hits = hits + control_hits;
  double sum = 0;
  for (std::size_t k = hits; k <= std::min(tries, all_hits); ++k) {
    if (all_hits - k > controls) continue;
    sum += std::exp(log_choose(tries, k) + log_choose(controls, all_hits - k) -
                    log_choose(tries + controls, all_hits));
  }
  return std::min(sum, 1.0);
}

SpellingEvidence::SpellingEvidence(const std::vector<SpellingRule>& rules, const NearMissSearch& search)
    : rules_(rules), search_(search), counts_(rules.size()) {}

std::vector<SpellingCandidate> SpellingEvidence::controls(const std::vector<SpellingCandidate>& tries) const {
  std::vector<std::size_t> compared(rules_.size(), 0);
  const auto needs_one = [&](const SpellingCandidate& tried) {
    return !tried.foreign && !is_check(rules_[tried.rule]);
  };
  for (const SpellingCandidate& tried : tries) compared[tried.rule] += needs_one(tried);
  std::vector<SpellingCandidate> controls;
  std::mt19937_64 random(tries.size());  // the same each time
  for (const SpellingCandidate& tried : tries) {
    if (!needs_one(tried)) continue;
    const std::size_t count =
        std::clamp(kControls / compared[tried.rule] + 1, std::size_t{1}, kControlsPerTry);
    for (std::size_t i = 0; i < count; ++i) {
      std::string spelling = made_up(tried.spelling, random);
      if (spelling != tried.spelling && search_.list.find(spelling) == IdSet::npos)
        controls.push_back({tried.rule, std::move(spelling), false});
    }
  }
  return controls;
}

void SpellingEvidence::add(const SpellingCandidate& tried, bool has_rows) {
  Counts& counts = counts_[tried.rule];
  ++(tried.foreign ? counts.foreign : counts.others);
  (tried.foreign ? counts.foreign_hits : counts.hits) += has_rows;
}

void SpellingEvidence::add_control(const SpellingCandidate& control, bool has_rows) {
  Counts& counts = counts_[control.rule];
  ++counts.controls;
  counts.control_hits += has_rows;
}

bool SpellingEvidence::check_digits_are_right(std::size_t rule) const {
  const SpellingStep& step = rules_[rule].steps().back();
  const std::size_t width = step.width + check_digits_of(step.scheme);
  std::size_t of_width = 0, right = 0;
  for (const std::size_t rank : search_.tried) {
    const std::string id = search_.list.canonical(rank);
    if (id.size() != width) continue;
    ++of_width;
    right += verifies(id, step.scheme);
  }
  return right * 10 >= of_width * 9 &&
         chance_of_at_least(right, of_width, check_chance(step.scheme)) < kTooLikelyChecks;
}

bool SpellingEvidence::foreign_is_credible(std::size_t rule) const {
  const Counts& counts = counts_[rule];
  if (counts.foreign_hits == 0) return false;
  if (!is_check(rules_[rule])) return true;
  if (counts.foreign_hits * 2 < counts.foreign) return false;
  return is_check(rules_[rule], Kind::add_check) || check_digits_are_right(rule);
}

bool SpellingEvidence::others_are_credible(std::size_t rule) const {
  const Counts& counts = counts_[rule];
  if (counts.hits < 2 || is_check(rules_[rule])) return false;
  // A rule that is right, and that finds as much again by chance, would make every other suggestion a wrong one.
  if (counts.hits * counts.controls < 2 * counts.control_hits * counts.others) return false;
  return chance_of_more_than_controls(counts.hits, counts.others, counts.control_hits, counts.controls) <
         kTooLikely;
}

std::vector<bool> SpellingEvidence::judge() {
  std::vector<bool> credible(rules_.size());
  foreign_ = others_ = credible;
  for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
    foreign_[rule] = foreign_is_credible(rule);
    others_[rule] = others_are_credible(rule);
    credible[rule] = foreign_[rule] || others_[rule];
  }
  return credible;
}

std::vector<std::pair<std::size_t, std::string>> lost_digits(const NearMissSearch& search) {
  std::vector<std::pair<std::size_t, std::string>> lost;
  std::vector<std::size_t> rounded;
  double expected = 0;
  std::string id;
  for (const std::size_t rank : search.tried) {
    id.clear();
    search.list.append_canonical(rank, id);
    if (is_spreadsheet_scientific(id)) lost.emplace_back(rank, kENotation);
    if (id.size() <= kSpreadsheetDigits || !all_digits(id)) continue;
    expected += std::pow(0.1, static_cast<double>(id.size() - kSpreadsheetDigits));
    if (ends_as_excel_rounds(id)) rounded.push_back(rank);
  }
  // Numbers of some systems end in zeros by themselves; those that exist tell.
  if (rounded.empty() || search.usual.rounded() * 20 > search.usual.size()) return lost;
  // Poisson: so many or more.
  double below = 0, term = std::exp(-expected);
  for (std::size_t k = 0; k < rounded.size(); ++k) {
    below += term;
    term *= expected / static_cast<double>(k + 1);
  }
  if (1 - below > 1e-3) return lost;
  for (const std::size_t rank : rounded) lost.emplace_back(rank, kExcelRounding);
  return lost;
}

}  // namespace firmquery

#include "spelling_candidates.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "code_points.hpp"
#include "digits.hpp"
#include "spelling_step.hpp"

namespace firmquery {
namespace {

using Kind = SpellingStep::Kind;

constexpr std::uint32_t kLetters = kHasUpper | kHasLower;
constexpr std::uint32_t kAround = kHasBlank | kHasInvisible | kHasOtherAscii;

bool has_own_width(Kind kind) {
  return kind == Kind::pad || kind == Kind::add_check || kind == Kind::drop_check;
}

// The traits that the step takes away.
std::uint32_t undone_traits(Kind kind) {
  switch (kind) {
    case Kind::trim:
      return kAround;
    case Kind::strip_blanks:
      return kHasBlank | kHasInvisible;
    case Kind::single_blanks:
      return kHasManyBlanks | kHasInvisible;
    case Kind::upper:
      return kHasLower;
    case Kind::lower:
      return kHasUpper;
    case Kind::ascii:
      return kHasNonAscii | kHasInvisible;
    case Kind::strip_zeros:
      return kHasLeadingZero;
    case Kind::strip_decimals:
      return kHasDecimals;
    case Kind::strip_separators:
      return kHasSeparator | kHasBlank;
    case Kind::look_alikes:
      return kLetters;
    case Kind::pad:
    case Kind::group:
    case Kind::add_check:
    case Kind::drop_check:
      return 0;
  }
  return 0;
}

bool step_is_foreign(const SpellingStep& step, std::string_view id, const KeyShape& usual) {
  // Where widths are mixed, a sample does not have the rare ones.
  constexpr std::size_t kFewWidths = 3;
  if (has_own_width(step.kind))
    return usual.widths().size() <= kFewWidths && !usual.has_width(count_code_points(id));
  // Groups are only put in where all IDs have them.
  if (step.kind == Kind::group) return usual.with(kHasSeparator) + usual.with(kHasBlank) >= usual.size();
  if (step.kind == Kind::look_alikes && !step.pattern.empty()) return !usual.has_pattern(pattern_of(id));
  return (traits_of(id) & undone_traits(step.kind) & ~usual.traits()) != 0;
}

}  // namespace

SpellingCandidates::SpellingCandidates(const IdSet& list, const KeyShape& usual)
    : list_(list), usual_(usual) {
  add_rules();
}

void SpellingCandidates::add(const std::string& name) {
  if (auto rule = SpellingRule::parse(name, {})) rules_.push_back(*std::move(rule));
}

void SpellingCandidates::add_rules() {
  const IdType type = list_.type();
  if (type == IdType::uuid) return;  // has one spelling
  std::vector<std::string> widths, second;
  for (const auto& [width, count] : usual_.widths()) {
    if (count * 20 >= usual_.size()) widths.push_back(std::to_string(width));
  }
  if (type == IdType::text) {
    std::vector<std::string> first = {"trim",           "strip-blanks",     "single-blanks", "ascii",
                                      "strip-decimals", "strip-separators", "upper",         "lower"};
    const std::string pattern = usual_.usual_pattern();
    const bool mixed =
        pattern.find('9') != std::string::npos && pattern.find_first_of("Aa") != std::string::npos;
    first.push_back(mixed ? "look-alikes:" + pattern : "look-alikes");
    if (usual_.digits_only() > 0) {
      for (const std::string& width : widths) second.push_back("pad:" + width);
    }
    second.emplace_back("strip-zeros");
    if (const std::string groups = usual_.usual_groups(); !groups.empty())
      second.push_back("group:" + groups);
    for (const std::string& name : first) add(name);
    for (const std::string& name : second) add(name);
    second.emplace_back("upper");
    second.emplace_back("lower");
    second.emplace_back("strip-separators");
    for (const std::string& one : first) {
      const bool cased = one == "upper" || one == "lower";
      for (const std::string& other : second) {
        if (one != other && !(cased && (other == "upper" || other == "lower")))
          add(fmt::format("{}+{}", one, other));
      }
    }
  }
  // Check digits need IDs of one width: among all widths each number is another ID.
  const std::size_t width = usual_.usual_width();
  if (width < 3 || width > 34 || usual_.digits_only() * 10 < usual_.size() * 8) return;
  for (const CheckScheme scheme : kCheckSchemes) {
    if (usual_.verifying(static_cast<std::size_t>(scheme)) >= 0.95) {
      add(fmt::format("add-{}:{}", to_string(scheme), width));
    } else {
      add(fmt::format("drop-{}:{}", to_string(scheme), width));
    }
  }
}

bool SpellingCandidates::is_foreign(const SpellingRule& rule, std::string_view id) const {
  return usual_.known() &&
         std::any_of(rule.steps().begin(), rule.steps().end(),
                     [&](const SpellingStep& step) { return step_is_foreign(step, id, usual_); });
}

// Padding brings zeros that a small sample may not have.
bool SpellingCandidates::fits(const SpellingRule& rule, std::string_view spelling) const {
  if (!usual_.known()) return true;
  if (!usual_.has_width(count_code_points(spelling))) return false;
  const bool padded = rule.steps().back().kind == Kind::pad;
  const std::uint32_t allowed = usual_.traits() | (padded ? kHasLeadingZero : 0u);
  return (traits_of(spelling) & ~allowed) == 0;
}

std::vector<SpellingCandidate> SpellingCandidates::of(std::string_view id,
                                                      const std::vector<bool>& among) const {
  std::vector<SpellingCandidate> candidates;
  std::string spelled, canonical, before;
  const IdRules as_it_stands{.allow_suspect = true};
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const SpellingRule& rule = rules_[i];
    if (!among.empty() && !among[i]) continue;
    // Of two steps both have to do something, or one of them alone is the rule.
    const auto& steps = rule.steps();
    if (!apply_step(steps.front(), id, spelled)) continue;
    if (steps.size() == 2) {
      before.swap(spelled);
      if (!apply_step(steps.back(), before, spelled)) continue;
    }
    if (canonicalize(spelled, list_.type(), as_it_stands, canonical) != IdProblem::none) continue;
    if (canonical == id || !fits(rule, canonical) || list_.find(canonical) != IdSet::npos) continue;
    const bool again = std::any_of(candidates.begin(), candidates.end(), [&](const SpellingCandidate& other) {
      return other.spelling == canonical;
    });
    if (!again) candidates.push_back({i, canonical, is_foreign(rule, id)});
  }
  return candidates;
}

}  // namespace firmquery

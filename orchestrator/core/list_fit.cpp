#include "firmquery/core/list_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "firmquery/core/near_misses.hpp"
#include "spelling_candidates.hpp"

namespace firmquery {
namespace {

// IDs of the list that are looked at.
constexpr std::size_t kLooked = 2000;
// A column with more widths than these in a sample has others outside of it.
constexpr std::size_t kFewWidths = 3;
// Values that all have something, before it counts that the list does not have it.
constexpr std::size_t kAlways = 100;

struct TraitWords {
  IdTrait trait;
  std::string_view words;
};
constexpr auto kTraitWords = std::to_array<TraitWords>({
    {kHasInvisible, "blanks that are not plain or characters that nobody sees"},
    {kHasNonAscii, "letters or digits that are not ASCII"},
    {kHasOtherAscii, "quotes or signs"},
    {kHasSeparator, "hyphens or other separators"},
    {kHasBlank, "blanks"},
    {kHasDecimals, "a fraction of zeros"},
    {kHasLower, "small letters"},
    {kHasUpper, "capital letters"},
    {kHasLeadingZero, "leading zeros"},
    {kHasDigit, "digits"},
});

// "10 digits", "8 or 10 characters"
template <class Widths>
std::string widths_text(const Widths& widths, bool digits) {
  std::string text;
  std::size_t at = 0;
  for (const auto& [width, count] : widths) {
    if (at > 0) text += at + 1 == widths.size() ? " or " : ", ";
    if (++at > 4) return text + "other numbers of " + (digits ? "digits" : "characters");
    text += std::to_string(width);
  }
  return text + (digits ? " digit" : " character") +
         (widths.size() == 1 && widths.begin()->first == 1 ? "" : "s");
}

std::string examples(const std::string& ours, const std::string& theirs) {
  return fmt::format("\"{}\" against \"{}\"", ours, theirs);
}

class Fit {
 public:
  Fit(const IdSet& list, const InputProfile& profile, const KeySample& sample)
      : list_(list), profile_(profile), sample_(sample), shape_(shape_of(sample)) {}

  std::optional<ListMisfit> misfit() {
    if (list_.empty()) return std::nullopt;
    if (sample_.type == IdType::integer || sample_.type == IdType::numeric) return of_range();
    if (sample_.type != IdType::text || shape_.size() < KeyShape::kEnough) return std::nullopt;
    look_at_list();
    std::string problem = of_widths();
    if (problem.empty()) problem = of_what_only_the_list_has();
    if (problem.empty()) problem = of_what_only_the_column_has();
    if (problem.empty()) return std::nullopt;
    problem += ": " + examples(looked_.front(), sample_.values[sample_.values.size() / 2]);
    return ListMisfit{problem, remedy()};
  }

 private:
  std::optional<ListMisfit> of_range() const {
    if (sample_.least.empty() || (list_.type() != IdType::integer && list_.type() != IdType::numeric))
      return std::nullopt;
    const std::string first = list_.canonical(0), last = list_.canonical(list_.size() - 1);
    const bool below = compare_canonical(last, sample_.least, IdType::numeric) < 0;
    const bool above = compare_canonical(first, sample_.greatest, IdType::numeric) > 0;
    if (!below && !above) return std::nullopt;
    return ListMisfit{
        fmt::format("no ID of the list can be in the key column: the list goes from {} to {}, the column "
                    "from {} to {}",
                    first, last, sample_.least, sample_.greatest),
        "check --column and the query: other numbers may be the IDs"};
  }

  void look_at_list() {
    for (const std::size_t rank : spread(kLooked, list_.size())) looked_.push_back(list_.canonical(rank));
    for (const std::string& id : looked_) {
      const std::uint32_t traits = traits_of(id);
      any_ |= traits;
      all_ &= traits;
    }
  }

  std::string of_widths() const {
    const auto& widths = profile_.lengths;
    if (shape_.widths().size() > kFewWidths || widths.empty()) return {};
    const bool meet = std::any_of(widths.begin(), widths.end(),
                                  [&](const auto& width) { return shape_.has_width(width.first); });
    if (meet) return {};
    return fmt::format("no ID of the list can be in the key column: the list has {}, the column {}",
                       widths_text(widths, any_ == kHasDigit || any_ == (kHasDigit | kHasLeadingZero)),
                       widths_text(shape_.widths(), shape_.digits_only() == shape_.size()));
  }

  std::string of_what_only_the_list_has() const {
    for (const auto& [trait, words] : kTraitWords) {
      if ((all_ & trait) != 0 && (shape_.traits() & trait) == 0)
        return fmt::format("the IDs of the list have {}, those of the key column never", words);
    }
    return {};
  }

  std::string of_what_only_the_column_has() const {
    if (shape_.size() < kAlways) return {};
    for (const auto& [trait, words] : kTraitWords) {
      if ((any_ & trait) == 0 && shape_.with(trait) == shape_.size())
        return fmt::format("the IDs of the key column have {}, those of the list never", words);
    }
    return {};
  }

  // The first rule that makes IDs of the column's form out of most of them.
  std::string remedy() const {
    constexpr std::size_t kRespelled = 200;
    const SpellingCandidates candidates(list_, shape_);
    std::vector<std::size_t> fitting(candidates.rules().size(), 0);
    std::size_t tried = 0;
    for (const std::size_t at : spread(kRespelled, looked_.size())) {
      ++tried;
      for (const SpellingCandidate& candidate : candidates.of(looked_[at], {})) {
        if (candidate.foreign) ++fitting[candidate.rule];
      }
    }
    for (std::size_t rule = 0; rule < fitting.size(); ++rule) {
      if (fitting[rule] * 10 < tried * 8) continue;
      return fmt::format("--accept-rule {} reads the list with {}; or check --column, --key and the query",
                         candidates.rules()[rule].name(), candidates.rules()[rule].words());
    }
    return "check --column, --key and the query";
  }

  const IdSet& list_;
  const InputProfile& profile_;
  const KeySample& sample_;
  const KeyShape shape_;
  std::vector<std::string> looked_;
  std::uint32_t any_ = 0, all_ = ~0u;
};

}  // namespace

KeyShape shape_of(const KeySample& sample) {
  KeyShape shape;
  for (const std::string& value : sample.values) shape.add(value);
  return shape;
}

std::optional<ListMisfit> find_misfit(const IdSet& list, const InputProfile& profile,
                                      const KeySample& sample) {
  return Fit(list, profile, sample).misfit();
}

}  // namespace firmquery

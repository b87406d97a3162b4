#include "reading/explaining.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "publishing/finish.hpp"

namespace firmquery {
namespace {

// All questions together; the answer of a run does not wait for more.
constexpr double kSecondsMost = 60;
// One session has asked for so many before a second one is open.
constexpr std::size_t kSpellingsPerSession = 5'000;
// Found IDs that are looked at, for what IDs that exist look like.
constexpr std::size_t kFoundLooked = 2'000;

bool is_unread(const Share& share, std::size_t rank) {
  const auto unread = share.unread();
  return std::any_of(unread.begin(), unread.end(),
                     [&](const Slice slice) { return rank >= slice.begin && rank < slice.end; });
}

KeyShape usual_ids(const IdSet& ids, const std::vector<Share>& shares, const KeySample* sample) {
  KeyShape usual = sample != nullptr ? shape_of(*sample) : KeyShape();
  for (const std::size_t rank : spread(kFoundLooked, ids.size())) {
    for (const Share& share : shares) {
      const Slice slice = share.slice();
      if (rank < slice.begin || rank >= slice.end || is_unread(share, rank)) continue;
      if (share.reconciler().is_found(rank)) usual.add(ids.canonical(rank));
    }
  }
  return usual;
}

class Explaining {
 public:
  Explaining(const AskingContext& context, const std::vector<Share>& shares)
      : context_(context), shares_(shares) {}

  Result<NearMisses> explain(const KeySample* sample) {
    const IdSet& ids = context_.strategy.ids;
    std::uint64_t missing = 0;
    FQ_TRY(visit_missing(ids, shares_, [&](std::size_t) -> Result<void> {
      ++missing;
      return {};
    }));
    const std::vector<std::size_t> tried = tried_ranks(missing);
    const KeyShape usual = usual_ids(ids, shares_, sample);
    auto found = find_near_misses({ids, tried, missing, usual},
                                  [this](const IdSet& spellings) { return ask(spellings); });
    if (!found) return found;
    found->report.statements = statements_;
    found->report.seconds = seconds_;
    found->report.skipped =
        ids.type() == IdType::uuid && missing > 0 ? "a UUID has one spelling only" : skipped_;
    return found;
  }

 private:
  std::vector<std::size_t> tried_ranks(std::uint64_t missing) const {
    const std::vector<std::size_t> places = spread(context_.strategy.job.near_misses, missing);
    std::vector<std::size_t> ranks;
    ranks.reserve(places.size());
    std::size_t place = 0;
    (void)visit_missing(context_.strategy.ids, shares_, [&](std::size_t rank) -> Result<void> {
      if (ranks.size() < places.size() && place++ == places[ranks.size()]) ranks.push_back(rank);
      return {};
    });
    return ranks;
  }

  Result<std::optional<std::vector<bool>>> ask(const IdSet& spellings) {
    const Job& job = context_.strategy.job;
    const auto sessions = static_cast<unsigned>(
        std::clamp<std::size_t>(spellings.size() / kSpellingsPerSession, 1, std::max(job.connections, 1u)));
    const Question question{"near misses", strategy_without_tables(job).kind, sessions,
                            std::chrono::duration<double>(std::max(kSecondsMost - seconds_, 1.0))};
    auto asked = ask_about(spellings, context_, question);
    if (!asked && asked.error().kind != ErrorKind::integrity) return Failure(std::move(asked).error());
    if (!asked) {
      skipped_ = asked.error().message;
      return std::optional<std::vector<bool>>();
    }
    statements_ += asked->statements;
    seconds_ += asked->seconds;
    if (!asked->left_because.empty()) {
      skipped_ = asked->left_because;
      return std::optional<std::vector<bool>>();
    }
    std::vector<bool> with_rows(spellings.size());
    for (std::size_t rank = 0; rank < spellings.size(); ++rank) with_rows[rank] = asked->has_rows(rank);
    return std::optional(std::move(with_rows));
  }

  const AskingContext& context_;
  const std::vector<Share>& shares_;
  std::uint64_t statements_ = 0;
  double seconds_ = 0;
  std::string skipped_;
};

}  // namespace

Result<NearMisses> explain_missing(const AskingContext& context, const std::vector<Share>& shares,
                                   const KeySample* sample) {
  return Explaining(context, shares).explain(sample);
}

}  // namespace firmquery

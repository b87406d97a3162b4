#include "recommend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace firmquery {
namespace {

// Of those that are as fast: what adapts first, then what asks least of the server.
int rank_of(StrategyKind kind) {
  constexpr std::array kOrder = {StrategyKind::automatic, StrategyKind::temp_table,
                                 StrategyKind::array,     StrategyKind::scan,
                                 StrategyKind::in_list,   StrategyKind::staging_table};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), kind) - kOrder.begin());
}

// Without an interval: what differs by a twentieth is as fast.
bool as_fast_as_the_best(const Contest& contest) {
  constexpr double kAlike = 1.05;
  if (!contest.to_best.interval) return contest.to_best.median <= kAlike;
  return contest.to_best.interval->holds(1) || contest.to_best.median <= 1;
}

std::string lines_of(const Contender& who, const Job& job) {
  std::string lines = fmt::format("processing:\n  strategy: {}\n", to_string(who.strategy));
  constexpr std::size_t kChunkSizeMost = 10'000;  // of the option
  if (who.chunk_size > 0) {
    lines += fmt::format("  chunk_size: {}\n", std::min(who.chunk_size, kChunkSizeMost));
    if (who.chunk_size > 1000) lines += "  max_query_length: 1000000\n";
  }
  if (who.connections != job.connections)
    lines += fmt::format("database:\n  max_connections: {}\n", who.connections);
  return lines;
}

}  // namespace

std::string ratio_words(const Estimate& ratio) {
  if (!ratio.interval) return fmt::format("{:.2f}", ratio.median);
  const bool known = !ratio.interval->holds(1);
  return fmt::format("{:.2f} ({:.2f}-{:.2f}){}", ratio.median, ratio.interval->low, ratio.interval->high,
                     known ? "" : ", no difference");
}

void recommend(Comparison& comparison, const Job& job) {
  const Contest* chosen = nullptr;
  std::string alike;
  for (const Contest& contest : comparison.contests) {
    if (contest.measured.empty() || contest.differs || !as_fast_as_the_best(contest)) continue;
    if (chosen == nullptr || rank_of(contest.who.strategy) < rank_of(chosen->who.strategy)) chosen = &contest;
  }
  if (chosen == nullptr) return;
  for (const Contest& contest : comparison.contests) {
    if (&contest != chosen && !contest.measured.empty() && as_fast_as_the_best(contest))
      alike += (alike.empty() ? "" : ", ") + contest.who.name;
  }
  const Contest& baseline = comparison.contests.front();
  std::string why;
  if (chosen == &baseline) {
    why = "nothing is faster here";
  } else {
    why = fmt::format("it takes {} of {}", ratio_words(chosen->to_baseline), baseline.who.name);
  }
  if (!alike.empty()) why += fmt::format("; as fast: {}", alike);
  if (chosen->who.strategy == StrategyKind::automatic && !chosen->ran.empty())
    why += fmt::format("; it chose {}", chosen->ran);
  if (!chosen->to_baseline.interval) why += "; too few turns for an interval: give it a larger --budget";
  comparison.recommendation = fmt::format("{}: {}", chosen->who.name, why);
  comparison.job_lines = lines_of(chosen->who, job);
}

std::string what_it_leaves(const std::string& strategy, const Prepared& prepared, std::uint64_t ids) {
  const bool loads = strategy == "temp-table" || strategy == "staging-table";
  if (!loads) return "nothing";
  if (!prepared.dialect().is_cockroachdb()) return "dead rows of the catalog";
  const auto window = prepared.facts().gc_window_s;
  return fmt::format("{} dropped rows until the garbage collector takes them{}", ids,
                     window ? fmt::format(", in {:.0f} minutes", *window / 60) : std::string());
}

}  // namespace firmquery

#include "reading/throttle.hpp"

#include <algorithm>

namespace firmquery {

std::chrono::duration<double> Pace::after(std::uint64_t rows, Clock::time_point start) {
  if (!limited()) return {};
  const std::lock_guard lock(mutex_);
  const auto cost = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(static_cast<double>(rows) / rows_per_s_));
  // Time in which nothing was read is not saved up.
  free_at_ = std::max(free_at_, start) + cost;
  return free_at_ - Clock::now();
}

std::chrono::duration<double> LatencyWatch::after(std::size_t ids, std::uint64_t rows,
                                                  std::chrono::duration<double> took) {
  constexpr double slow_factor = 4;
  constexpr std::chrono::duration<double> short_statement{3}, longest_pause{10};
  const double items = static_cast<double>(std::max<std::uint64_t>({ids, rows, 1}));
  const double per_item = took.count() / items;
  const bool slow = usual_ > 0 && per_item > slow_factor * usual_ && took > short_statement;
  // Slow statements move the measure a little each: one of a few IDs must not spoil it, and a server that
  // stays slow is not spared for ever.
  usual_ = usual_ == 0 ? per_item : usual_ + 0.3 * (std::min(per_item, 2 * usual_) - usual_);
  return slow ? std::min(took, longest_pause) : std::chrono::duration<double>{};
}

}  // namespace firmquery

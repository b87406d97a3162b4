#include "firmquery/core/plan.hpp"

#include <algorithm>

namespace firmquery {

std::vector<Slice> split(Slice whole, std::size_t parts) {
  std::vector<Slice> slices;
  std::size_t begin = whole.begin;
  for (std::size_t left = std::min(parts, whole.size()); left > 0; --left) {
    const std::size_t size = (whole.end - begin + left - 1) / left;
    slices.push_back({begin, begin + size});
    begin += size;
  }
  return slices;
}

void RangeSizer::completed(std::size_t ids, std::chrono::duration<double> took) {
  // A statement too short to time says only that more would fit.
  const double seconds = std::max(took.count(), 1e-4);
  const double rate = static_cast<double>(ids) / seconds;
  rate_ = rate_ == 0 ? rate : 0.5 * rate_ + 0.5 * rate;
  const double wanted = rate_ * options_.target.count();
  // After a failure the size is kept for a while, or every other statement would fail in the same way.
  const double grown =
      held_ > 0 ? static_cast<double>(next_) : 4.0 * static_cast<double>(std::max<std::size_t>(ids, 1));
  if (held_ > 0) --held_;
  // What had to become smaller than `least` grows back step by step too.
  const double least = std::min(static_cast<double>(options_.least), grown);
  const double bounded = std::clamp(std::min(wanted, grown), least, static_cast<double>(options_.most));
  next_ = static_cast<std::size_t>(bounded);
}

void RangeSizer::too_slow(std::size_t ids) {
  next_ = std::clamp<std::size_t>(ids / 4, 1, std::max<std::size_t>(options_.most, 1));
  held_ = 8;
}

Slice next_chunk(const IdSet& ids, Slice rest, InListLimits limits, std::size_t fixed_chars,
                 std::size_t chars_an_id) {
  // One part in twenty is kept free: the server's library may add a cast or an E before a literal.
  const std::size_t budget = limits.max_chars - limits.max_chars / 20;
  const bool quoted = ids.type() == IdType::text || ids.type() == IdType::uuid;
  std::size_t used = fixed_chars;
  std::size_t end = rest.begin;
  std::string id;
  while (end < rest.end && end - rest.begin < std::max<std::size_t>(limits.max_ids, 1)) {
    id.clear();
    ids.append_canonical(end, id);
    std::size_t cost = id.size() + 1 + chars_an_id;
    if (quoted)
      cost += 3 + static_cast<std::size_t>(
                      std::count_if(id.begin(), id.end(), [](char c) { return c == '\'' || c == '\\'; }));
    if (end > rest.begin && used + cost > budget) break;
    used += cost;
    ++end;
  }
  return {rest.begin, end};
}

}  // namespace firmquery

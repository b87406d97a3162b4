#include "firmquery/core/plan.hpp"

#include <algorithm>
#include <cmath>

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

namespace {

// Another size is better when it reads so much more; less is what measuring is uncertain by.
constexpr double kBetterBy = 1.05;
// A neighbour is tried again after so many ranges.
constexpr std::uint64_t kTrustedFor = 32;
constexpr unsigned kHeldFor = 8;

}  // namespace

RangeSizer::RangeSizer(Options options)
    : options_(options), base_(static_cast<double>(options.first)), next_(options.first) {}

std::size_t RangeSizer::size_of(int step) const {
  // What had to become smaller than `least` grows from there.
  const double least = std::min(static_cast<double>(options_.least), base_);
  return static_cast<std::size_t>(std::clamp(std::ldexp(base_, step - kFirstStep), std::max(least, 1.0),
                                             static_cast<double>(options_.most)));
}

int RangeSizer::step_of(std::size_t ids) const {
  const double step = std::round(std::log2(static_cast<double>(ids) / base_)) + kFirstStep;
  return static_cast<int>(std::clamp(step, 0.0, kSteps - 1.0));
}

bool RangeSizer::fits(int step, double rate) const {
  return static_cast<double>(size_of(step)) <= rate * options_.target.count();
}

// Whether a neighbour of the best is worth a try.
bool RangeSizer::is_due(int step, double rate) const {
  if (step < 0 || step >= kSteps || size_of(step) == size_of(best_) || !fits(step, rate)) return false;
  const Step& other = steps_[static_cast<std::size_t>(step)];
  return other.rate == 0 || completed_ - other.seen >= kTrustedFor;
}

void RangeSizer::completed(std::size_t ids, std::chrono::duration<double> took) {
  if (ids == 0) return;
  ++completed_;
  // A statement too short to time says only that more would fit.
  const double rate = static_cast<double>(ids) / std::max(took.count(), 1e-4);
  const int at = step_of(ids);
  Step& measured = steps_[static_cast<std::size_t>(at)];
  measured = {measured.rate == 0 ? rate : 0.5 * measured.rate + 0.5 * rate, completed_};
  // A few IDs pay for a whole statement, too, and foretell nothing.
  const bool telling = at >= best_ - 1 || took > options_.target;
  if (telling && !fits(best_, rate)) {
    while (best_ > 0 && size_of(best_) > size_of(0) && !fits(best_, rate)) --best_;
    return ask_for(best_);
  }
  // After a failure the size is kept for a while, or every other statement would fail in the same way.
  if (held_ > 0) {
    --held_;
    return;
  }
  const bool neighbour = at == best_ - 1 || at == best_ + 1;
  const double best = steps_[static_cast<std::size_t>(best_)].rate;
  if (neighbour && best > 0 && measured.rate > kBetterBy * best) best_ = at;
  // The last of a slice, or what was cut, tells nothing of the size that was asked for.
  const double known = steps_[static_cast<std::size_t>(best_)].rate;
  if (known > 0 && is_due(best_ + 1, known)) return ask_for(best_ + 1);
  if (known > 0 && is_due(best_ - 1, known)) return ask_for(best_ - 1);
  ask_for(best_);
}

void RangeSizer::too_slow(std::size_t ids) {
  next_ = std::clamp<std::size_t>(ids / 4, 1, std::max<std::size_t>(options_.most, 1));
  base_ = static_cast<double>(next_);
  best_ = kFirstStep;
  steps_ = {};
  held_ = kHeldFor;
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

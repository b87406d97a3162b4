#include "html/timeline.hpp"

#include <algorithm>

namespace firmquery::html {

void Timeline::start(double at) {
  before_ = length_s_;
  began_ = at;
  if (any_start_) starts_.push_back(before_);
  any_start_ = true;
}

// The step of a place; steps become longer until there is one.
std::size_t Timeline::step_at(double place) {
  while (place >= step_s_ * static_cast<double>(kStepsMax)) {
    for (std::size_t i = 0; i < kStepsMax / 2; ++i) {
      const Step &first = steps_[2 * i], &second = steps_[2 * i + 1];
      steps_[i] = {first.rows + second.rows, first.units + second.units, first.seconds + second.seconds,
                   std::max(first.longest_s, second.longest_s)};
    }
    std::fill(steps_.begin() + kStepsMax / 2, steps_.end(), Step{});
    used_ = (used_ + 1) / 2;
    step_s_ *= 2;
  }
  const auto step = std::min(static_cast<std::size_t>(place / step_s_), kStepsMax - 1);
  used_ = std::max(used_, step + 1);
  return step;
}

void Timeline::unit(double at, std::uint64_t units, double rows, double seconds, double longest_s) {
  // Beyond that a clock is wrong, and the picture would be nothing but the gap.
  constexpr double kLongestStart = 366.0 * 86400;
  const double place = std::max(before_ + std::clamp(at - began_, 0.0, kLongestStart), length_s_);
  const std::size_t last = step_at(place);
  length_s_ = place;
  units_ += units;
  has_latency_ = has_latency_ || seconds > 0;
  steps_[last].units += units;
  steps_[last].seconds += seconds;
  steps_[last].longest_s = std::max(steps_[last].longest_s, longest_s);
  const double begin = std::max(place - std::max(seconds, 0.0), before_);
  if (place - begin < step_s_ / 16) {
    steps_[last].rows += rows;
    return;
  }
  for (auto step = static_cast<std::size_t>(begin / step_s_); step <= last; ++step) {
    const double from = std::max(begin, static_cast<double>(step) * step_s_);
    const double to = std::min(place, static_cast<double>(step + 1) * step_s_);
    if (to > from) steps_[step].rows += rows * (to - from) / (place - begin);
  }
}

}  // namespace firmquery::html

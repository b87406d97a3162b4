// What a run did when, in a fixed number of steps however long it took.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace firmquery::html {

// Time is the time at work: a later start of the program goes on where the one before has ended. Memory is fixed but
// for 8 bytes a start.
class Timeline {
 public:
  static constexpr std::size_t kStepsMax = 240;

  struct Step {
    double rows = 0;
    std::uint64_t units = 0;
    double seconds = 0;    // of its statements
    double longest_s = 0;  // of one of them
  };

  // Times are seconds since 1970, each at or after the one before; a clock that was set back stands still.
  void start(double at);
  // Finished statements: their rows came in the `seconds` before, evenly.
  void unit(double at, std::uint64_t units, double rows, double seconds, double longest_s);

  // From the beginning to the last finished statement.
  std::vector<Step> steps() const {
    return {steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(used_)};
  }
  double step_s() const { return step_s_; }
  double length_s() const { return length_s_; }
  std::uint64_t units() const { return units_; }
  bool has_latency() const { return has_latency_; }
  // Where each start but the first begins.
  const std::vector<double>& starts() const { return starts_; }

 private:
  std::size_t step_at(double place);

  std::array<Step, kStepsMax> steps_{};
  std::size_t used_ = 0;
  double step_s_ = 1.0 / 64;
  double began_ = 0;   // of this start, since 1970
  double before_ = 0;  // work of earlier starts
  double length_s_ = 0;
  std::uint64_t units_ = 0;
  bool has_latency_ = false, any_start_ = false;
  std::vector<double> starts_;
};

}  // namespace firmquery::html

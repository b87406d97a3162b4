// The few numbers that a comparison rests on. They assume nothing of how times are distributed, because times of servers are
// skewed: the interval of a median is that of order statistics (H. A. David, H. N. Nagaraja, Order Statistics, 7.1).
// Pure.
#pragma once

#include <optional>
#include <vector>

namespace firmquery {

struct Estimate {
  double median = 0;
  // At least 95 % sure to hold the true median; none of fewer than six values.
  struct Interval {
    double low = 0, high = 0;
    bool holds(double value) const { return low <= value && value <= high; }
  };
  std::optional<Interval> interval;
};

// Requires: at least one value.
Estimate median_of(std::vector<double> values);

// Of a[i] / b[i], which were measured one after the other. Requires: as many of both, at least one, none of b zero.
Estimate ratio_of(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace firmquery

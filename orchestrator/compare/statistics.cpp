#include "firmquery/compare/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace firmquery {

Estimate median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  Estimate estimate;
  estimate.median = (values[(n - 1) / 2] + values[n / 2]) / 2;
  // The true median lies below the smallest but k with the probability that at most k of n throws of a coin are heads.
  constexpr double kBothTails = 0.05;
  double term = std::pow(0.5, static_cast<double>(n)), tail = 0;
  std::size_t left_out = 0;
  for (std::size_t k = 0; 2 * (tail + term) <= kBothTails && 2 * (k + 1) <= n; ++k) {
    tail += term;
    term *= static_cast<double>(n - k) / static_cast<double>(k + 1);
    left_out = k + 1;
  }
  if (left_out > 0) estimate.interval = {values[left_out - 1], values[n - left_out]};
  return estimate;
}

Estimate ratio_of(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  return median_of(std::move(ratios));
}

}  // namespace firmquery

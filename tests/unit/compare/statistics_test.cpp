#include "firmquery/compare/statistics.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/random.hpp"

namespace firmquery {
namespace {

std::vector<double> first(std::size_t n) {
  std::vector<double> values;
  for (std::size_t i = n; i > 0; --i) values.push_back(static_cast<double>(i));
  return values;
}

TEST(MedianOf, OfFewValuesHasNoInterval) {
  EXPECT_EQ(median_of({3}).median, 3);
  EXPECT_EQ(median_of({4, 1}).median, 2.5);
  for (std::size_t n = 1; n < 6; ++n) EXPECT_FALSE(median_of(first(n)).interval) << n;
}

// The tables of order statistics: the sign test's critical values at 5 %, two-sided.
TEST(MedianOf, HasTheIntervalOfOrderStatistics) {
  const struct {
    std::size_t n, from_each_end;
  } known[] = {{6, 1}, {8, 1}, {9, 2}, {11, 2}, {12, 3}, {15, 4}, {17, 5}, {20, 6}, {25, 8}, {30, 10}};
  for (const auto& [n, from_each_end] : known) {
    const Estimate estimate = median_of(first(n));
    EXPECT_EQ(estimate.median, (static_cast<double>(n) + 1) / 2);
    ASSERT_TRUE(estimate.interval) << n;
    EXPECT_EQ(estimate.interval->low, static_cast<double>(from_each_end)) << n;
    EXPECT_EQ(estimate.interval->high, static_cast<double>(n + 1 - from_each_end)) << n;
  }
}

// Of skewed values, as times are.
TEST(MedianOf, HoldsTheTrueMedianAsOftenAsItSays) {
  test::Random random(test::test_seed());
  std::lognormal_distribution<double> times(0, 1.5);
  constexpr int kRounds = 4000;
  int held = 0;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<double> values;
    for (int k = 0; k < 12; ++k) values.push_back(times(random));
    held += median_of(std::move(values)).interval->holds(1);
  }
  // 96.1 % of them; five deviations below 95.
  EXPECT_GT(held, kRounds * 0.95 - 5 * 14);
}

TEST(RatioOf, IsThatWithinATurn) {
  // The machine grows slower from turn to turn, and the ratio stays.
  const std::vector<double> a = {1, 2, 4, 8, 16, 32}, b = {2, 4, 8, 16, 32, 64};
  const Estimate ratio = ratio_of(a, b);
  EXPECT_EQ(ratio.median, 0.5);
  ASSERT_TRUE(ratio.interval);
  EXPECT_EQ(ratio.interval->low, 0.5);
  EXPECT_EQ(ratio.interval->high, 0.5);
  EXPECT_FALSE(ratio.interval->holds(1));
}

}  // namespace
}  // namespace firmquery

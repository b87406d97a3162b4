#include "firmquery/core/estimate.hpp"

#include <gtest/gtest.h>

#include <random>

namespace firmquery {
namespace {

PastRun run_of(std::uint64_t ids, double read_s, double rest_s = 0) {
  return {ids, 0, read_s, 0, rest_s};
}

TEST(Estimate, NeedsARun) {
  EXPECT_FALSE(expected_by({}, 1000, 1000));
  // Of a list a hundred times shorter most is what every run costs.
  EXPECT_FALSE(expected_by({run_of(10, 1), run_of(0, 1)}, 1000, 1000));
  EXPECT_TRUE(expected_by({run_of(100, 1)}, 1000, 1000));
}

TEST(Estimate, ScalesWhatGrowsWithTheListAndLeavesTheRest) {
  const PastRun run{1000, 1, 10, 2, 5};
  const auto same = expected_by({run}, 1000, 1000);
  ASSERT_TRUE(same);
  EXPECT_DOUBLE_EQ(same->total_s, 18);
  EXPECT_DOUBLE_EQ(same->ahead_s, 17);
  EXPECT_EQ(same->runs, 1u);
  const auto twice = expected_by({run}, 2000, 2000);
  EXPECT_DOUBLE_EQ(twice->total_s, 2 + 20 + 4 + 5);
  // Half of it has been read by an earlier start; the files are made of all of it.
  const auto half = expected_by({run}, 2000, 1000);
  EXPECT_DOUBLE_EQ(half->ahead_s, 10 + 4 + 5);
}

TEST(Estimate, IsTheMedianOfTheLastFive) {
  std::vector<PastRun> runs;
  for (const double seconds : {10.0, 900.0, 11.0, 9.0, 10.5, 5000.0, 5000.0, 5000.0})
    runs.push_back(run_of(1000, seconds));
  const auto expected = expected_by(runs, 1000, 1000);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->runs, 5u);
  EXPECT_DOUBLE_EQ(expected->total_s, 10.5);
  runs.resize(2);
  EXPECT_DOUBLE_EQ(expected_by(runs, 1000, 1000)->total_s, 455);
}

// Runs whose time is a fixed part and a part for each ID, give or take a tenth: so is the estimate, for any list that is at
// most ten times as long.
TEST(Estimate, IsWithinTheSpreadOfTheRunsItIsMadeOf) {
  std::mt19937_64 random(20261201);
  std::uniform_real_distribution<double> spread(0.9, 1.1), each(1e-6, 1e-2), fixed(0, 60);
  std::uniform_int_distribution<std::uint64_t> length(1000, 10'000);
  for (int i = 0; i < 200; ++i) {
    const double per_id = each(random), rest = fixed(random);
    std::vector<PastRun> runs;
    for (int n = 0; n < 7; ++n) {
      const std::uint64_t ids = length(random);
      runs.push_back(run_of(ids, per_id * static_cast<double>(ids) * spread(random), rest * spread(random)));
    }
    const std::uint64_t now = length(random);
    const double truth = per_id * static_cast<double>(now) + rest;
    const auto expected = expected_by(runs, now, now);
    ASSERT_TRUE(expected);
    EXPECT_GE(expected->total_s, 0.9 * truth);
    EXPECT_LE(expected->total_s, 1.1 * truth);
  }
}

TEST(Estimate, OfARunIsItsTiming) {
  Report report;
  report.input.unique = 7;
  report.timing = {1, 2, 3, 4, 12};
  const PastRun run = past_run(report);
  EXPECT_EQ(run.ids, 7u);
  EXPECT_DOUBLE_EQ(run.read_s, 5);
  EXPECT_DOUBLE_EQ(run.rest_s, 2);
  report.timing.total_s = 8;  // the list was read while the query was examined
  EXPECT_DOUBLE_EQ(past_run(report).rest_s, 0);
}

TEST(Estimate, InWords) {
  EXPECT_EQ(estimate_text({}), "not known");
  EXPECT_EQ(estimate_text({"history", 100, 5, 1000}), "about 1 min 40 s, by the last 5 runs of this job");
  EXPECT_EQ(estimate_text({"history", 1, 1, 1000}), "about 1.00 s, by the last run of this job");
  EXPECT_EQ(estimate_text({"probe", 3600, 0, 1000}), "about 1 h 00 min, from some of the IDs");
}

}  // namespace
}  // namespace firmquery

#include "orchestrator/run/reading/throttle.hpp"

#include <gtest/gtest.h>

#include "orchestrator/run/reading/retry_policy.hpp"

namespace firmquery {
namespace {

using std::chrono::duration;

TEST(Pace, RowsCostTimeFromTheStartOfTheirStatement) {
  Pace pace(1000);
  const auto start = Pace::Clock::now() - std::chrono::hours(1);
  // An hour's statement has paid for its rows; what is left of the hour is not saved up.
  EXPECT_LE(pace.after(1000, start).count(), 0);
  const auto now = Pace::Clock::now();
  EXPECT_GT(pace.after(100'000, now).count(), 50);
  EXPECT_GT(pace.after(100'000, now).count(), 150);  // another session waits behind the first
  EXPECT_EQ(Pace(0).after(100'000, now).count(), 0);
}

TEST(LatencyWatch, PausesForStatementsThatAreSlowForTheirSize) {
  LatencyWatch watch;
  EXPECT_EQ(watch.after(1000, 0, duration<double>(10)).count(), 0) << "nothing to compare with yet";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(watch.after(1000, 0, duration<double>(1)).count(), 0);
  EXPECT_EQ(watch.after(10'000, 0, duration<double>(10)).count(), 0) << "ten times the IDs";
  EXPECT_EQ(watch.after(10, 10'000, duration<double>(10)).count(), 0) << "ten times the rows";
  EXPECT_EQ(watch.after(10, 0, duration<double>(0.9)).count(), 0) << "slow, but short";
  EXPECT_EQ(watch.after(1000, 0, duration<double>(8)).count(), 8);
  EXPECT_EQ(watch.after(1000, 0, duration<double>(80)).count(), 10);
}

TEST(RetryPolicy, IsBoundedByRetriesAndByItsBudget) {
  Job job;
  job.max_retries = 2;
  job.retry_delay = duration<double>(0);
  job.retry_budget = duration<double>(10);
  RetryPolicy retry(job);
  EXPECT_TRUE(retry.allows(1));
  EXPECT_FALSE(retry.allows(2));
  retry.spend(duration<double>(9));
  EXPECT_TRUE(retry.allows(0));
  retry.spend(duration<double>(1));
  EXPECT_FALSE(retry.allows(0));
  EXPECT_TRUE(retry.exhausted());
}

TEST(RetryPolicy, AStopEndsAPause) {
  Job job;
  job.retry_delay = duration<double>(3600);
  RetryPolicy retry(job);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(retry.pause(0, stop.get_token()));
}

}  // namespace
}  // namespace firmquery

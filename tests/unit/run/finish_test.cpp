#include "orchestrator/run/publishing/finish.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

// Writing millions of IDs takes a while.
TEST(Finish, AStopRequestEndsTheWritingAndLeavesNoFile) {
  IdSetBuilder builder(IdType::integer);
  for (std::int64_t n = 0; n < 1000; ++n) builder.add(n);
  const IdSet ids = builder.finish().unique;
  const test::TempDir dir;
  Job job;
  job.key = "id";
  job.out = dir.path();
  ASSERT_TRUE(write_missing(job, ids, {}, nullptr));
  std::stop_source stop;
  stop.request_stop();
  job.connect.stop = stop.get_token();
  EXPECT_EQ(write_missing(job, ids, {}, nullptr).error().kind, ErrorKind::interrupted);
  std::vector<Share> shares;
  shares.emplace_back(ids, 0, Slice{0, ids.size()});
  dir.write("rejected.csv", "line,raw,reason\n");
  EXPECT_EQ(write_unresolved(job, ids, shares).error().kind, ErrorKind::interrupted);
  EXPECT_EQ(describe_file(dir.path(), Artifact::rejected, 0, job.connect.stop).error().kind,
            ErrorKind::interrupted);
  EXPECT_FALSE(std::filesystem::exists(dir / "missing.csv"));
  EXPECT_FALSE(std::filesystem::exists(dir / "unresolved.csv"));
}

std::vector<std::string> breaches(const Report& report, FailOn threshold) {
  Job job;
  threshold.text = "it";
  job.fail_on = {threshold};
  return breached_thresholds(job, report);
}

TEST(Finish, ThresholdsOnChangeCompareWithTheRunBefore) {
  using Count = FailOn::Count;
  Report report;
  report.input.unique = 1000;
  report.result.missing = 60;
  report.readings = {{"2026-01-31T02:00:00.000Z", "array", {}}};
  // There is none.
  for (const Count count : {Count::newly, Count::resolved, Count::age}) {
    EXPECT_TRUE(breaches(report, {count, 0, false, false, {}}).empty());
    Job job;
    job.fail_on = {{count, 0, false, false, "x>0"}, {Count::missing, 0, false, false, "missing>0"}};
    EXPECT_EQ(unchecked_thresholds(job, report), std::vector<std::string>{"x>0"});
  }
  report.history.emplace();
  report.history->since.missing = 50;
  report.history->newly = 20;
  report.history->resolved = 10;
  report.history->oldest_first_missing = "2026-01-21T02:00:00.000Z";
  report.history->oldest_runs_missing = 8;
  const auto holds = [&](Count count, double least, bool percent = false, bool days = false) {
    return breaches(report, {count, least, percent, days, {}}).empty();
  };
  EXPECT_TRUE(holds(Count::newly, 20) && !holds(Count::newly, 19));
  EXPECT_TRUE(holds(Count::newly, 2, true) && !holds(Count::newly, 1.9, true));        // of the unique IDs
  EXPECT_TRUE(holds(Count::resolved, 20, true) && !holds(Count::resolved, 19, true));  // of what was missing
  EXPECT_TRUE(holds(Count::age, 8) && !holds(Count::age, 7));
  EXPECT_TRUE(holds(Count::age, 10, false, true) && !holds(Count::age, 9, false, true));
  EXPECT_EQ(breaches(report, {Count::age, 7, false, false, {}}).at(0),
            "it: the oldest has been missing for 8 runs, since 2026-01-21T02:00:00.000Z");
  // What is accepted does not count.
  report.baseline = BaselineReport{"baseline.csv", 55, 55, 0, 0, 5, 1, "2026-01-30T02:00:00.000Z", 2};
  EXPECT_TRUE(holds(Count::missing, 5) && !holds(Count::missing, 4));
  EXPECT_TRUE(holds(Count::newly, 1) && !holds(Count::newly, 0));
  EXPECT_TRUE(holds(Count::age, 2) && !holds(Count::age, 1));
  EXPECT_TRUE(holds(Count::age, 1, false, true) && !holds(Count::age, 0, false, true));
  EXPECT_TRUE(holds(Count::resolved, 10) && !holds(Count::resolved, 9));
  report.baseline = BaselineReport{"baseline.csv", 60, 60, 0, 0, 0, 0, "", 0};
  EXPECT_TRUE(holds(Count::age, 0) && holds(Count::missing, 0));
}

}  // namespace
}  // namespace firmquery

// The garbage collection window of the user's table closes while a run reads at its one instant.
#include <gmock/gmock.h>

#include "integration/run_case.hpp"
#include "support/cockroach.hpp"

namespace firmquery::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr int kFadingRows = 20'000;

class CockroachInstant : public ::testing::TestWithParam<StrategyKind> {
 protected:
  void SetUp() override {
    if (!cockroach_binary()) GTEST_SKIP() << kNoCockroach;
    const auto& server = shared_cockroach();
    server.execute("drop table if exists fading");
    server.execute("create table fading (firm_root_id bigint primary key, n int)");
    server.execute("insert into fading select n * 2, n from generate_series(1, " +
                   std::to_string(kFadingRows) + ") n");
    server.execute("alter table fading configure zone using gc.ttlseconds = 8");
  }
  Job job(const std::string& out = "out") const {
    Job job = make_job(directory_, shared_cockroach().dsn(), numbers(1, 2 * kFadingRows),
                       "select firm_root_id, n from fading where firm_root_id in ({ID_PLACEHOLDER})", out);
    job.strategy = GetParam();
    return job;
  }
  TempDir directory_;
};

TEST_P(CockroachInstant, WarnsFailsAndIsFinishedWithoutIt) {
  Job slow = job();
  slow.pace = kFadingRows / 20.0;  // twenty seconds of reading
  const Outcome faded = run(slow);
  ASSERT_FALSE(faded.result) << "the run was faster than the window";
  EXPECT_EQ(faded.result.error().kind, ErrorKind::transient);
  EXPECT_THAT(faded.result.error().message, HasSubstr("can no longer be read"));
  EXPECT_EQ(faded.result.error().remedy,
            "start a new run, or finish this one without its instant: firmquery resume " + slow.out.string() +
                " --snapshot off");
  EXPECT_THAT(faded.log.warnings, Contains(HasSubstr("four fifths")));
  EXPECT_FALSE(std::filesystem::exists(slow.out / "results.csv"));

  // At the instant it began with, it cannot be finished.
  Job again = job();
  again.resume = true;
  const Outcome refused = run(again);
  ASSERT_FALSE(refused.result);
  EXPECT_THAT(refused.result.error().remedy, HasSubstr("--snapshot off"));

  // What is there now is read, and what was read stays as it was.
  shared_cockroach().execute("update fading set n = -n where true");
  again.snapshot = false;
  const Outcome whole = run(again);
  ASSERT_TRUE(whole.result) << whole.result.error().to_string();
  EXPECT_EQ(whole.report().status, "complete");
  EXPECT_EQ(whole.report().result.found, static_cast<std::uint64_t>(kFadingRows));
  EXPECT_EQ(whole.missing, "firm_root_id\n" + numbers(1, 2 * kFadingRows, 2));
  std::size_t before = 0, after = 0;
  for (const std::string& line : lines_of(whole.results)) {
    if (line == "firm_root_id,n") continue;
    ++(line.find(",-") == std::string::npos ? before : after);
  }
  EXPECT_GT(before, 0u);
  EXPECT_GT(after, 0u);
  EXPECT_EQ(before + after, static_cast<std::size_t>(kFadingRows));
  const auto& readings = whole.report().readings;
  ASSERT_EQ(readings.size(), 3u);
  EXPECT_EQ(readings.front().snapshot.kind, "as of system time");
  EXPECT_EQ(readings.back().snapshot.kind, "none");
  EXPECT_THAT(whole.log.warnings, Contains(HasSubstr("new instant")));
}

INSTANTIATE_TEST_SUITE_P(Each, CockroachInstant,
                         ::testing::Values(StrategyKind::temp_table, StrategyKind::staging_table,
                                           StrategyKind::array, StrategyKind::in_list),
                         [](const auto& parameter) { return test_name(to_string(parameter.param)); });

}  // namespace
}  // namespace firmquery::test

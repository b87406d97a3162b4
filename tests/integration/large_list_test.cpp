// A million IDs, once on each server, through the strategy that is meant for them.
#include <sstream>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

class LargeList : public ::testing::TestWithParam<DialectKind> {};

TEST_P(LargeList, AMillionIdsThroughTempTables) {
  const EachServer server{GetParam()};
  if (!server.available()) GTEST_SKIP() << kNoCockroach;
  server.execute({"create table large (firm_root_id bigint primary key, n int)"});
  // In pieces: one statement with all rows would be one large transaction.
  for (int first = 1; first <= 300'000; first += 50'000) {
    server.execute({"insert into large select n * 3, n from generate_series(" + std::to_string(first) + ", " +
                    std::to_string(first + 49'999) + ") n"});
  }
  server.execute({"analyze large"});
  // Every third of 1 ... 900,000 is there, and nothing of the 100,000 after them. Descending: load order is
  // ours.
  std::string ids;
  for (int n = 1'000'000; n > 0; --n) ids += std::to_string(n) + "\n";
  const TempDir directory;
  Job job = make_job(directory, server.dsn(), ids,
                     "select firm_root_id, n from large where firm_root_id in ({ID_PLACEHOLDER})");
  job.strategy = StrategyKind::temp_table;
  const Outcome outcome = run(job);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().strategy, "temp-table");
  EXPECT_EQ(outcome.report().input.unique, 1'000'000u);
  EXPECT_EQ(outcome.report().result.rows, 300'000u);
  EXPECT_EQ(outcome.report().result.found, 300'000u);
  EXPECT_EQ(outcome.report().result.missing, 700'000u);
  // Read by ranges, not in one statement; and the rows are the right ones.
  EXPECT_GT(outcome.report().ranges.done, 2u);
  std::multiset<std::string> expected = {"firm_root_id,n"};
  for (int n = 1; n <= 300'000; ++n) expected.insert(std::to_string(n * 3) + "," + std::to_string(n));
  EXPECT_TRUE(lines_of(outcome.results) == expected);
  std::ostringstream missing;
  missing << "firm_root_id\n";
  for (int n = 1; n <= 1'000'000; ++n) {
    if (n % 3 != 0 || n > 900'000) missing << n << '\n';
  }
  EXPECT_TRUE(outcome.missing == missing.str());
  const auto& timing = outcome.report().timing;
  std::printf("%s: clean %.1f s, load %.1f s, query %.1f s, total %.1f s\n", to_string(GetParam()).data(),
              timing.clean_s, timing.load_s, timing.query_s, timing.total_s);
}

INSTANTIATE_TEST_SUITE_P(Each, LargeList, ::testing::ValuesIn(kEachServer),
                         [](const auto& parameter) { return std::string(to_string(parameter.param)); });

}  // namespace
}  // namespace firmquery::test

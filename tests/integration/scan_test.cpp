// Reading in the key's order without a list: the same answer as by lookups, whatever the list leaves out.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

class Scan : public ::testing::TestWithParam<DialectKind> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    static std::set<DialectKind> filled;
    if (!filled.insert(GetParam()).second) return;
    // Keys 2, 4, 6 ...; branches: two for every third firm, none for every seventh.
    server_.execute(
        {"create table firm (firm_root_id bigint primary key, name text)",
         "insert into firm select 2 * n, 'firm ' || n::text from generate_series(1, 60000) n",
         "insert into firm select 2 * n, 'firm ' || n::text from generate_series(60001, 120000) n",
         "create table branch (firm_root_id bigint, nr int, city text, primary key (firm_root_id, nr))",
         "insert into branch select 2 * n, b, 'city' from generate_series(1, 6000) n, generate_series(1, 2) "
         "b "
         "where n % 7 <> 0 and (b = 1 or n % 3 = 0)",
         "create table odd (id uuid primary key, other int unique)",
         "insert into odd select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n from "
         "generate_series(1, 6000) n",
         "create table priced (amount numeric primary key)",
         "insert into priced select n / 4.0 from generate_series(1, 6000) n", "analyze firm",
         "analyze branch", "analyze odd", "analyze priced"});
  }
  Job job(const std::string& ids, StrategyKind strategy, const std::string& sql = kSql) const {
    Job job = make_job(directory_, server_.dsn(), ids, sql, fmt::format("out{}", runs_++));
    job.strategy = strategy;
    return job;
  }
  // What `strategy` answers, held against what arrays answer.
  Outcome same_as_arrays(const std::string& ids, StrategyKind strategy, const std::string& sql = kSql,
                         const std::function<void(Job&)>& change = {}) const {
    Job wanted = job(ids, StrategyKind::array, sql), tried = job(ids, strategy, sql);
    if (change) {
      change(wanted);
      change(tried);
    }
    const Outcome expected = run(wanted);
    Outcome outcome = run(tried);
    EXPECT_TRUE(expected.result) << expected.result.error().to_string();
    EXPECT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(lines_of(outcome.results), lines_of(expected.results));
    EXPECT_EQ(outcome.missing, expected.missing);
    return outcome;
  }

  const EachServer server_{GetParam()};
  TempDir directory_;
  mutable int runs_ = 0;
};

TEST_P(Scan, RowsThatWereNotAskedForAreLeftOutAndCounted) {
  // Of three keys one is asked for, and as many IDs that are no keys.
  const Outcome outcome = same_as_arrays(numbers(6, 60000, 6) + numbers(7, 60000, 6), StrategyKind::scan);
  EXPECT_EQ(outcome.report().strategy, "scan");
  EXPECT_EQ(outcome.report().scans.ids, outcome.report().input.unique);
  EXPECT_EQ(outcome.report().scans.rows_given_up, 0u);
  // 30,000 keys up to the last ID but the first two, and a few at the ends of the ranges.
  EXPECT_GE(outcome.report().scans.rows_left_out, 19'900u);
  EXPECT_LE(outcome.report().scans.rows_left_out, 20'000u);
}

TEST_P(Scan, ASpanWithMoreThanTenRowsForEachIdIsLookedUp) {
  const Outcome outcome = same_as_arrays(numbers(100, 240000, 100), StrategyKind::scan);
  EXPECT_EQ(outcome.report().result.found, 2400u);
  EXPECT_EQ(outcome.report().scans.ids, 0u);
  // Two sessions, a statement each that was cut short at ten rows for each of its IDs.
  EXPECT_GT(outcome.report().scans.rows_given_up, 0u);
  EXPECT_LE(outcome.report().scans.rows_given_up, 2 * (10 * 1200u + 1));
}

TEST_P(Scan, AutoScansDenseStretchesAndLooksUpSparseOnes) {
  // 60,000 IDs that are keys, and then one key in 25.
  const Outcome outcome =
      same_as_arrays(numbers(2, 120000, 2) + numbers(120050, 240000, 50), StrategyKind::automatic, kSql,
                     [](Job& job) { job.connections = 1; });
  EXPECT_EQ(outcome.report().strategy, "scan");
  EXPECT_THAT(outcome.report().strategy_reason, HasSubstr("auto: the list is dense"));
  EXPECT_LE(outcome.report().scans.ids, 65'000u);
  EXPECT_LE(outcome.report().scans.rows_left_out, 10 * outcome.report().scans.ids);
}

TEST_P(Scan, AutoLoadsASparseList) {
  const Outcome outcome =
      same_as_arrays(numbers(1, 239'999, 4), StrategyKind::automatic,
                     "select b.firm_root_id, b.nr from branch b where b.firm_root_id in ({ID_PLACEHOLDER})");
  EXPECT_EQ(outcome.report().result.found, 0u);
}

TEST_P(Scan, DistinctJoinsFiltersAndSeveralRowsForAnId) {
  for (const char* sql :
       {"select distinct b.firm_root_id, f.name from firm f join branch b on b.firm_root_id = f.firm_root_id "
        "where b.firm_root_id in ({ID_PLACEHOLDER}) and b.city = 'city'",
        "select b.firm_root_id, b.nr from branch b where not b.nr = 7 and b.firm_root_id in "
        "({ID_PLACEHOLDER}) order by 1",
        "select b.firm_root_id, count(*) as n from branch b where b.firm_root_id in ({ID_PLACEHOLDER}) "
        "group by b.firm_root_id having count(*) > 1 -- two"}) {
    SCOPED_TRACE(sql);
    const Outcome outcome = same_as_arrays(numbers(9, 12000, 9), StrategyKind::scan, sql);
    EXPECT_GT(outcome.report().scans.rows_left_out, 0u);
    EXPECT_GT(outcome.report().result.found, 500u);
  }
}

TEST_P(Scan, KeysOfOtherTypes) {
  std::string uuids, amounts;
  for (int n = 1; n <= 3000; ++n) {
    uuids += fmt::format("00000000-0000-4000-8000-{:012}\n", 2 * n);
    amounts += fmt::format("{}.50\n", n);
  }
  EXPECT_EQ(same_as_arrays(uuids, StrategyKind::scan,
                           "select id as firm_root_id from odd where id in ({ID_PLACEHOLDER})")
                .report()
                .result.found,
            3000u);
  EXPECT_EQ(same_as_arrays(amounts, StrategyKind::scan,
                           "select amount as firm_root_id from priced where amount in ({ID_PLACEHOLDER})")
                .report()
                .result.found,
            1499u);
}

TEST_P(Scan, IsRefusedWhereTheRowsDoNotTellWhatWasAskedFor) {
  for (const char* sql :
       {"select b.firm_root_id from firm a join firm b on b.firm_root_id = a.firm_root_id where "
        "a.firm_root_id in "
        "({ID_PLACEHOLDER})",
        "select firm_root_id from firm where firm_root_id in ({ID_PLACEHOLDER}) or name = 'firm 1'",
        "select firm_root_id + 0 as firm_root_id from firm where firm_root_id in ({ID_PLACEHOLDER})",
        "select city as firm_root_id from branch where city in ({ID_PLACEHOLDER})"}) {
    const Outcome outcome = run(job("7\n8\n", StrategyKind::scan, sql));
    ASSERT_FALSE(outcome.result) << sql;
    EXPECT_EQ(outcome.result.error().place, "--strategy scan") << sql;
    EXPECT_THAT(outcome.result.error().remedy, HasSubstr("--strategy auto"));
  }
}

// There the planner may read the whole table for a span of an index that has not all columns.
TEST_P(Scan, OnCockroachDBOnlyThePrimaryKeyIsScanned) {
  const std::string sql = "select other as firm_root_id, id from odd where other in ({ID_PLACEHOLDER})";
  if (!server_.is_cockroachdb()) {
    EXPECT_EQ(same_as_arrays(numbers(1, 3000), StrategyKind::scan, sql).report().result.found, 3000u);
    return;
  }
  const Outcome outcome = run(job(numbers(1, 3000), StrategyKind::scan, sql));
  ASSERT_FALSE(outcome.result);
  EXPECT_THAT(outcome.result.error().message, HasSubstr("primary key"));
}

INSTANTIATE_TEST_SUITE_P(Each, Scan, ::testing::ValuesIn(kEachServer),
                         [](const auto& parameter) { return std::string(to_string(parameter.param)); });

}  // namespace
}  // namespace firmquery::test

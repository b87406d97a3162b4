// The same cases for every strategy on every server.
#include <fmt/format.h>

#include <tuple>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

class Strategies : public ::testing::TestWithParam<std::tuple<DialectKind, StrategyKind>> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    static std::set<DialectKind> filled;
    if (!filled.insert(std::get<0>(GetParam())).second) return;
    server_.execute({"create table firm (firm_root_id bigint primary key, name text)",
                     "insert into firm select n, 'firm ' || n::text from generate_series(1, 20000) n",
                     "analyze firm", "create table tiny (k smallint primary key)",
                     "insert into tiny values (5), (-7)", "create table short (k varchar(3), c char(3))",
                     "insert into short values ('abc', 'abc')", "create sequence written",
                     "select nextval('written')"});
  }

  StrategyKind strategy() const { return std::get<1>(GetParam()); }
  Job job(const std::string& ids, const std::string& sql = kSql, const std::string& out = "out") const {
    Job job = make_job(directory_, server_.dsn(), ids, sql, out);
    job.strategy = strategy();
    return job;
  }
  // Scans are only for queries whose rows tell which ID they answer, in an order that an index has.
  bool is_refused_scan(const Outcome& outcome) const {
    if (strategy() != StrategyKind::scan) return false;
    EXPECT_FALSE(outcome.result);
    if (outcome.result) return true;
    EXPECT_EQ(outcome.result.error().kind, ErrorKind::query);
    EXPECT_EQ(outcome.result.error().place, "--strategy scan");
    EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
    return true;
  }
  void expect_nothing_left() const { server_.expect_nothing_left(); }

  const EachServer server_{std::get<0>(GetParam())};
  TempDir directory_;
};

TEST_P(Strategies, AnEmptyListGivesHeadersOnly) {
  Job empty = job("\n\n");
  empty.allow_empty = true;
  const Outcome outcome = run(empty);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.results, "firm_root_id,name\n");
  EXPECT_EQ(outcome.missing, "firm_root_id\n");
  EXPECT_EQ(outcome.report().status, "complete");
  expect_nothing_left();
}

TEST_P(Strategies, OneId) {
  const Outcome outcome = run(job("007"));
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.results, "firm_root_id,name\n7,firm 7\n");
  EXPECT_EQ(outcome.missing, "firm_root_id\n");
  EXPECT_EQ(outcome.report().strategy, to_string(strategy()));
  EXPECT_EQ(outcome.report().snapshot.kind, server_.snapshot_kind());
  EXPECT_NE(outcome.report().snapshot.value, "");
}

TEST_P(Strategies, AllFound) {
  const Outcome outcome = run(job(numbers(1, 5000)));
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().result.rows, 5000u);
  EXPECT_EQ(outcome.report().result.found, 5000u);
  EXPECT_EQ(outcome.missing, "firm_root_id\n");
  expect_nothing_left();
}

TEST_P(Strategies, AllMissingAndTheEndsOfTheType) {
  const Outcome outcome = run(job("-9223372036854775808\n9223372036854775807\n30000\n9223372036854775808\n"));
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.results, "firm_root_id,name\n");
  EXPECT_EQ(outcome.missing, "firm_root_id\n-9223372036854775808\n30000\n9223372036854775807\n");
  EXPECT_EQ(outcome.report().input.rejected, 1u);
}

TEST_P(Strategies, AnIdThatTheColumnCannotHoldIsMissing) {
  const Outcome outcome =
      run(job("5\n70000\n-70000\n-7\n", "select k as firm_root_id from tiny where k in ({ID_PLACEHOLDER})"));
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(lines_of(outcome.results), lines_of("firm_root_id\n-7\n5\n"));
  EXPECT_EQ(outcome.missing, "firm_root_id\n-70000\n70000\n");
}

TEST_P(Strategies, AnIdLongerThanTheColumnIsMissing) {
  for (const char* column : {"k", "c"}) {
    const Outcome outcome = run(
        job("abc\nabcd\n",
            fmt::format("select {0} as firm_root_id from short where {0} in ({{ID_PLACEHOLDER}})", column),
            column));
    if (is_refused_scan(outcome)) return;
    ASSERT_TRUE(outcome.result) << column << ": " << outcome.result.error().to_string();
    EXPECT_EQ(outcome.results, "firm_root_id\nabc\n") << column;
    EXPECT_EQ(outcome.missing, "firm_root_id\nabcd\n") << column;
  }
}

TEST_P(Strategies, MoreConnectionsThanIds) {
  Job three = job("1\n2\n3\n");
  three.connections = 8;
  const Outcome outcome = run(three);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().connections, 3u);
  EXPECT_EQ(outcome.results, "firm_root_id,name\n1,firm 1\n2,firm 2\n3,firm 3\n");
}

TEST_P(Strategies, ARowThatWasNotAskedForEndsTheRun) {
  const Outcome outcome = run(job(
      "1\n2\n",
      "select a.firm_root_id + 1 as firm_root_id from firm a where a.firm_root_id in ({ID_PLACEHOLDER})"));
  if (is_refused_scan(outcome)) return;
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().kind, ErrorKind::query);
  EXPECT_NE(outcome.result.error().message.find("was not asked for"), std::string::npos)
      << outcome.result.error().to_string();
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out" / "results.csv"));
  expect_nothing_left();
}

TEST_P(Strategies, AKeyThatIsNotTheComparedColumnIsWarnedAbout) {
  const Outcome outcome =
      run(job("777777\n", "select k as firm_root_id from short where c in ({ID_PLACEHOLDER})"));
  if (is_refused_scan(outcome)) return;
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  ASSERT_FALSE(outcome.report().warnings.empty());
  EXPECT_NE(outcome.report().warnings.front().find("is not c,"), std::string::npos);
}

TEST_P(Strategies, AViewIsNotSaidToLackAnIndex) {
  server_.execute(
      {"drop view if exists firm_view", "create view firm_view as select firm_root_id, name from firm"});
  const Outcome outcome =
      run(job("7\n8\n", "select firm_root_id, name from firm_view where firm_root_id in ({ID_PLACEHOLDER})"));
  if (is_refused_scan(outcome)) return;
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().result.found, 2u);
  EXPECT_EQ(outcome.report().warnings, std::vector<std::string>{});
}

TEST_P(Strategies, AQueryThatDoesNotFitLeavesNoDirectory) {
  const Outcome outcome =
      run(job("1\n", "select nowhere from firm where firm_root_id in ({ID_PLACEHOLDER})"));
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().kind, ErrorKind::query);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
}

TEST_P(Strategies, ATemplateThatWritesThroughAFunctionIsRefused) {
  const std::string before = server_.value("select last_value from written");
  for (const bool snapshot : {true, false}) {
    Job writes =
        job("1\n2\n",
            "select firm_root_id, nextval('written') as n from firm where firm_root_id in ({ID_PLACEHOLDER})",
            snapshot ? "one_instant" : "no_instant");
    writes.snapshot = snapshot;
    const Outcome outcome = run(writes);
    ASSERT_FALSE(outcome.result) << "snapshot " << snapshot;
    EXPECT_EQ(outcome.result.error().sqlstate, "25006") << outcome.result.error().to_string();
  }
  EXPECT_EQ(server_.value("select last_value from written"), before);
  expect_nothing_left();
}

TEST_P(Strategies, WithoutASnapshotSaysSo) {
  Job plain = job("1\n20001\n");
  plain.snapshot = false;
  const Outcome outcome = run(plain);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().snapshot.kind, "none");
  EXPECT_EQ(outcome.results, "firm_root_id,name\n1,firm 1\n");
  EXPECT_EQ(outcome.missing, "firm_root_id\n20001\n");
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<DialectKind, StrategyKind>>& parameter) {
  return std::string(to_string(std::get<0>(parameter.param))) + "_" +
         test_name(to_string(std::get<1>(parameter.param)));
}

constexpr StrategyKind kEachStrategy[] = {StrategyKind::temp_table, StrategyKind::staging_table,
                                          StrategyKind::array, StrategyKind::in_list, StrategyKind::scan};
INSTANTIATE_TEST_SUITE_P(Each, Strategies,
                         ::testing::Combine(::testing::ValuesIn(kEachServer),
                                            ::testing::ValuesIn(kEachStrategy)),
                         name_of);

// Things happen between the first range and the last.
class LongRuns : public Strategies {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    static std::set<DialectKind> filled;
    if (filled.insert(std::get<0>(GetParam())).second) {
      server_.execute({"create table slow (firm_root_id bigint primary key, name text)",
                       "insert into slow select n, 'old' from generate_series(1, 60000) n", "analyze slow"});
    }
  }
  void TearDown() override {
    if (!server_.available()) return;
    server_.execute({"update slow set name = 'old' where name <> 'old'",
                     "delete from slow where firm_root_id > 60000",
                     "insert into slow select n, 'old' from generate_series(59001, 59099) n "
                     "on conflict (firm_root_id) do nothing"});
  }
  Job job_in_ranges() const {
    Job job = this->job(numbers(1, 60010),
                        "select firm_root_id, name from slow where firm_root_id in ({ID_PLACEHOLDER})");
    job.connections = 1;
    job.in_list = {5000, 200'000};
    return job;
  }
  void expect_the_old_rows(const Outcome& outcome) const {
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().result.rows, 60000u);
    EXPECT_EQ(outcome.report().result.missing, 10u);
    EXPECT_EQ(outcome.results.find("new"), std::string::npos);
    EXPECT_NE(outcome.results.find("\n60000,old\n"), std::string::npos);
    expect_nothing_left();
  }
};

TEST_P(LongRuns, ReadOneInstantWhileRowsChange) {
  const Outcome outcome = run_halting(job_in_ranges(), in_the_middle, [&] {
    server_.execute({"update slow set name = 'new' where firm_root_id > 50000 and firm_root_id <= 50100",
                     "delete from slow where firm_root_id > 59000 and firm_root_id < 59100",
                     "insert into slow values (60001, 'new')"});
  });
  expect_the_old_rows(outcome);
}

TEST_P(LongRuns, SurviveALostSession) {
  Job job = job_in_ranges();
  job.max_retries = 5;
  job.retry_delay = std::chrono::duration<double>(0.2);
  // Every ID of the units that are done has a row: the others are of one that is being read.
  const auto in_a_unit = [](const Progress& progress) {
    return in_the_middle(progress) && progress.rows() > progress.ids_done;
  };
  const Outcome outcome = run_halting(job, in_a_unit, [&] {
    server_.execute({"update slow set name = 'new' where firm_root_id = 50000"});
    server_.end_reading_sessions();
  });
  expect_the_old_rows(outcome);
  EXPECT_GT(outcome.report().retries, 0u);
}

INSTANTIATE_TEST_SUITE_P(Each, LongRuns,
                         ::testing::Combine(::testing::ValuesIn(kEachServer),
                                            ::testing::ValuesIn(kEachStrategy)),
                         name_of);

}  // namespace
}  // namespace firmquery::test

// However large the user's table is, and whatever the planner knows about it, no range reads the whole of it:
// the server itself is told to refuse such a statement.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "firmquery/preflight/doctor.hpp"
#include "firmquery/preflight/plan_report.hpp"
#include "integration/run_case.hpp"
#include "support/cockroach.hpp"

namespace firmquery::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

struct Key {
  const char* name;
  const char* type;
  const char* expression;  // of n = 1...: distinct, and text where the list is made
};
constexpr Key kKeys[] = {{"int", "bigint", "n * 3"},
                         {"text", "text", "'key ' || lpad((n * 3)::text, 9, '0')"},
                         {"uuid", "uuid", "md5(n::text)::uuid"},
                         {"decimal", "decimal", "n::decimal / 8"}};
void PrintTo(const Key& key, std::ostream* out) {
  *out << key.name;
}

class CockroachPlans : public ::testing::TestWithParam<Key> {
 protected:
  static void SetUpTestSuite() {
    if (!cockroach_binary()) return;
    shared_cockroach().execute("set cluster setting sql.stats.automatic_collection.enabled = false");
  }
  static void TearDownTestSuite() {
    if (!cockroach_binary()) return;
    shared_cockroach().execute("set cluster setting sql.stats.automatic_collection.enabled = true");
  }
  void SetUp() override {
    if (!cockroach_binary()) GTEST_SKIP() << kNoCockroach;
  }
  // A table of `rows` rows, whose key is its primary key or has an index of its own.
  std::string make_table(int rows, bool primary, bool statistics) const {
    const Key& key = GetParam();
    const std::string name =
        fmt::format("plans_{}_{}_{}_{}", key.name, rows, primary ? "p" : "s", statistics ? "known" : "new");
    const auto& server = shared_cockroach();
    server.execute("drop table if exists " + name);
    server.execute(fmt::format("create table {} (n int8 {}, k {} not null {}, note text)", name,
                               primary ? "" : "primary key", key.type, primary ? "primary key" : ""));
    if (!primary) server.execute(fmt::format("create index on {} (k)", name));
    for (int first = 1; first <= rows; first += 20'000) {
      server.execute(fmt::format("insert into {} select n, {}, 'note' from generate_series({}, {}) n", name,
                                 key.expression, first, std::min(rows, first + 19'999)));
    }
    if (statistics) server.execute("analyze " + name);
    return name;
  }
  static std::string list(int first, int last, int step) {
    return sql_value(shared_cockroach().dsn(),
                     fmt::format("select string_agg(({})::text, chr(10)) from generate_series({}, {}, {}) n",
                                 GetParam().expression, first, last, step));
  }
  void expect_no_full_scan(const std::string& table, const std::string& ids, std::size_t found,
                           const std::vector<StrategyKind>& kinds = {
                               StrategyKind::temp_table, StrategyKind::staging_table, StrategyKind::array}) {
    for (const StrategyKind kind : kinds) {
      SCOPED_TRACE(table + ", " + std::string(to_string(kind)));
      Job job = make_job(directory_, shared_cockroach().dsn() + " options='-c disallow_full_table_scans=on'",
                         ids, "select k, note from " + table + " where k in ({ID_PLACEHOLDER})",
                         table + std::string(to_string(kind)));
      job.key = "k";
      job.strategy = kind;
      const Outcome outcome = run(job);
      if (!outcome.result) {
        ADD_FAILURE() << outcome.result.error().to_string();
        continue;
      }
      EXPECT_EQ(outcome.report().result.found, found);
      EXPECT_EQ(outcome.report().retries, 0u);
    }
  }
  TempDir directory_;
};

TEST_P(CockroachPlans, AShortListNeverReadsTheWholeTable) {
  const std::string ids = list(7, 60'000, 61);  // some of them beyond the smaller table
  for (const bool primary : {true, false}) {
    for (const bool statistics : {false, true}) {
      for (const int rows : {1000, 40'000})
        expect_no_full_scan(make_table(rows, primary, statistics), ids,
                            static_cast<std::size_t>((rows - 7) / 61 + 1));
    }
  }
}

TEST_P(CockroachPlans, ALongListNeverReadsTheWholeTable) {
  const std::string long_list = list(1, 220'000, 1), longest_list = list(1, 1'000'000, 1);
  for (const bool primary : {true, false}) {
    for (const bool statistics : {false, true}) {
      const std::string table = make_table(40'000, primary, statistics);
      expect_no_full_scan(table, long_list, 40'000);
      // Scans are for primary keys: what they would cost over another index is left to nobody's guess.
      std::vector<StrategyKind> kinds = {StrategyKind::automatic};
      if (primary) kinds.push_back(StrategyKind::scan);
      expect_no_full_scan(table, longest_list, 40'000, kinds);
    }
  }
}

// A list of 20 is planned as points of the index where one of 250 is planned as a scan of the whole table.
TEST_P(CockroachPlans, AnInListThatReadsTheWholeTableIsSeen) {
  const std::string table = make_table(1000, true, false);
  const std::string sql = "select k, note from " + table + " where k in ({ID_PLACEHOLDER})";
  int number = 0;
  const auto asked = [&](StrategyKind kind, std::size_t chunk) {
    Job job = make_job(directory_, shared_cockroach().dsn(), list(1, 900, 2), sql,
                       table + std::to_string(number++));
    job.key = "k";
    job.strategy = kind;
    job.in_list.max_ids = chunk;
    job.connections = 1;
    return job;
  };
  const auto is_seen = [&](const Job& job, bool scans) {
    SCOPED_TRACE(fmt::format("{} {}", to_string(job.strategy), job.in_list.max_ids));
    const auto warning =
        AllOf(HasSubstr("full scan: every range would read the whole of " + table),
              HasSubstr("CREATE STATISTICS firmquery FROM "), HasSubstr("--strategy temp-table"));
    Progress progress;
    const auto plan = plan_job(job, progress, {});
    ASSERT_TRUE(plan) << plan.error().to_string();
    if (job.strategy == StrategyKind::in_list) {
      EXPECT_EQ(plan->sample_ids, job.in_list.max_ids);
    }
    const Outcome outcome = run(job);
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().result.found, 450u);
    if (scans) {
      EXPECT_THAT(plan->warnings, Contains(warning));
      EXPECT_THAT(outcome.log.warnings, Contains(warning));
      EXPECT_THAT(outcome.report().warnings, Contains(warning));
    } else {
      EXPECT_THAT(plan->warnings, Not(Contains(HasSubstr("full scan"))));
      EXPECT_THAT(outcome.log.warnings, Not(Contains(HasSubstr("full scan"))));
    }
    Job checked = job;
    checked.out += "-checked";
    for (const bool listed : {true, false}) {
      if (!listed) checked.ids_path.clear();
      const auto diagnosis = examine_job(checked, {});
      ASSERT_TRUE(diagnosis) << diagnosis.error().to_string();
      const auto check = std::find_if(diagnosis->checks.begin(), diagnosis->checks.end(),
                                      [](const Check& c) { return c.name == "full scans"; });
      ASSERT_NE(check, diagnosis->checks.end());
      EXPECT_EQ(check->status, scans ? CheckStatus::warn : CheckStatus::ok) << check->detail;
    }
  };
  is_seen(asked(StrategyKind::in_list, 20), false);
  is_seen(asked(StrategyKind::in_list, 250), true);
  is_seen(asked(StrategyKind::array, 250), false);
  is_seen(asked(StrategyKind::temp_table, 250), false);
  is_seen(asked(StrategyKind::staging_table, 250), false);
  shared_cockroach().execute("create statistics firmquery from " + table);
  // Known to be small, it may be read whole.
  is_seen(asked(StrategyKind::in_list, 250), false);
}

TEST_P(CockroachPlans, WithStatisticsAnInListOfALargeTableReadsItsKeys) {
  const std::string table = make_table(40'000, true, true);
  Job job = make_job(directory_, shared_cockroach().dsn(), list(1, 900, 2),
                     "select k, note from " + table + " where k in ({ID_PLACEHOLDER})");
  job.key = "k";
  job.strategy = StrategyKind::in_list;
  Progress progress;
  const auto plan = plan_job(job, progress, {});
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_THAT(plan->warnings, Not(Contains(HasSubstr("full scan"))));
}

// A key without an index is read as a whole however the list is sent.
TEST_P(CockroachPlans, WhatHasNoIndexIsToldToMakeOne) {
  const std::string table = make_table(100, false, false);
  shared_cockroach().execute("drop index " + table + "@" + table + "_k_idx");
  for (const StrategyKind kind : {StrategyKind::temp_table, StrategyKind::array, StrategyKind::in_list}) {
    Job job = make_job(directory_, shared_cockroach().dsn(), list(1, 900, 2),
                       "select k, note from " + table + " where k in ({ID_PLACEHOLDER})");
    job.key = "k";
    job.strategy = kind;
    Progress progress;
    const auto plan = plan_job(job, progress, {});
    ASSERT_TRUE(plan) << plan.error().to_string();
    EXPECT_THAT(plan->warnings,
                Contains(AllOf(HasSubstr("full scan: every range would read the whole of " + table),
                               HasSubstr("CREATE INDEX ON "), HasSubstr(table + " (k)"))))
        << to_string(kind);
  }
}

// The check can fail: the server does refuse a scan.
TEST_P(CockroachPlans, TheServerRefusesAFullScan) {
  const std::string table = make_table(100, false, true);
  Job job =
      make_job(directory_, shared_cockroach().dsn() + " options='-c disallow_full_table_scans=on'", "1\n2\n",
               "select n, note from " + table + " where note is not null and n::text in ({ID_PLACEHOLDER})");
  job.key = "n";
  const Outcome outcome = run(job);
  ASSERT_FALSE(outcome.result);
  EXPECT_NE(outcome.result.error().message.find("full table"), std::string::npos)
      << outcome.result.error().to_string();
}

INSTANTIATE_TEST_SUITE_P(Each, CockroachPlans, ::testing::ValuesIn(kKeys),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace firmquery::test

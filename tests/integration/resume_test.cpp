// A run that ends early, for whatever reason, is finished later: with the rows of an uninterrupted run, each
// once.
#include <gmock/gmock.h>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kResumedQuery =
    "select firm_root_id, n from resumed where firm_root_id in ({ID_PLACEHOLDER})";

struct Case {
  DialectKind dialect;
  StrategyKind strategy;
  friend void PrintTo(const Case& c, std::ostream* out) {
    *out << to_string(c.dialect) << " " << to_string(c.strategy);
  }
};

class Resume : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    server_.execute(
        {"drop table if exists resumed", "create table resumed (firm_root_id bigint primary key, n int)",
         "insert into resumed select n * 2, n from generate_series(1, 30000) n", "analyze resumed"});
  }
  Job job(const std::string& out = "out") {
    Job job = make_job(directory_, server_.dsn(), numbers(1, 60'000), kResumedQuery, out);
    job.strategy = GetParam().strategy;
    job.max_retries = 2;
    job.retry_delay = std::chrono::duration<double>(0.05);
    return job;
  }
  // Takes half a minute, and is caught at its first rows.
  Job slow_job() {
    Job slow = job();
    slow.pace = 1000;
    return slow;
  }
  // Ends the run when it has read some of the rows. False when it was too fast.
  void interrupt(const Job& job) {
    std::stop_source stop;
    const Outcome outcome = run(
        job,
        [&](const RunWatch& watch) {
          watch.wait_until(in_the_middle);
          stop.request_stop();
        },
        stop.get_token());
    ASSERT_FALSE(outcome.result) << "the run was too fast to be interrupted";
    EXPECT_EQ(outcome.result.error().kind, ErrorKind::interrupted);
    EXPECT_FALSE(std::filesystem::exists(job.out / "results.csv"));
    EXPECT_FALSE(std::filesystem::exists(job.out / "manifest.json"));
    server_.expect_nothing_left();
    const auto text = read_file(job.out / "report.json");
    ASSERT_TRUE(text);
    const auto report = report_from_json(*text, "report.json");
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->status, "interrupted");
  }
  void expect_whole(const Outcome& outcome) {
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().status, "complete");
    std::multiset<std::string> rows = {"firm_root_id,n"};
    for (int n = 1; n <= 30'000; ++n) rows.insert(std::to_string(2 * n) + "," + std::to_string(n));
    EXPECT_TRUE(lines_of(outcome.results) == rows);
    EXPECT_EQ(outcome.missing, "firm_root_id\n" + numbers(1, 60'000, 2));
  }

  const EachServer server_{GetParam().dialect};
  const TempDir directory_;
};

TEST_P(Resume, AfterAnInterruption) {
  Job first = slow_job();
  interrupt(first);
  Job second = job();
  const Outcome refused = run(second);
  ASSERT_FALSE(refused.result);
  EXPECT_THAT(refused.result.error().to_string(), HasSubstr("firmquery resume"));
  second.resume = true;
  const Outcome outcome = run(second);
  expect_whole(outcome);
  const auto& readings = outcome.report().readings;
  ASSERT_EQ(readings.size(), 2u);
  if (server_.is_cockroachdb()) {
    EXPECT_EQ(readings[0].snapshot.value, readings[1].snapshot.value);
    const bool needs_no_table =
        second.strategy == StrategyKind::in_list || second.strategy == StrategyKind::scan;
    EXPECT_EQ(readings[1].strategy, needs_no_table ? to_string(second.strategy) : "array");
  } else {
    EXPECT_NE(readings[0].snapshot.value, readings[1].snapshot.value);
    EXPECT_THAT(outcome.log.warnings, ::testing::Contains(HasSubstr("new instant")));
  }
  server_.expect_nothing_left();
  const Outcome again = run(second);
  ASSERT_TRUE(again.result);
  EXPECT_EQ(again.result->kind, RunOutcome::Kind::complete_before);
}

TEST_P(Resume, RefusesWhatIsNotTheSameRun) {
  const Job first = slow_job();
  interrupt(first);
  const auto expect_refusal = [&](Job changed, const char* what) {
    changed.resume = true;
    const Outcome outcome = run(changed);
    ASSERT_FALSE(outcome.result) << what;
    EXPECT_THAT(outcome.result.error().message, HasSubstr(what));
    EXPECT_EQ(outcome.result.error().kind, ErrorKind::usage);
  };
  Job changed = job();
  changed.ids_path = directory_.write("other.ids", numbers(1, 60'001));
  expect_refusal(changed, "the list of IDs (60000 unique then, 60001 now)");
  changed = job();
  changed.sql += " and n > 0";
  expect_refusal(changed, "the query changed");
  changed = job();
  changed.key = "n";
  expect_refusal(changed, "the key (firm_root_id then, n now) changed");
  server_.execute({"drop database if exists elsewhere"});
  server_.execute({"create database elsewhere"});
  server_.execute({"create table resumed (firm_root_id bigint primary key, n int)"}, "elsewhere");
  changed = job();
  changed.connect.dsn = server_.dsn({}, "elsewhere");
  expect_refusal(changed, "the target (");
  // Nothing of that harmed the run.
  changed = job();
  changed.resume = true;
  expect_whole(run(changed));
}

// The whole server forgets the program: its sessions, the exported snapshot and the temporary tables.
TEST_P(Resume, GoesOnInTheSameProcessWhenAllSessionsAreEnded) {
  const Outcome outcome = run_halting(job(), in_the_middle, [&] {
    server_.execute(
        {server_.is_cockroachdb()
             ? "cancel sessions (select session_id from [show cluster sessions] where application_name "
               "like 'firmquery%')"
             : "select pg_terminate_backend(pid) from pg_stat_activity where application_name like "
               "'firmquery%'"});
  });
  expect_whole(outcome);
  EXPECT_GT(outcome.report().retries, 0u);
  server_.expect_nothing_left();
}

TEST_P(Resume, OneRunADirectory) {
  const Outcome outcome = run_halting(job(), in_the_middle, [&] {
    Job other = job();
    other.resume = true;
    const Outcome overlap = run(other);
    ASSERT_FALSE(overlap.result);
    EXPECT_EQ(overlap.result.error().kind, ErrorKind::overlap);
    EXPECT_THAT(overlap.result.error().message, HasSubstr("in progress"));
    other.on_overlap = OnOverlap::skip;
    const Outcome skipped = run(other);
    ASSERT_TRUE(skipped.result);
    EXPECT_EQ(skipped.result->kind, RunOutcome::Kind::skipped);
  });
  expect_whole(outcome);
}

INSTANTIATE_TEST_SUITE_P(Each, Resume,
                         ::testing::Values(Case{DialectKind::postgresql, StrategyKind::temp_table},
                                           Case{DialectKind::postgresql, StrategyKind::staging_table},
                                           Case{DialectKind::postgresql, StrategyKind::array},
                                           Case{DialectKind::postgresql, StrategyKind::in_list},
                                           Case{DialectKind::postgresql, StrategyKind::scan},
                                           Case{DialectKind::cockroachdb, StrategyKind::temp_table},
                                           Case{DialectKind::cockroachdb, StrategyKind::staging_table},
                                           Case{DialectKind::cockroachdb, StrategyKind::array},
                                           Case{DialectKind::cockroachdb, StrategyKind::in_list},
                                           Case{DialectKind::cockroachdb, StrategyKind::scan}),
                         [](const auto& parameter) {
                           std::string name = std::string(to_string(parameter.param.dialect)) + "_" +
                                              std::string(to_string(parameter.param.strategy));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// Ranges that fail for good reasons of the server's: the rest is kept, and a later run reads them.
class Partial : public ::testing::TestWithParam<StrategyKind> {
 protected:
  void SetUp() override {
    server_.execute(
        {"drop table if exists resumed", "create table resumed (firm_root_id bigint primary key, n int)",
         "insert into resumed select n * 2, n from generate_series(1, 2000) n", "analyze resumed",
         "drop table if exists poison", "create table poison (id bigint primary key)",
         "insert into poison values (1000), (3000)",
         // Out of memory for two IDs, as long as they are poisoned.
         "create or replace function eat(id bigint) returns bigint language plpgsql stable as $$ begin "
         "if exists (select from poison p where p.id = eat.id) then "
         "raise exception 'out of memory' using errcode = '53200'; end if; return id; end $$"});
  }
  Job job() {
    Job job = make_job(directory_, server_.dsn(), numbers(1, 5000),
                       "select firm_root_id, n, eat(firm_root_id) from resumed where firm_root_id in "
                       "({ID_PLACEHOLDER})");
    job.strategy = GetParam();
    job.max_retries = 1;
    job.retry_delay = std::chrono::duration<double>(0.01);
    return job;
  }
  const EachServer server_{DialectKind::postgresql};
  const TempDir directory_;
};

TEST_P(Partial, KeepsTheRestAndFinishesLater) {
  Job partial = job();
  const Outcome outcome = run(partial);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  const Report& report = outcome.report();
  EXPECT_EQ(report.status, "partial");
  EXPECT_EQ(read_text(partial.out / "unresolved.csv"), "firm_root_id\n1000\n3000\n");
  EXPECT_EQ(report.result.unresolved, 2u);
  EXPECT_EQ(report.result.found, 1998u);
  EXPECT_EQ(report.result.missing, 3000u);
  EXPECT_EQ(lines_of(outcome.results).size(), 1999u);
  ASSERT_EQ(report.failed_ranges.size(), 2u);
  EXPECT_EQ(report.failed_ranges[0].first_id, "1000");
  EXPECT_THAT(report.failed_ranges[0].error, HasSubstr("out of memory"));
  EXPECT_TRUE(check_proof(report));
  EXPECT_FALSE(std::filesystem::exists(partial.out / "manifest.json"));

  server_.execute({"delete from poison where id = 1000"});
  partial.resume = true;
  const Outcome again = run(partial);
  ASSERT_TRUE(again.result) << again.result.error().to_string();
  EXPECT_EQ(again.report().status, "partial");
  EXPECT_EQ(read_text(partial.out / "unresolved.csv"), "firm_root_id\n3000\n");

  server_.execute({"delete from poison"});
  const Outcome whole = run(partial);
  ASSERT_TRUE(whole.result) << whole.result.error().to_string();
  EXPECT_EQ(whole.report().status, "complete");
  EXPECT_EQ(whole.report().result.found, 2000u);
  EXPECT_EQ(lines_of(whole.results).size(), 2001u);
  EXPECT_EQ(lines_of(whole.results), [] {
    std::multiset<std::string> rows = {"firm_root_id,n,eat"};
    for (int n = 1; n <= 2000; ++n) {
      rows.insert(std::to_string(2 * n) + "," + std::to_string(n) + "," + std::to_string(2 * n));
    }
    return rows;
  }());
  EXPECT_FALSE(std::filesystem::exists(partial.out / "unresolved.csv"));
}

TEST_P(Partial, ARunThatReadNothingHasFailed) {
  server_.execute({"insert into poison select n from generate_series(1, 5000) n on conflict do nothing"});
  Job job = this->job();
  job.ids_path = directory_.write("few.ids", "2\n4\n");
  const Outcome outcome = run(job);
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().kind, ErrorKind::transient);
  EXPECT_THAT(outcome.result.error().to_string(), HasSubstr("firmquery resume"));
  server_.execute({"delete from poison"});
  job.resume = true;
  const Outcome again = run(job);
  ASSERT_TRUE(again.result) << again.result.error().to_string();
  EXPECT_EQ(again.report().result.found, 2u);
}

TEST_P(Partial, TheBudgetEndsTheRetries) {
  Job job = this->job();
  job.retry_budget = std::chrono::duration<double>(0);
  const Outcome outcome = run(job);
  // Without any retry a range that is too large stays whole, and its session gives up the rest.
  if (outcome.result) {
    EXPECT_EQ(outcome.report().status, "partial");
    EXPECT_GT(outcome.report().result.unresolved, 2u);
  } else {
    EXPECT_EQ(outcome.result.error().kind, ErrorKind::transient);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Partial,
                         ::testing::Values(StrategyKind::temp_table, StrategyKind::staging_table,
                                           StrategyKind::array, StrategyKind::in_list),
                         [](const auto& parameter) {
                           std::string name(to_string(parameter.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// Long statements are cut into shorter ranges; a statement may not take longer than it was told.
TEST(MaxStatement, CutsRangesUntilTheyFit) {
  const EachServer server{DialectKind::postgresql};
  server.execute({"drop table if exists resumed",
                  "create table resumed (firm_root_id bigint primary key, n int)",
                  "insert into resumed select n, n from generate_series(1, 400) n", "analyze resumed"});
  const TempDir directory;
  Job job = make_job(
      directory, server.dsn(), numbers(1, 400),
      "select firm_root_id, pg_sleep(0.0125)::text from resumed where firm_root_id in ({ID_PLACEHOLDER})");
  job.max_statement =
      std::chrono::duration<double>(0.75);  // 400 rows take five seconds, and a session has half
  job.strategy = StrategyKind::temp_table;
  const Outcome outcome = run(job);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().status, "complete");
  EXPECT_EQ(outcome.report().result.found, 400u);
  EXPECT_GT(outcome.report().ranges.done, 4u);
}

TEST(SpreadsheetSafe, ProtectsEveryCsvFileAndStillVerifies) {
  const EachServer server{DialectKind::postgresql};
  server.execute({"drop table if exists formulas", "create table formulas (id text primary key, t text)",
                  "insert into formulas values ('=1', '=cmd()'), ('b', '-5'), ('c', '+x'), ('d', null)"});
  const TempDir directory;
  Job job = make_job(directory, server.dsn(), "=1\nb\nc\nd\n@gone\n=1\n",
                     "select id, t from formulas where id in ({ID_PLACEHOLDER})");
  job.key = "id";
  job.spreadsheet_safe = true;
  const Outcome outcome = run(job);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.missing, "id\n'@gone\n");
  const auto rows = lines_of(outcome.results);
  EXPECT_EQ(rows.count("'=1,'=cmd()"), 1u) << outcome.results;
  EXPECT_EQ(rows.count("b,-5"), 1u);
  EXPECT_EQ(rows.count("c,'+x"), 1u);
  EXPECT_EQ(read_text(job.out / "duplicates.csv"), "line,id,first_line\n6,'=1,1\n");
}

}  // namespace
}  // namespace firmquery::test

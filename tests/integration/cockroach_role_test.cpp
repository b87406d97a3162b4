// The role that sql/cockroachdb/dba/role_and_grants.sql makes is enough for the main job with each strategy,
// and every statement of the file is taken by the version that is here.
#include <algorithm>
#include <regex>

#include "firmquery/preflight/doctor.hpp"
#include "integration/dba_script.hpp"
#include "integration/run_case.hpp"
#include "orchestrator/db/server_version.hpp"
#include "support/cockroach.hpp"

namespace firmquery::test {
namespace {

class CockroachRole : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!cockroach_binary()) return;
    for (const char* database : {"only_read", "granted"}) {
      shared_cockroach().execute(std::string("create database ") + database);
      const std::string dsn = shared_cockroach().dsn(database);
      execute_sql(dsn, "create table firm (firm_root_id bigint primary key, name text)");
      execute_sql(dsn, "insert into firm select n, 'firm ' || n::text from generate_series(1, 1000) n");
    }
    const Script only_read = script_for(kGrants, "only_read", "firmquery_reader");
    const Script granted = script_for(kGrants, "granted", "firmquery_reader");
    execute(only_read.read, "only_read");
    execute(granted.read, "granted");
    execute(granted.write, "granted");
  }
  void SetUp() override {
    if (!cockroach_binary()) GTEST_SKIP() << kNoCockroach;
  }
  static void execute(const std::vector<std::string>& statements, const std::string& database) {
    ASSERT_FALSE(statements.empty());
    for (const std::string& statement : statements)
      execute_sql(shared_cockroach().dsn(database), statement);  // throws what is refused
  }
  static bool has_newer_grants() {
    return parse_server_version(shared_cockroach().value("select version()")).at_least(22, 1);
  }
  Job job(const std::string& database, StrategyKind strategy,
          const std::string& role = "firmquery_reader") const {
    Job job = make_job(directory_, shared_cockroach().dsn(database, role), numbers(1, 1010),
                       "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})",
                       database + "-" + std::string(to_string(strategy)) + "-" + role);
    job.strategy = strategy;
    return job;
  }
  static void expect_all(const Outcome& outcome) {
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().result.rows, 1000u);
    EXPECT_EQ(outcome.report().result.missing, 10u);
  }
  TempDir directory_;
};

TEST_F(CockroachRole, ReadsWithPartOneAlone) {
  for (const StrategyKind kind : {StrategyKind::automatic, StrategyKind::array, StrategyKind::in_list}) {
    SCOPED_TRACE(to_string(kind));
    expect_all(run(job("only_read", kind)));
  }
}

TEST_F(CockroachRole, RunsEveryStrategyWithBothParts) {
  for (const StrategyKind kind :
       {StrategyKind::temp_table, StrategyKind::staging_table, StrategyKind::array, StrategyKind::in_list}) {
    SCOPED_TRACE(to_string(kind));
    expect_all(run(job("granted", kind)));
  }
  const Outcome outcome = run(job("granted", StrategyKind::automatic));
  ASSERT_NO_FATAL_FAILURE(expect_all(outcome));
  EXPECT_EQ(outcome.report().strategy, "temp-table");
}

TEST_F(CockroachRole, DoctorFindsNothingAmiss) {
  for (const char* database : {"only_read", "granted"}) {
    const auto diagnosis = examine_job(job(database, StrategyKind::automatic), {});
    ASSERT_TRUE(diagnosis) << diagnosis.error().to_string();
    EXPECT_EQ(diagnosis->exit_code(), 0) << to_json(*diagnosis);
    // Whose versions have wrong results in joins: this is one of them, or it is not.
    EXPECT_TRUE(std::any_of(diagnosis->checks.begin(), diagnosis->checks.end(), [](const Check& check) {
      return check.name == "join results" && check.status != CheckStatus::not_checked;
    }));
  }
}

TEST_F(CockroachRole, WhatLacksIsNamedWithTheFileOfTheVersion) {
  const auto diagnosis = examine_job(job("only_read", StrategyKind::staging_table), {});
  ASSERT_TRUE(diagnosis) << diagnosis.error().to_string();
  EXPECT_EQ(diagnosis->exit_code(), 5);
  const std::string remedy = has_newer_grants()
                                 ? "GRANT CREATE ON SCHEMA to this role, as role_and_grants_v22_1.sql does"
                                 : "GRANT CREATE ON DATABASE to this role, as role_and_grants.sql does";
  EXPECT_NE(to_json(*diagnosis).find(remedy), std::string::npos) << to_json(*diagnosis);
}

TEST_F(CockroachRole, IsTakenBackAsTheFileSays) {
  const Script script = script_for(kGrants, "granted", "passing_reader");
  execute(script.read, "granted");
  execute(script.write, "granted");
  expect_all(run(job("granted", StrategyKind::array, "passing_reader")));
  execute(script.take_back, "granted");
  EXPECT_EQ(shared_cockroach().value("select count(*) from [show roles] where username = 'passing_reader'"),
            "0");
}

TEST_F(CockroachRole, WhatNewerVersionsAddIsTakenByThem) {
  if (!has_newer_grants()) GTEST_SKIP() << "NOT TESTED: this server is older than v22.1";
  execute(script_for(kGrants, "granted", "newer_reader").read, "granted");
  execute(script_for(kGrantsOfNewer, "granted", "newer_reader").read, "granted");
  expect_all(run(job("granted", StrategyKind::staging_table, "newer_reader")));
}

// As far as this version goes: the grant on a schema other than public, which is no ordinary one before v22.1, and each
// setting of the role as one of a session.
TEST_F(CockroachRole, WhatNewerVersionsAddIsTakenInPart) {
  if (has_newer_grants()) GTEST_SKIP() << "taken as a whole";
  execute(script_for(kGrants, "granted", "partly_newer").read, "granted");
  execute_sql(shared_cockroach().dsn("granted"), "create schema lists");
  const auto on_lists = [](const std::string& sql) {
    return std::regex_replace(one_line(sql), std::regex("granted\\.public"), "granted.lists");
  };
  const std::regex of_role("alter role partly_newer (set .*)", std::regex::icase);
  unsigned grants = 0;
  for (const std::string& statement : script_for(kGrantsOfNewer, "granted", "partly_newer").read) {
    const std::string sql = on_lists(statement);
    SCOPED_TRACE(sql);
    std::smatch setting;
    if (!std::regex_match(sql, setting, of_role)) {
      execute_sql(shared_cockroach().dsn("granted"), sql);
      ++grants;
    } else if (sql.find("quality_of_service") == std::string::npos) {  // which v22.1 has added
      execute_sql(shared_cockroach().dsn("granted"), setting[1].str());
    }
  }
  EXPECT_EQ(grants, 1U);
  for (const std::string& statement : script_for(kGrantsOfNewer, "granted", "partly_newer").take_back)
    execute_sql(shared_cockroach().dsn("granted"), on_lists(statement));
  execute_sql(shared_cockroach().dsn("granted"), "revoke select on table firm from partly_newer");
  execute_sql(shared_cockroach().dsn("granted"), "drop role partly_newer");
}

// A session for each of 64 shares, on one node.
TEST(CockroachConnections, SixtyFourWork) {
  if (!cockroach_binary()) GTEST_SKIP() << kNoCockroach;
  const auto& server = shared_cockroach();
  server.execute("create table many (firm_root_id bigint primary key, name text)");
  server.execute("insert into many select n * 2, 'firm ' || n::text from generate_series(1, 6400) n");
  const TempDir directory;
  for (const StrategyKind kind : {StrategyKind::array, StrategyKind::staging_table}) {
    Job job = make_job(directory, server.dsn(), numbers(1, 12'800),
                       "select firm_root_id, name from many where firm_root_id in ({ID_PLACEHOLDER})",
                       std::string(to_string(kind)));
    job.strategy = kind;
    job.connections = 64;
    job.max_retries = 2;
    const Outcome outcome = run(job);
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().connections, 64u);
    EXPECT_EQ(outcome.report().result.found, 6400u);
    EXPECT_EQ(outcome.missing, "firm_root_id\n" + numbers(1, 12'800, 2));
  }
}

}  // namespace
}  // namespace firmquery::test

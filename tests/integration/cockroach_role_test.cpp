// The role that sql/cockroachdb/dba/role_and_grants.sql makes is enough for the main job with each strategy.
#include <regex>
#include <sstream>

#include "integration/run_case.hpp"
#include "support/cockroach.hpp"

namespace firmquery::test {
namespace {

// The statements of the script for another database, without comments.
std::vector<std::string> script_for(const std::string& database) {
  std::istringstream lines(
      read_text(std::string(FIRMQUERY_SOURCE_DIR) + "/sql/cockroachdb/dba/role_and_grants.sql"));
  std::string text;
  for (std::string line; std::getline(lines, line);) text += line.substr(0, line.find("--")) + "\n";
  text = std::regex_replace(text, std::regex("\\bapp\\b"), database);
  std::vector<std::string> statements;
  std::istringstream parts(text);
  for (std::string statement; std::getline(parts, statement, ';');) {
    if (statement.find_first_not_of(" \n") != std::string::npos) statements.push_back(statement);
  }
  return statements;
}

class CockroachRole : public ::testing::TestWithParam<StrategyKind> {
 protected:
  static void SetUpTestSuite() {
    if (!cockroach_binary()) return;
    const auto& server = shared_cockroach();
    server.execute("create database granted");
    execute_sql(server.dsn("granted"), "create table firm (firm_root_id bigint primary key, name text)");
    execute_sql(server.dsn("granted"),
                "insert into firm select n, 'firm ' || n::text from generate_series(1, 1000) n");
    for (const std::string& statement : script_for("granted")) {
      try {
        execute_sql(server.dsn("granted"), statement);
      } catch (const std::runtime_error& refused) {
        // The role's settings are a convenience that the oldest versions do not have.
        if (statement.find("alter role") == std::string::npos) throw;
        std::fprintf(stderr, "%s\n", refused.what());
      }
    }
  }
  void SetUp() override {
    if (!cockroach_binary()) GTEST_SKIP() << kNoCockroach;
  }
  TempDir directory_;
};

TEST_P(CockroachRole, RunsTheMainJob) {
  Job job = make_job(directory_, shared_cockroach().dsn("granted", "firmquery_reader"), numbers(1, 1010),
                     "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})");
  job.strategy = GetParam();
  const Outcome outcome = run(job);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().result.rows, 1000u);
  EXPECT_EQ(outcome.report().result.missing, 10u);
  if (GetParam() == StrategyKind::automatic) {
    EXPECT_EQ(outcome.report().strategy, "temp-table");
  }
}

INSTANTIATE_TEST_SUITE_P(Each, CockroachRole,
                         ::testing::Values(StrategyKind::automatic, StrategyKind::temp_table,
                                           StrategyKind::staging_table, StrategyKind::array,
                                           StrategyKind::in_list),
                         [](const auto& parameter) { return test_name(to_string(parameter.param)); });

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

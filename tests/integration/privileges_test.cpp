// What a role may do decides the strategy: one with SELECT alone gets through, one with nothing is told why.
#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

constexpr const char* kPrivilegedSql =
    "select firm_root_id, name from guarded where firm_root_id in ({ID_PLACEHOLDER})";

class Privileges : public ::testing::TestWithParam<DialectKind> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    static std::set<DialectKind> filled;
    if (!filled.insert(GetParam()).second) return;
    const std::string role = server_.is_cockroachdb() ? "create user " : "create role ";
    const std::string login = server_.is_cockroachdb() ? "" : " login";
    server_.execute({"create database restricted", role + "reader" + login, role + "nobody_at_all" + login});
    server_.execute({"create table guarded (firm_root_id bigint primary key, name text)",
                     "insert into guarded select n, 'firm ' || n::text from generate_series(1, 1000) n",
                     "grant select on guarded to reader"},
                    "restricted");
    if (server_.is_cockroachdb()) return;
    server_.execute(
        {"revoke temporary on database restricted from public", "revoke create on schema public from public"},
        "restricted");
  }
  Job job_of(const std::string& user, StrategyKind strategy = StrategyKind::automatic,
             const std::string& options = {}) const {
    Job job =
        make_job(directory_, server_.dsn(user, "restricted") + options, numbers(1, 1010), kPrivilegedSql);
    job.strategy = strategy;
    return job;
  }
  static void expect_all(const Outcome& outcome) {
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().status, "complete");
    EXPECT_EQ(outcome.report().result.rows, 1000u);
    EXPECT_EQ(outcome.report().result.missing, 10u);
  }

  const EachServer server_{GetParam()};
  TempDir directory_;
};

TEST_P(Privileges, SelectAloneGetsThroughByArray) {
  const Outcome outcome = run(job_of("reader"));
  ASSERT_NO_FATAL_FAILURE(expect_all(outcome));
  EXPECT_EQ(outcome.report().strategy, "array");
  // Why it is not the first choice, in words that name what is missing.
  const std::string wanted = server_.is_cockroachdb() ? "CREATE" : "TEMPORARY";
  EXPECT_NE(outcome.report().strategy_reason.find(wanted), std::string::npos)
      << outcome.report().strategy_reason;
}

TEST_P(Privileges, AStrategyAskedForByNameFailsAndNamesTheGrant) {
  for (const StrategyKind strategy : {StrategyKind::temp_table, StrategyKind::staging_table}) {
    Job job = job_of("reader", strategy);
    job.out += to_string(strategy);
    const Outcome outcome = run(job);
    ASSERT_FALSE(outcome.result) << to_string(strategy);
    const Error& error = outcome.result.error();
    EXPECT_EQ(error.kind, ErrorKind::permission) << error.to_string();
    EXPECT_NE(error.remedy.find("GRANT"), std::string::npos) << error.to_string();
  }
}

TEST_P(Privileges, ARoleWithNothingIsToldWhichGrantIsMissing) {
  const Outcome outcome = run(job_of("nobody_at_all"));
  ASSERT_FALSE(outcome.result);
  const Error& error = outcome.result.error();
  EXPECT_EQ(error.kind, ErrorKind::permission) << error.to_string();
  EXPECT_EQ(exit_code(error.kind), 5);
  EXPECT_NE(error.remedy.find("GRANT SELECT"), std::string::npos) << error.to_string();
  EXPECT_NE(error.remedy.find("guarded"), std::string::npos) << error.to_string();
  EXPECT_NE(error.remedy.find("nobody_at_all"), std::string::npos) << error.to_string();
}

TEST_P(Privileges, AReadOnlyRoleEndsAtArray) {
  const Outcome outcome =
      run(job_of("", StrategyKind::automatic, " options='-c default_transaction_read_only=on'"));
  ASSERT_NO_FATAL_FAILURE(expect_all(outcome));
  EXPECT_EQ(outcome.report().strategy, "array");
  EXPECT_NE(outcome.report().strategy_reason.find("read_only"), std::string::npos)
      << outcome.report().strategy_reason;
}

INSTANTIATE_TEST_SUITE_P(Each, Privileges, ::testing::ValuesIn(kEachServer),
                         [](const auto& parameter) { return std::string(to_string(parameter.param)); });

}  // namespace
}  // namespace firmquery::test

// The network is away for a moment: no session of a staging-table run is left, so that its table looks like one that a
// dead run has left, and somebody who cleans up drops it. When the network is back the run loads its list again.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "fault/fault_case.hpp"
#include "firmquery/preflight/doctor.hpp"
#include "integration/run_case.hpp"
#include "support/cockroach.hpp"

namespace firmquery::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr long kIds = 60'000;  // more than the first ranges of both sessions
const std::string kListed =
    fmt::format("select n::int8 as firm_root_id, 'firm' as name from generate_series(2, {}, 2) n", kIds);

struct LossCase {
  const char* name;
  DialectKind server;
  Phase phase;  // in which the table goes
  bool snapshot;
};

class StagingLost : public ::testing::TestWithParam<LossCase> {
 protected:
  static bool is_cockroachdb() { return GetParam().server == DialectKind::cockroachdb; }
  static std::string direct() {
    return is_cockroachdb() ? shared_cockroach().dsn() : fault_server().tcp_dsn();
  }
  static int port() {
    const std::string dsn = direct();
    return std::stoi(dsn.substr(dsn.find("port=") + 5));
  }
  void SetUp() override {
    if (is_cockroachdb() && !cockroach_binary()) GTEST_SKIP() << kNoCockroach;
    execute_sql(direct(), "drop table if exists listed");
    execute_sql(direct(), "create table listed (firm_root_id int8 primary key, name text)");
    execute_sql(direct(), "insert into listed " + kListed);
    proxy_.emplace(port());
  }
  Job job() const {
    Job job =
        make_job(directory_, direct() + fmt::format(" port={}", proxy_->port()), numbers(1, kIds),
                 "select firm_root_id, name from listed where firm_root_id in ({ID_PLACEHOLDER})", "out");
    job.strategy = StrategyKind::staging_table;
    job.connections = 2;
    job.max_retries = 10;
    job.retry_delay = std::chrono::milliseconds(1);
    job.snapshot = GetParam().snapshot;
    return job;
  }
  // By who takes every table for old enough. A server sees a moment later that a session is gone.
  static void clean_up() {
    ConnectOptions connect;
    connect.dsn = direct();
    const auto in_a_year =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + std::chrono::days(365);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
    while (std::chrono::steady_clock::now() < deadline) {
      const auto cleaned = clean_staging(connect, {std::chrono::seconds(0)}, in_a_year);
      ASSERT_TRUE(cleaned) << cleaned.error().to_string();
      ASSERT_EQ(cleaned->size(), 1U);
      if ((*cleaned)[0].dropped) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    FAIL() << "the table was in use for minutes";
  }

  TempDir directory_;
  std::optional<TcpProxy> proxy_;
};

TEST_P(StagingLost, TheListIsLoadedAgain) {
  const auto where = [](const Progress& progress) {
    return GetParam().phase == Phase::loading ? progress.phase == Phase::loading && progress.ids_loaded > 0
                                              : in_the_middle(progress);
  };
  const Outcome outcome = run_halting(job(), where, [&] {
    proxy_->refuse();
    proxy_->end_all(TcpProxy::End::reset);
    clean_up();
    proxy_->accept();
  });
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().status, "complete");
  EXPECT_EQ(outcome.report().result.rows, kIds / 2);
  EXPECT_EQ(outcome.missing, "firm_root_id\n" + numbers(1, kIds, 2));
  // With an instant another one is taken as well, or it can still be read of the table that was dropped.
  const bool told = GetParam().phase == Phase::loading || !GetParam().snapshot;
  const auto sentence = Contains(HasSubstr("the list is loaded again"));
  if (told) {
    EXPECT_THAT(outcome.log.warnings, sentence);
  } else {
    EXPECT_THAT(outcome.log.warnings, Not(sentence));
  }
  EXPECT_EQ(
      sql_value(direct(), is_cockroachdb() ? "select count(*) from crdb_internal.tables where name like "
                                             "'firmquery%' and state = 'PUBLIC'"
                                           : "select count(*) from pg_class where relname like 'firmquery%'"),
      "0");
}

constexpr auto kPostgres = DialectKind::postgresql, kCockroach = DialectKind::cockroachdb;
INSTANTIATE_TEST_SUITE_P(
    Each, StagingLost,
    ::testing::Values(LossCase{"postgresql_load", kPostgres, Phase::loading, true},
                      LossCase{"postgresql_read", kPostgres, Phase::querying, true},
                      LossCase{"postgresql_each_statement", kPostgres, Phase::querying, false},
                      LossCase{"cockroachdb_load", kCockroach, Phase::loading, true},
                      LossCase{"cockroachdb_read", kCockroach, Phase::querying, true},
                      LossCase{"cockroachdb_each_statement", kCockroach, Phase::querying, false}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace firmquery::test

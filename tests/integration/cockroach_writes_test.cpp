// What each way of running leaves on a cluster: a table that is dropped is a schema change and a garbage
// collection that waits for hours, so what says that it writes nothing must leave none.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "firmquery/preflight/doctor.hpp"
#include "firmquery/preflight/plan_report.hpp"
#include "integration/run_case.hpp"
#include "support/cockroach.hpp"

namespace firmquery::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// Without the garbage collections of what was dropped, which begin up to half a minute later.
constexpr const char* kJobs = "select count(*) from [show jobs] where job_type like '%SCHEMA CHANGE'";

class CockroachWrites : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!cockroach_binary()) return;
    const auto& server = shared_cockroach();
    server.execute("create table firm (firm_root_id bigint primary key, name text)");
    server.execute("insert into firm select n, 'firm ' || n::text from generate_series(1, 3000) n");
    for (const char* role : {"reader", "maker"}) {
      server.execute(std::string("create user ") + role);
      server.execute(std::string("grant select on firm to ") + role);
    }
    server.execute("grant create on database defaultdb to maker");
  }
  void SetUp() override {
    if (!cockroach_binary()) GTEST_SKIP() << kNoCockroach;
  }
  Job job(StrategyKind strategy = StrategyKind::automatic, const std::string& user = "root") const {
    Job job = make_job(directory_, shared_cockroach().dsn("defaultdb", user), numbers(1, 3010), kSql,
                       "out-" + std::string(to_string(strategy)) + "-" + user);
    job.strategy = strategy;
    return job;
  }
  static long count(const std::string& sql) { return std::stol(shared_cockroach().value(sql)); }
  static long jobs() { return count(kJobs); }
  // Every table and schema there is, dropped ones too.
  static long descriptors() { return count("select count(*) from system.descriptor"); }
  // A session's table goes after the session has: the server says when.
  static void wait_until_tables_are_dropped() {
    const std::string left =
        "select count(*) from crdb_internal.tables where name like 'firmquery%' and state = 'PUBLIC'";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(10);
    while (count(left) > 0 && std::chrono::steady_clock::now() < deadline) continue;
  }
  TempDir directory_;
};

TEST_F(CockroachWrites, PlanAndDoctorWriteNothing) {
  const long jobs_before = jobs(), descriptors_before = descriptors();
  for (const char* user : {"root", "maker", "reader"}) {
    Progress progress;
    const auto plan = plan_job(job(StrategyKind::automatic, user), progress, {});
    ASSERT_TRUE(plan) << plan.error().to_string();
    EXPECT_EQ(plan->strategy, user == std::string("reader") ? "array" : "temp-table") << user;
    EXPECT_FALSE(plan->query.row_security.empty());
    for (const JoinFault& fault : join_faults(plan->server.dialect))
      EXPECT_THAT(plan->warnings, Contains(HasSubstr(fault.what)));
    const auto diagnosis = examine_job(job(StrategyKind::automatic, user), {});
    ASSERT_TRUE(diagnosis) << diagnosis.error().to_string();
    EXPECT_EQ(diagnosis->exit_code(), 0) << user;
  }
  EXPECT_EQ(jobs(), jobs_before);
  EXPECT_EQ(descriptors(), descriptors_before);
}

TEST_F(CockroachWrites, RunsThatSendTheirListWithEachStatementWriteNothing) {
  const long jobs_before = jobs(), descriptors_before = descriptors();
  for (const StrategyKind kind : {StrategyKind::array, StrategyKind::in_list}) {
    const Outcome outcome = run(job(kind));
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().result.found, 3000u);
  }
  EXPECT_EQ(jobs(), jobs_before);
  EXPECT_EQ(descriptors(), descriptors_before);
}

// A DROP for each session, or one for the run.
TEST_F(CockroachWrites, ATableLeavesOneDrop) {
  const std::string drops =
      "select count(*) from [show jobs] where job_type like '%SCHEMA CHANGE' and description like 'DROP %'";
  for (const auto& [kind, tables] :
       {std::pair{StrategyKind::temp_table, 2L}, {StrategyKind::staging_table, 1L}}) {
    const long before = count(drops);
    const Outcome outcome = run(job(kind));
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().connections, 2u);
    wait_until_tables_are_dropped();
    EXPECT_EQ(count(drops), before + tables) << to_string(kind);
  }
}

// What was allowed when it was asked for may be refused when it is done: the next strategy takes over.
TEST_F(CockroachWrites, TheFirstRealTableDecides) {
  Job late = job(StrategyKind::automatic, "maker");
  late.ids_path = directory_ / "ids.fifo";
  ASSERT_EQ(::mkfifo(late.ids_path.c_str(), 0600), 0);
  // The list is read when the server has been asked: opening the other end waits for that.
  const Outcome outcome = run(late, [&](const RunWatch&) {
    std::ofstream list(late.ids_path);
    shared_cockroach().execute("revoke create on database defaultdb from maker");
    list << numbers(1, 3010);
  });
  shared_cockroach().execute("grant create on database defaultdb to maker");
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().status, "complete");
  EXPECT_EQ(outcome.report().result.found, 3000u);
  EXPECT_EQ(outcome.report().strategy, "array");
  EXPECT_NE(outcome.report().strategy_reason.find("staging-table was refused"), std::string::npos)
      << outcome.report().strategy_reason;
}

}  // namespace
}  // namespace firmquery::test

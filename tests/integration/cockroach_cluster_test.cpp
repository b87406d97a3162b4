// Three nodes, of which one goes away while a run is at work: killed, or drained as in a rolling restart. The
// run completes with the right answer whatever it was doing.
#include <gmock/gmock.h>

#include <csignal>

#include "firmquery/preflight/doctor.hpp"
#include "firmquery/preflight/plan_report.hpp"
#include "integration/run_case.hpp"
#include "support/cockroach.hpp"

namespace firmquery::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr int kRows = 200'000;  // keys 2, 4, ... ; the list asks for 1 ... 2 * kRows / 2 and some more

class Cluster : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!cockroach_binary()) return;
    cluster_ = std::make_unique<CockroachCluster>();
    cluster_->execute("create table firm (firm_root_id bigint primary key, name text)");
    for (int first = 1; first <= kRows; first += 50'000) {
      cluster_->execute("insert into firm select n * 2, 'firm ' || n::text from generate_series(" +
                        std::to_string(first) + ", " + std::to_string(first + 49'999) + ") n");
    }
    // Several ranges, so that their leases lie on several nodes.
    cluster_->execute("alter table firm split at values (100000), (200000), (300000)");
    cluster_->execute("analyze firm");
  }
  static void TearDownTestSuite() { cluster_.reset(); }
  void SetUp() override {
    if (!cluster_) GTEST_SKIP() << kNoCockroach;
    // What the test before has stopped, and left so when it failed.
    for (std::size_t i = 0; i < cluster_->size(); ++i) cluster_->node(i).start_if_ended();
    for (std::size_t i = 0; i < cluster_->size(); ++i) cluster_->node(i).wait_until_ready();
    cluster_->wait_until_replicated();
  }

  Job job(StrategyKind strategy) const {
    Job job = make_job(directory_, cluster_->dsn(), numbers(1, kRows),
                       "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})");
    job.strategy = strategy;
    job.connections = 3;
    job.max_retries = 5;
    job.retry_delay = std::chrono::duration<double>(0.2);
    return job;
  }
  static void expect_the_right_answer(const Outcome& outcome) {
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().status, "complete");
    std::multiset<std::string> rows = {"firm_root_id,name"};
    for (int n = 1; n <= kRows / 2; ++n) rows.insert(std::to_string(2 * n) + ",firm " + std::to_string(n));
    EXPECT_TRUE(lines_of(outcome.results) == rows) << outcome.report().result.rows << " rows";
    EXPECT_TRUE(outcome.missing == "firm_root_id\n" + numbers(1, kRows, 2))
        << outcome.report().result.missing << " missing";
    std::string said;
    for (const std::string& warning : outcome.report().warnings) said += "  " + warning + "\n";
    std::printf("load %.1f s, query %.1f s, %llu retries\n%s", outcome.report().timing.load_s,
                outcome.report().timing.query_s, static_cast<unsigned long long>(outcome.report().retries),
                said.c_str());
  }
  // Runs while `strike` hits at the moment `when`.
  static Outcome run_and_strike(const Job& job, const std::function<bool(const Progress&)>& when,
                                const std::function<void()>& strike) {
    bool struck = false;
    Outcome outcome = run(job, [&](const RunWatch& watch) {
      if (!watch.wait_until(when)) return;
      strike();
      struck = true;
    });
    EXPECT_TRUE(struck) << "the run was over before its moment came";
    return outcome;
  }

  // Those that any session can use.
  static std::string staging_tables() {
    return cluster_->value(
        "select count(*) from crdb_internal.tables where name like 'firmquery%' and state = 'PUBLIC' and "
        "schema_name = 'public'");
  }
  static std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }

  static std::unique_ptr<CockroachCluster> cluster_;
  TempDir directory_;
};
std::unique_ptr<CockroachCluster> Cluster::cluster_;

// Reading takes five seconds at least, so that what happens beside it happens in the middle.
constexpr double kPace = kRows / 2 / 5.0;

bool half_loaded(const Progress& progress) {
  return progress.phase == Phase::loading && progress.ids_loaded >= kRows / 4;
}
bool some_read(const Progress& progress) {
  return progress.phase == Phase::querying && progress.ids_done > 0;
}

TEST_F(Cluster, SessionsGoToDifferentNodes) {
  std::set<std::string> nodes;
  Job slow = job(StrategyKind::array);
  slow.pace = kPace;
  const Outcome outcome = run_and_strike(slow, some_read, [&] {
    for (const auto& row : cluster_->execute(
             "select node_id from [show cluster sessions] where application_name like 'firmquery%'"))
      nodes.insert(row[0].value());
  });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_EQ(nodes.size(), 3u);
}

// What is asked about on three nodes is what is asked about on one, and leaves as little.
TEST_F(Cluster, PlanAndDoctorSeeAFullScanAndWriteNothing) {
  cluster_->execute("set cluster setting sql.stats.automatic_collection.enabled = false");
  cluster_->execute("create table unknown (firm_root_id bigint primary key, name text)");
  cluster_->execute("insert into unknown select n * 2, 'firm' from generate_series(1, 1000) n");
  const char* jobs = "select count(*) from [show jobs] where job_type like '%SCHEMA CHANGE'";
  const std::string before = cluster_->value(jobs);
  Job listed = job(StrategyKind::in_list);
  directory_.write("out.ids", numbers(1, 2000, 7));  // a dense list is one span of the index
  listed.connections = 1;
  listed.sql = "select firm_root_id, name from unknown where firm_root_id in ({ID_PLACEHOLDER})";
  Progress progress;
  const auto plan = plan_job(listed, progress, {});
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->sample_ids, 250u);
  const auto scan = AllOf(HasSubstr("every range would read the whole of unknown"),
                          HasSubstr("size unknown: no statistics"));
  EXPECT_THAT(plan->warnings, Contains(scan));
  const auto diagnosis = examine_job(listed, {});
  ASSERT_TRUE(diagnosis) << diagnosis.error().to_string();
  std::vector<std::string> details;
  for (const Check& check : diagnosis->checks) details.push_back(check.detail);
  EXPECT_THAT(details, Contains(scan));
  EXPECT_EQ(cluster_->value(jobs), before);
}

TEST_F(Cluster, ANodeIsKilledDuringTheLoad) {
  const Outcome outcome =
      run_and_strike(job(StrategyKind::temp_table), half_loaded, [] { cluster_->node(0).signal(SIGKILL); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_GT(outcome.report().retries, 0u);
}

TEST_F(Cluster, ANodeIsKilledDuringTheLoadOfAStagingTable) {
  const Outcome outcome = run_and_strike(job(StrategyKind::staging_table), half_loaded,
                                         [] { cluster_->node(1).signal(SIGKILL); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_GT(outcome.report().retries, 0u);
  EXPECT_EQ(staging_tables(), "0");
}

TEST_F(Cluster, ANodeIsKilledDuringTheRanges) {
  for (const StrategyKind strategy : {StrategyKind::temp_table, StrategyKind::staging_table}) {
    SCOPED_TRACE(to_string(strategy));
    SetUp();
    Job slow = job(strategy);
    slow.out += to_string(strategy);
    slow.pace = kPace;
    const Outcome outcome = run_and_strike(slow, some_read, [] { cluster_->node(1).signal(SIGKILL); });
    ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
    EXPECT_GT(outcome.report().retries, 0u);
    EXPECT_EQ(staging_tables(), "0");
  }
}

// A drained node waits two seconds for its statements and then ends the sessions, the run's in
// mid-transaction.
TEST_F(Cluster, ANodeIsDrainedDuringTheRanges) {
  Job slow = job(StrategyKind::temp_table);
  slow.pace = kPace;
  const Outcome outcome = run_and_strike(slow, some_read, [] { cluster_->node(0).drain(); });
  cluster_->node(0).signal(SIGKILL);  // it would refuse the sessions of the next test
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_GT(outcome.report().retries, 0u);
}

TEST_F(Cluster, ANodeIsShutDownGracefullyDuringTheRanges) {
  Job slow = job(StrategyKind::staging_table);
  slow.pace = kPace;
  const Outcome outcome = run_and_strike(slow, some_read, [] { cluster_->node(2).signal(SIGTERM); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_GT(outcome.report().retries, 0u);
  EXPECT_EQ(staging_tables(), "0");
}

TEST_F(Cluster, ANodeIsShutDownGracefullyDuringTheLoad) {
  const Outcome outcome =
      run_and_strike(job(StrategyKind::temp_table), half_loaded, [] { cluster_->node(2).signal(SIGTERM); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
}

// A killed node keeps its hold on the staging table for the five minutes of its lease: the DROP is given up,
// said so, and done all the same.
TEST_F(Cluster, ADropThatWaitsForAKilledNodeDoesNotHoldTheRun) {
  Job slow = job(StrategyKind::staging_table);
  slow.pace = kPace;
  const Outcome outcome = run_and_strike(slow, some_read, [] { cluster_->node(1).signal(SIGKILL); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_THAT(outcome.log.warnings, Contains(AllOf(HasSubstr("dropping the staging table firmquery_staging_"),
                                                   HasSubstr("doctor --clean-staging"))));
  cluster_->node(1).start_if_ended();
  cluster_->node(1).wait_until_ready();
  const auto cleaned = clean_staging(slow.connect, {std::chrono::seconds(0)}, now());
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  for (const LeftoverTable& table : *cleaned)
    EXPECT_TRUE(table.dropped) << table.problem.value_or(Error{}).to_string();
  EXPECT_EQ(staging_tables(), "0");
}

}  // namespace
}  // namespace firmquery::test

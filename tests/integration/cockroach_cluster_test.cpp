// Three nodes, of which one goes away while a run is at work: killed, or drained as in a rolling restart. The
// run completes with the right answer whatever it was doing.
#include <csignal>

#include "integration/run_case.hpp"
#include "support/cockroach.hpp"

namespace firmquery::test {
namespace {

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

  static std::unique_ptr<CockroachCluster> cluster_;
  TempDir directory_;
};
std::unique_ptr<CockroachCluster> Cluster::cluster_;

bool half_loaded(const Progress& progress) {
  return progress.phase == Phase::loading && progress.ids_loaded >= kRows / 4;
}
bool some_read(const Progress& progress) {
  return progress.phase == Phase::querying && progress.ids_done > 0;
}

TEST_F(Cluster, SessionsGoToDifferentNodes) {
  std::multiset<std::string> nodes;
  const Outcome outcome = run_and_strike(job(StrategyKind::array), some_read, [&] {
    for (const auto& row :
         cluster_->execute("select node_id from [show cluster sessions] where application_name "
                           "like 'firmquery%' and active_queries like '%firm_root_id%'"))
      nodes.insert(row[0].value());
  });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_GE(std::set<std::string>(nodes.begin(), nodes.end()).size(), 2u);
}

TEST_F(Cluster, ANodeIsKilledDuringTheLoad) {
  const Outcome outcome =
      run_and_strike(job(StrategyKind::temp_table), half_loaded, [] { cluster_->node(0).signal(SIGKILL); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_GT(outcome.report().retries, 0u);
}

TEST_F(Cluster, ANodeIsKilledDuringTheRanges) {
  const Outcome outcome =
      run_and_strike(job(StrategyKind::temp_table), some_read, [] { cluster_->node(0).signal(SIGKILL); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_GT(outcome.report().retries, 0u);
}

TEST_F(Cluster, ANodeIsKilledDuringTheRangesOfAStagingTable) {
  const Outcome outcome =
      run_and_strike(job(StrategyKind::staging_table), some_read, [] { cluster_->node(1).signal(SIGKILL); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  EXPECT_EQ(cluster_->value("select count(*) from crdb_internal.tables where name like 'firmquery%' and "
                            "state = 'PUBLIC' and schema_name = 'public'"),
            "0");
}

TEST_F(Cluster, ANodeIsDrained) {
  const Outcome outcome =
      run_and_strike(job(StrategyKind::temp_table), some_read, [] { cluster_->node(0).drain(); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
  cluster_->node(0).signal(SIGKILL);  // it would refuse the sessions of the next test
  cluster_->node(0).wait_until_ended();
}

TEST_F(Cluster, ANodeIsShutDownGracefullyDuringTheLoad) {
  const Outcome outcome =
      run_and_strike(job(StrategyKind::temp_table), half_loaded, [] { cluster_->node(2).signal(SIGTERM); });
  ASSERT_NO_FATAL_FAILURE(expect_the_right_answer(outcome));
}

}  // namespace
}  // namespace firmquery::test

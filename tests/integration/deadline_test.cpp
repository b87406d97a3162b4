// Whether a run ends in time: it is refused when it is not likely to, and stopped when it has not.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "firmquery/preflight/plan_report.hpp"
#include "integration/replayed_cluster.hpp"
#include "support/moving_clock.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kTimed = 30'000;
constexpr const char* kTimedQuery =
    "select firm_root_id, n from timed where firm_root_id in ({ID_PLACEHOLDER})";
// Each row takes two milliseconds of the server's.
constexpr const char* kTimedSlowQuery =
    "select firm_root_id, n, pg_sleep(0.002)::text as waited from timed where firm_root_id in "
    "({ID_PLACEHOLDER})";

class InTime : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "drop table if exists timed; create table timed (firm_root_id bigint primary key, n int); "
        "insert into timed select n, n from generate_series(1, " +
        std::to_string(kTimed) + ") n; analyze timed");
  }
  void SetUp() override {
    directory_.write("ids.csv", numbers(1, kTimed));
    directory_.write("fast.sql", kTimedQuery);
    directory_.write("slow.sql", kTimedSlowQuery);
    directory_.write("job.yaml",
                     "input:\n  ids: ids.csv\nquery:\n  file: fast.sql\napplication:\n  job: nightly\n"
                     "output:\n  default_directory: runs\n  filename_pattern: \"run_{timestamp}\"\n"
                     "  metrics_file: nightly.prom\n");
  }
  ProcessOptions here() const {
    ProcessOptions options;
    options.directory = directory_.path();
    options.environment = {{"FIRMQUERY_DSN", shared_server().dsn()}};
    return options;
  }
  ProcessResult start(std::vector<std::string> words, const std::vector<std::string>& more = {}) const {
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"--progress", "never"});
    return run_process(FIRMQUERY_BINARY, words, here());
  }
  std::set<fs::path> runs() const {
    std::set<fs::path> found;
    std::error_code none_yet;
    for (const auto& entry : fs::directory_iterator(directory_ / "runs", none_yet))
      if (entry.is_directory()) found.insert(entry.path());
    return found;
  }
  // As if the run had taken so long.
  static void let_have_taken(const fs::path& run, double seconds) {
    auto report = nlohmann::ordered_json::parse(read_text(run / "report.json"));
    report["timing"]["query_s"] = report["timing"]["total_s"] = seconds;
    write_text(run / "report.json", report.dump(2) + "\n");
  }
  Job job(const std::string& sql) const {
    return make_job(directory_, shared_server().dsn(), numbers(1, kTimed), sql);
  }
  static Deadline in(std::chrono::seconds seconds) {
    return {std::chrono::system_clock::now() + seconds, std::to_string(seconds.count())};
  }

  const TempDir directory_;
};

TEST_F(InTime, EarlierRunsSayThatThereIsNotEnough) {
  Job job = this->job(kTimedQuery);
  job.past = {{kTimed, 0, 7200, 0, 0}};
  job.deadline = in(1h);
  const Outcome refused = run(job);
  ASSERT_FALSE(refused.result);
  EXPECT_EQ(refused.result.error().kind, ErrorKind::late);
  EXPECT_EQ(exit_code(refused.result.error().kind), 4);
  EXPECT_THAT(
      refused.result.error().to_string(),
      AllOf(HasSubstr("the run was not begun: the run needs about 2.0 h (an estimate by earlier runs of this "
                      "job), but the deadline (--deadline 3600) is in"),
            HasSubstr("--late warn"), Not(HasSubstr("firmquery resume"))));
  EXPECT_FALSE(fs::exists(job.out));

  job.late = Late::warn;
  const Outcome warned = run(job);
  ASSERT_TRUE(warned.result) << warned.result.error().to_string();
  EXPECT_EQ(warned.report().status, "complete");
  EXPECT_THAT(warned.log.warnings, ElementsAre(HasSubstr("but the deadline (--deadline 3600) is in")));
  ASSERT_TRUE(warned.report().estimate);
  EXPECT_EQ(warned.report().estimate->source, "history");
  EXPECT_EQ(warned.report().estimate->runs, 1u);
  EXPECT_DOUBLE_EQ(*warned.report().estimate->seconds, 7200);
}

TEST_F(InTime, WhereThereIsEnoughNothingIsSaid) {
  Job job = this->job(kTimedQuery);
  job.past = {{kTimed, 0, 5, 0, 0}};
  job.deadline = in(24h);
  const Outcome outcome = run(job);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_THAT(outcome.log.warnings, IsEmpty());
}

TEST_F(InTime, NobodyAsksWhereNothingEnds) {
  const Outcome outcome = run(job(kTimedQuery));
  ASSERT_TRUE(outcome.result);
  EXPECT_EQ(outcome.report().estimate->source, "none");
  EXPECT_FALSE(outcome.report().estimate->seconds);
  EXPECT_EQ(outcome.report().estimate->ids, static_cast<std::uint64_t>(kTimed));
}

// Thirty seconds on each session at least, whatever the machine.
TEST_F(InTime, WithoutEarlierRunsSomeOfTheIDsAreRead) {
  Job job = this->job(kTimedSlowQuery);
  job.deadline = in(25s);
  const Outcome refused = run(job);
  ASSERT_FALSE(refused.result);
  EXPECT_EQ(refused.result.error().kind, ErrorKind::late) << refused.result.error().to_string();
  EXPECT_THAT(refused.result.error().message,
              HasSubstr("(an estimate from some of its 30000 IDs), but the deadline"));
  EXPECT_FALSE(fs::exists(job.out));

  Progress progress;
  const auto plan = plan_job(job, progress, {});
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->estimate.source, "probe");
  ASSERT_TRUE(plan->estimate.seconds);
  EXPECT_GE(*plan->estimate.seconds, 25);
  EXPECT_TRUE(plan->refused);
  EXPECT_THAT(plan->bounds, ElementsAre("deadline"));
  ASSERT_EQ(plan->late.size(), 1u);
}

TEST_F(InTime, TheEarlierRunsOfAJobAreItsHistory) {
  ASSERT_EQ(start({"run", "job.yaml"}).exit_code, 0);
  ASSERT_EQ(runs().size(), 1u);
  let_have_taken(*runs().begin(), 36'000);
  const ProcessResult planned = start({"plan", "job.yaml", "--json", "--deadline", "3600"});
  ASSERT_EQ(planned.exit_code, 0) << planned.err;
  const auto plan = nlohmann::json::parse(planned.out);
  EXPECT_EQ(plan["estimate"]["source"], "history");
  EXPECT_EQ(plan["estimate"]["runs"], 1);
  EXPECT_EQ(plan["estimate"]["refused"], true);
  EXPECT_THAT(start({"plan", "job.yaml", "--deadline", "360000"}).out,
              AllOf(HasSubstr("Time needed: about 10 h 00 min, by the last run of this job"),
                    HasSubstr("fits: before --deadline")));

  const std::string hook = directory_.write("hook", "#!/bin/sh\necho \"told $FIRMQUERY_STATUS\"\n");
  fs::permissions(hook, fs::perms::owner_all);
  const ProcessResult refused =
      start({"run", "job.yaml", "--deadline", "3600", "--json", "--on-finish", "./hook"});
  EXPECT_EQ(refused.exit_code, 4) << refused.err;
  EXPECT_EQ(nlohmann::json::parse(refused.out)["error"]["kind"], "late");
  EXPECT_THAT(refused.err, HasSubstr("told refused_for_time"));
  EXPECT_EQ(runs().size(), 1u);
  EXPECT_THAT(read_text(directory_ / "nightly.prom"),
              AllOf(HasSubstr("firmquery_refused_for_time{job=\"nightly\"} 1\n"),
                    HasSubstr("firmquery_last_attempt_exit_code{job=\"nightly\"} 4\n"),
                    HasSubstr("firmquery_missing_ids{job=\"nightly\"} 0\n")));

  const ProcessResult all_the_same =
      start({"run", "job.yaml", "--deadline", "3600", "--late", "warn", "--json"});
  EXPECT_EQ(all_the_same.exit_code, 0) << all_the_same.err;
  const auto report = nlohmann::json::parse(all_the_same.out);
  EXPECT_EQ(report["estimate"]["source"], "history");
  EXPECT_NEAR(report["estimate"]["seconds"].get<double>(), 36'000, 1);
  EXPECT_THAT(read_text(directory_ / "nightly.prom"),
              HasSubstr("firmquery_refused_for_time{job=\"nightly\"} 0\n"));
}

TEST_F(InTime, ADeadlineThatIsNoneIsRefusedAtOnce) {
  for (const char* deadline : {"6 o'clock", "2020-01-01T00:00:00Z"})
    EXPECT_EQ(start({"run", "job.yaml", "--deadline", deadline}).exit_code, 2) << deadline;
  EXPECT_THAT(runs(), IsEmpty());
}

// The clock that the program goes by is moved past its deadline while it reads.
class PastTheDeadline : public InTime {
 protected:
  void SetUp() override {
    if (const std::string obstacle = MovingClock::obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
    InTime::SetUp();
  }
  // Paced to take half a minute, of which it gets what is needed for a first unit.
  ProcessResult stopped(std::vector<std::string> words) const {
    const MovingClock clock(directory_);
    const auto before = runs();
    ProcessOptions options = here();
    clock.show_to(options);
    words.insert(words.end(), {"--pace", "1000", "--progress", "never", "--deadline", "7200"});
    Process process = Process::start(FIRMQUERY_BINARY, words, options);
    const auto has_read = [&] {
      for (const fs::path& run : runs()) {
        const auto journal = read_file(run / "journal.jsonl");
        if (before.count(run) == 0 && journal && journal->find("\"unit\"") != std::string::npos) return true;
      }
      return false;
    };
    while (!has_read()) {
      if (process.wait(5ms)) throw std::runtime_error("it has ended: " + process.err());
    }
    clock.move("+3h");
    const auto exit = process.wait(10min);
    if (!exit) throw std::runtime_error("it does not end");
    return {*exit, process.out(), process.err()};
  }
};

TEST_F(PastTheDeadline, TheRunStopsAndCanBeGoneOnWith) {
  const ProcessResult result = stopped({"run", "job.yaml", "--resume", "--json"});
  EXPECT_EQ(result.exit_code, 4) << result.err;
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("the deadline (--deadline 7200) has come before everything was read"),
                    HasSubstr("firmquery resume runs/run_")));
  const auto report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report["status"], "interrupted");
  EXPECT_EQ(report["error"]["kind"], "late");
  ASSERT_EQ(runs().size(), 1u);
  const fs::path run = *runs().begin();
  EXPECT_EQ(nlohmann::json::parse(read_text(run / "report.json"))["status"], "interrupted");
  for (const char* name : {"results.csv", "missing.csv", "manifest.json"})
    EXPECT_FALSE(fs::exists(run / name)) << name;
  EXPECT_THAT(read_text(directory_ / "nightly.prom"),
              AllOf(HasSubstr("firmquery_refused_for_time{job=\"nightly\"} 0\n"),
                    HasSubstr("firmquery_last_attempt_exit_code{job=\"nightly\"} 4\n")));
  // The server is left alone.
  EXPECT_EQ(
      shared_server().value("select count(*) from pg_stat_activity where application_name like 'firmquery%'"),
      "0");

  // The deadline was that start's: who goes on by hand has none.
  const ProcessResult resumed = start({"resume", run.string(), "--pace", "1000000", "--json"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(nlohmann::json::parse(resumed.out)["starts"].size(), 2u);
  std::multiset<std::string> rows = {"firm_root_id,n"};
  for (int n = 1; n <= kTimed; ++n) rows.insert(std::to_string(n) + "," + std::to_string(n));
  EXPECT_TRUE(lines_of(read_text(run / "results.csv")) == rows);
  EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", run.string()}, here()).exit_code, 0);
}

// A resumption that is refused leaves the run as it was, and it is estimated by what is left.
TEST_F(PastTheDeadline, WhatIsLeftCounts) {
  ASSERT_EQ(start({"run", "job.yaml"}).exit_code, 0);
  const fs::path first = *runs().begin();
  ASSERT_EQ(stopped({"run", "job.yaml", "--resume"}).exit_code, 4);
  fs::path run;
  for (const fs::path& path : runs())
    if (path != first) run = path;
  const auto before = nlohmann::json::parse(read_text(run / "report.json"));
  let_have_taken(first, 1'000'000);
  const std::uint64_t rows = before["starts"][0]["rows"];
  ASSERT_GT(rows, 0u);

  const ProcessResult refused = start({"run", "job.yaml", "--resume", "--deadline", "3600"});
  EXPECT_EQ(refused.exit_code, 4) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("firmquery resume runs/" + run.filename().string()));
  const auto after = nlohmann::json::parse(read_text(run / "report.json"));
  EXPECT_EQ(after["status"], "interrupted");
  EXPECT_EQ(after["starts"], before["starts"]);

  const ProcessResult done = start({"run", "job.yaml", "--resume", "--pace", "1000000", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(runs().size(), 2u);
  const auto report = nlohmann::json::parse(done.out);
  EXPECT_EQ(report["estimate"]["ids"], kTimed - rows);
  EXPECT_LT(report["estimate"]["seconds"].get<double>(), 1'000'000.0);
  EXPECT_EQ(report["starts"].size(), 3u);
}

// CockroachDB's past can be read for so long: four hours, says the script.
class InTheWindow : public ReplayedCase {
 protected:
  Outcome run(const Job& job) const { return firmquery::test::run(job); }
};

TEST_P(InTheWindow, ARunThatNeedsLongerIsWarnedOfOrRefused) {
  ReplayedCluster cluster(GetParam());
  const ScriptedServer server(parameters(), std::ref(cluster));
  Job job = this->job(server);
  job.past = {{5, 0, 5 * 3600, 0, 0}};
  const Outcome warned = run(job);
  ASSERT_TRUE(warned.result) << warned.result.error().to_string();
  EXPECT_THAT(warned.log.warnings,
              ::testing::Contains(
                  AllOf(HasSubstr("the run needs about 5.0 h (an estimate by earlier runs of this job), "
                                  "but what the tables hold at the run's instant stays readable for only "
                                  "4.0 h"),
                        HasSubstr("gc.ttlseconds"))));
  EXPECT_TRUE(warned.report().left.gc_window_s);

  job.out = directory_ / "refused";
  job.late = Late::refuse;
  const Outcome refused = run(job);
  ASSERT_FALSE(refused.result);
  EXPECT_EQ(refused.result.error().kind, ErrorKind::late);
  EXPECT_FALSE(fs::exists(job.out));
  // Without an instant there is nothing that fades.
  job.snapshot = false;
  EXPECT_TRUE(run(job).result);
  job.snapshot = true;
  job.out = directory_ / "short";
  job.past = {{5, 0, 3 * 3600, 0, 0}};
  EXPECT_TRUE(run(job).result);
}

INSTANTIATE_TEST_SUITE_P(Versions, InTheWindow, ::testing::ValuesIn(kReplayedVersions),
                         [](const auto& version) { return std::string(version.param.name); });

}  // namespace
}  // namespace firmquery::test

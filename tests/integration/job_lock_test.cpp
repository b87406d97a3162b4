// One run of a named job at a time, over all hosts: two of them are two default directories here, which share nothing
// but the server.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "firmquery/preflight/doctor.hpp"
#include "integration/replayed_cluster.hpp"
#include "preparing/job_lock.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr const char* kHeldQuery =
    "select firm_root_id, n from held where firm_root_id in ({ID_PLACEHOLDER})";

std::string lock_key_of(const std::string& job) {
  return std::to_string(job_lock_key(job));
}

// The process of the server that holds the job's lock; empty: none does.
std::string lock_holder_of(const std::string& job) {
  const std::string key = lock_key_of(job);
  return shared_server().value(
      "select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 1 and "
      "classid::bigint = ((" +
      key + "::bigint) >> 32) & 4294967295 and objid::bigint = (" + key + "::bigint) & 4294967295");
}

class TwoHosts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create table held (firm_root_id bigint primary key, n int); "
        "insert into held select n, n from generate_series(1, 30000) n; analyze held");
  }
  void SetUp() override {
    for (const char* host : {"a", "b"}) {
      directory_.write(std::string(host) + "/ids.csv", numbers(1, 30'000));
      directory_.write(std::string(host) + "/q.sql", kHeldQuery);
      directory_.write(std::string(host) + "/job.yaml",
                       "input:\n  ids: ids.csv\nquery:\n  file: q.sql\napplication:\n  job: nightly\n"
                       "output:\n  default_directory: runs\n  filename_pattern: \"run_{timestamp}\"\n");
    }
  }
  ProcessOptions on(const std::string& host) const {
    ProcessOptions options;
    options.directory = directory_ / host;
    options.environment = {{"FIRMQUERY_DSN", shared_server().dsn()}};
    return options;
  }
  static std::vector<std::string> command(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"run", "job.yaml", "--progress", "never"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  ProcessResult start(const std::string& host, const std::vector<std::string>& more = {}) const {
    return run_process(FIRMQUERY_BINARY, command(more), on(host));
  }
  std::vector<fs::path> runs(const std::string& host) const {
    std::vector<fs::path> found;
    std::error_code none_yet;
    for (const auto& entry : fs::directory_iterator(directory_ / (host + "/runs"), none_yet))
      if (entry.is_directory()) found.push_back(entry.path());
    return found;
  }
  // Paced to take half a minute, and seen to have read something.
  Process reading(const std::string& host, std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--pace", "1000"});
    Process process = Process::start(FIRMQUERY_BINARY, command(more), on(host));
    const auto has_read = [&] {
      for (const fs::path& run : runs(host)) {
        const auto journal = read_file(run / "journal.jsonl");
        if (journal && journal->find("\"unit\"") != std::string::npos) return true;
      }
      return false;
    };
    while (!has_read()) {
      if (process.wait(5ms)) throw std::runtime_error("the run has ended: " + process.err());
    }
    return process;
  }

  const TempDir directory_;
};

TEST_F(TwoHosts, TheSecondRunIsSkippedOrFailsUntilTheFirstIsGone) {
  Process first = reading("a");
  ASSERT_THAT(lock_holder_of("nightly"), Not(IsEmpty()));
  const ProcessResult skipped = start("b", {"--on-overlap", "skip", "--json"});
  EXPECT_EQ(skipped.exit_code, 7) << skipped.err;
  EXPECT_THAT(skipped.err, AllOf(HasSubstr("skipped: another run of job nightly is in progress: session " +
                                           lock_holder_of("nightly") + " (firmquery job lock, "),
                                 HasSubstr(" pid "), HasSubstr(" of role ")));
  EXPECT_EQ(nlohmann::json::parse(skipped.out)["status"], "skipped");
  EXPECT_THAT(runs("b"), IsEmpty());
  const ProcessResult failed = start("b");
  EXPECT_EQ(failed.exit_code, 7);
  EXPECT_THAT(failed.err, HasSubstr("--on-overlap wait"));
  EXPECT_THAT(runs("b"), IsEmpty());
  // Another job, and one without a name, have nothing to do with it.
  EXPECT_EQ(start("b", {"--job", "hourly", "--out", "hourly"}).exit_code, 0);

  // The server lets go of what a killed process has held.
  first.signal(SIGKILL);
  first.wait(10min);
  const ProcessResult waited = start("b", {"--on-overlap", "wait"});
  EXPECT_EQ(waited.exit_code, 0) << waited.err;
  EXPECT_THAT(lock_holder_of("nightly"), IsEmpty());
  // And a run that has ended has let go by itself: the next one does not meet it.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(start("b", {"--on-overlap", "skip"}).exit_code, 0);
}

TEST_F(TwoHosts, AResumedRunIsOneOfTheJobToo) {
  Process killed = reading("a");
  killed.signal(SIGKILL);
  killed.wait(10min);
  Process other = reading("b", {"--on-overlap", "wait"});
  const std::string run = "runs/" + runs("a").front().filename().string();
  const ProcessResult refused =
      run_process(FIRMQUERY_BINARY, {"resume", run, "--progress", "never"}, on("a"));
  EXPECT_EQ(refused.exit_code, 7) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("another run of job nightly is in progress"));
  other.signal(SIGTERM);
  EXPECT_EQ(other.wait(10min), 143);
  const ProcessResult resumed =
      run_process(FIRMQUERY_BINARY, {"resume", run, "--progress", "never", "--pace", "1000000"}, on("a"));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
}

TEST_F(TwoHosts, ALockThatWasLostIsTakenAgain) {
  Process process = reading("a");
  const std::string before = lock_holder_of("nightly");
  ASSERT_EQ(shared_server().value("select pg_terminate_backend(" + before + ")"), "t");
  while (true) {
    const std::string now = lock_holder_of("nightly");
    if (!now.empty() && now != before) break;
    ASSERT_FALSE(process.wait(20ms)) << process.err();
  }
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(10min), 130);
  EXPECT_THAT(process.err(),
              HasSubstr("the session that held the lock of job nightly was lost; it is held again"));
}

// Another run waits for the lock, and gets it before the first can take it again.
TEST_F(TwoHosts, WhoLosesItToAnotherRunStopsAndCanBeGoneOnWith) {
  Process process = reading("a");
  const std::string before = lock_holder_of("nightly");
  std::jthread other([&](const std::stop_token& stop) {
    ConnectOptions options;
    options.dsn = shared_server().dsn();
    options.application_name = "the other";
    auto session = Session::open(options);
    if (!session || !session->execute("begin; select pg_advisory_xact_lock(" + lock_key_of("nightly") + ")"))
      return;
    while (!stop.stop_requested()) std::this_thread::sleep_for(10ms);
  });
  while (shared_server().value("select count(*) from pg_locks where locktype = 'advisory' and not granted") ==
         "0")
    std::this_thread::sleep_for(10ms);
  ASSERT_EQ(shared_server().value("select pg_terminate_backend(" + before + ")"), "t");
  EXPECT_EQ(process.wait(10min), 4);
  EXPECT_THAT(
      process.err(),
      AllOf(HasSubstr("the session that held the lock of job nightly was lost, and session"),
            HasSubstr("(the other)"), HasSubstr("has the lock now"), HasSubstr("firmquery resume runs/")));
  other.request_stop();
  other.join();
  EXPECT_EQ(start("a", {"--resume", "--pace", "1000000", "--on-overlap", "wait"}).exit_code, 0);
  EXPECT_EQ(runs("a").size(), 1u);
}

TEST_F(TwoHosts, DoctorSaysWhichLockHolds) {
  const auto check = [&] { return run_process(FIRMQUERY_BINARY, {"doctor", "job.yaml"}, on("b")).out; };
  EXPECT_THAT(check(), HasSubstr("advisory lock " + lock_key_of("nightly") + " on "));
  EXPECT_THAT(lock_holder_of("nightly"), IsEmpty());
  Process process = reading("a");
  EXPECT_THAT(check(), HasSubstr("another run of job nightly is in progress: session"));
  process.signal(SIGKILL);
  process.wait(10min);
}

class ReplayedLock : public ReplayedCase {
 protected:
  static std::string notes_of(const Job& job, std::optional<Error>* error = nullptr) {
    class Notes : public Observer {
     public:
      void on(const Event& event) override {
        if (const auto* note = std::get_if<event::Note>(&event.body)) text += note->text + "\n";
      }
      std::string text;
    } notes;
    const RunOutcome outcome = firmquery::run_job(job, notes, {});
    if (error != nullptr) *error = outcome.error;
    return notes.text;
  }
  static void expect_held_by_nobody(const std::optional<Error>& error) {
    EXPECT_FALSE(error) << error->to_string();
  }
};

TEST_P(ReplayedLock, StubsThatSayYesToEverybodyAreNotTrusted) {
  ReplayedCluster cluster(GetParam());
  const ScriptedServer server(parameters(), std::ref(cluster));
  Job job = this->job(server);
  job.name = "nightly";
  std::optional<Error> error;
  EXPECT_THAT(notes_of(job, &error), AllOf(HasSubstr("no server holds a lock of job nightly for all hosts: "),
                                           HasSubstr("gives its advisory locks to everybody who asks")));
  expect_held_by_nobody(error);
  const auto diagnosis = examine_job(job, {});
  ASSERT_TRUE(diagnosis);
  const auto found = std::find_if(diagnosis->checks.begin(), diagnosis->checks.end(),
                                  [](const Check& check) { return check.name == "job lock"; });
  ASSERT_NE(found, diagnosis->checks.end());
  EXPECT_EQ(found->status, CheckStatus::warn);
}

TEST_P(ReplayedLock, AVersionThatHasOneHoldsIt) {
  ReplayedCluster cluster(GetParam());
  cluster.lock_grants = 1;
  const ScriptedServer server(parameters(), std::ref(cluster));
  Job job = this->job(server);
  job.name = "nightly";
  std::optional<Error> error;
  EXPECT_THAT(notes_of(job, &error), HasSubstr("job nightly is locked for all hosts: advisory lock"));
  expect_held_by_nobody(error);
  // It is still held, as far as this server is concerned.
  Job again = this->job(server);
  again.name = "nightly";
  again.out = directory_ / "again";
  (void)notes_of(again, &error);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::overlap);
  EXPECT_FALSE(fs::exists(again.out));
}

// Where the cluster has none, the server that the IDs come from keeps runs apart.
TEST_P(ReplayedLock, TheServerOfTheIDsHoldsItInstead) {
  ReplayedCluster cluster(GetParam());
  const ScriptedServer server(parameters(), std::ref(cluster));
  Job job = this->job(server);
  job.name = "weekly";
  job.ids_path = "sql:select n from generate_series(1, 5) n";
  job.staging.dsn = shared_server().dsn();
  std::optional<Error> error;
  EXPECT_THAT(notes_of(job, &error), HasSubstr("job weekly is locked for all hosts: advisory lock"));
  expect_held_by_nobody(error);
  ConnectOptions options;
  options.dsn = shared_server().dsn();
  auto other = Session::open(options);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("begin; select pg_advisory_xact_lock(" + lock_key_of("weekly") + ")"));
  job.out = directory_ / "again";
  (void)notes_of(job, &error);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::overlap);
}

INSTANTIATE_TEST_SUITE_P(Versions, ReplayedLock, ::testing::ValuesIn(kReplayedVersions),
                         [](const auto& version) { return std::string(version.param.name); });

}  // namespace
}  // namespace firmquery::test

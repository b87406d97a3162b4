// The program as a scheduler and an impatient person use it: killed, terminated, started again from
// elsewhere.
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "firmquery/db/session.hpp"
#include "integration/run_case.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class ResumeCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create table slow (firm_root_id bigint primary key, n int); "
        "insert into slow select n * 2, n from generate_series(1, 30000) n; analyze slow; "
        "create role reader login password 'hunter2'; grant select on slow to reader");
  }
  void SetUp() override {
    directory_.write("q.sql", "select firm_root_id, n from slow where firm_root_id in ({ID_PLACEHOLDER})");
    directory_.write("ids.txt", numbers(1, 60'000));
  }
  // Paced to take half a minute; nobody waits for its end.
  std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"run",
                                    "--ids",
                                    "ids.txt",
                                    "--query",
                                    "q.sql",
                                    "--out",
                                    "out",
                                    "--pace",
                                    "1000",
                                    "--dsn",
                                    shared_server().dsn()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  ProcessOptions here(const std::string& input = {}) const {
    ProcessOptions options;
    options.directory = directory_.path();
    options.input = input;
    return options;
  }
  // Waits until some of the rows are in the journal, so that there is something to go on with.
  void wait_for_units(Process& process) const {
    while (true) {
      const auto text = read_file(directory_ / "out/journal.jsonl");
      if (text && text->find("\"unit\"") != std::string::npos) return;
      ASSERT_FALSE(process.wait(10ms)) << process.err();
    }
  }
  void expect_whole(const ProcessResult& result) const {
    ASSERT_EQ(result.exit_code, 0) << result.err;
    std::multiset<std::string> rows = {"firm_root_id,n"};
    for (int n = 1; n <= 30'000; ++n) rows.insert(std::to_string(2 * n) + "," + std::to_string(n));
    EXPECT_TRUE(lines_of(read_text(directory_ / "out/results.csv")) == rows);
    EXPECT_EQ(first_column_of_missing(read_text(directory_ / "out/missing.csv")),
              "firm_root_id\n" + numbers(1, 60'000, 2));
    EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", "out"}, here()).exit_code, 0);
  }

  // What --json printed: one object and nothing else.
  static nlohmann::json object_of(const ProcessResult& result) {
    auto json = nlohmann::json::parse(result.out, nullptr, false);
    EXPECT_TRUE(json.is_object()) << result.out;
    return json.is_object() ? json : nlohmann::json::object();
  }

  const TempDir directory_;
};

TEST_F(ResumeCommand, FinishesAKilledRunFromAnyDirectory) {
  Process process = Process::start(FIRMQUERY_BINARY, arguments(), here());
  wait_for_units(process);
  process.signal(SIGKILL);
  process.wait(10min);
  expect_whole(run_process(FIRMQUERY_BINARY, {"resume", (directory_ / "out").string(), "--pace", "1000000"}));
  // As a kill between the manifest and the last step leaves it.
  directory_.write("out/.results.csv.0.part", "1,1\n");
  EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", "out"}, here()).exit_code, 0);
  const ProcessResult again = run_process(FIRMQUERY_BINARY, {"resume", (directory_ / "out").string()});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(flat(again.err), HasSubstr("complete already"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out/.results.csv.0.part"));
  // Of a partial run that was killed in its export; a complete one writes no such file again.
  directory_.write("out/.unresolved.csv.part", "1\n");
  EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"resume", "out"}, here()).exit_code, 0);
  EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", "out"}, here()).exit_code, 0);
}

TEST_F(ResumeCommand, FinishesARunThatWasTerminatedOrInterrupted) {
  for (const auto& [signal, code] : {std::pair(SIGTERM, 143), std::pair(SIGINT, 130)}) {
    std::filesystem::remove_all(directory_ / "out");
    Process process = Process::start(FIRMQUERY_BINARY, arguments(), here());
    wait_for_units(process);
    process.signal(signal);
    EXPECT_EQ(process.wait(10min), code) << process.err();
    EXPECT_THAT(flat(process.err()), HasSubstr("firmquery resume out goes on with the run"));
    EXPECT_EQ(run_process(FIRMQUERY_BINARY, arguments(), here()).exit_code, 2);
    expect_whole(run_process(FIRMQUERY_BINARY, arguments({"--resume", "--pace", "1000000"}), here()));
  }
}

// The pipe is gone; the run directory has kept what came through it.
TEST_F(ResumeCommand, FinishesARunWhoseListCameThroughAPipe) {
  auto words = arguments();
  words[2] = "-";
  Process process = Process::start(FIRMQUERY_BINARY, words, here(numbers(1, 60'000)));
  wait_for_units(process);
  process.signal(SIGKILL);
  process.wait(10min);
  expect_whole(run_process(FIRMQUERY_BINARY, {"resume", "out", "--pace", "1000000"}, here()));
}

// A name in Latin-1, as an old share has them.
TEST_F(ResumeCommand, FindsFilesWhoseNamesAreNotUtf8) {
  std::filesystem::rename(directory_ / "ids.txt", directory_ / "caf\xE9 100%.txt");
  std::filesystem::rename(directory_ / "q.sql", directory_ / "q\xFF.sql");
  auto words = arguments();
  words[2] = "caf\xE9 100%.txt";
  words[4] = "q\xFF.sql";
  Process process = Process::start(FIRMQUERY_BINARY, words, here());
  wait_for_units(process);
  process.signal(SIGKILL);
  process.wait(10min);
  expect_whole(run_process(FIRMQUERY_BINARY, {"resume", (directory_ / "out").string(), "--pace", "1000000"}));
}

TEST_F(ResumeCommand, TheAuditLogSaysWhoRanItWhere) {
  expect_whole(run_process(FIRMQUERY_BINARY, arguments({"--pace", "1000000"}), here()));
  const std::string audit = read_text(directory_ / "out/audit.jsonl");
  const auto start = nlohmann::json::parse(audit.substr(0, audit.find('\n')));
  EXPECT_EQ(start.at("event"), "start");
  EXPECT_EQ(start.at("os_uid"), std::to_string(::geteuid()));
  for (const char* name : {"os_user", "host", "pid", "program_version"}) {
    EXPECT_NE(start.at(name).get<std::string>(), "") << name;
  }
  const std::size_t last = audit.rfind('\n', audit.size() - 2) + 1;
  const auto end = nlohmann::json::parse(audit.substr(last));
  EXPECT_EQ(end.at("event"), "end");
  EXPECT_EQ(end.at("files").at("results.csv"), digest_file(directory_ / "out/results.csv")->sha256);
}

TEST_F(ResumeCommand, WritesNoSecretIntoTheDirectory) {
  // A URI with the password in it, as a job file should not have it.
  auto words = arguments();
  words.back() += " user=reader password=hunter2";
  Process process = Process::start(FIRMQUERY_BINARY, words, here());
  wait_for_units(process);
  process.signal(SIGTERM);
  process.wait(10min);
  for (const auto& entry : std::filesystem::directory_iterator(directory_ / "out")) {
    EXPECT_THAT(read_text(entry.path()), Not(HasSubstr("hunter2"))) << entry.path();
  }
  const auto permissions = std::filesystem::status(directory_ / "out").permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_all);
  expect_whole(run_process(FIRMQUERY_BINARY, {"resume", "out", "--pace", "1000000"}, here()));
}

TEST_F(ResumeCommand, SaysWhatIsNoRun) {
  const ProcessResult absent = run_process(FIRMQUERY_BINARY, {"resume", "nowhere"}, here());
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_THAT(flat(absent.err), HasSubstr("there is no run to resume"));
  directory_.write("damaged/journal.jsonl", "{\"event\":\"unit\"}\n");
  const ProcessResult damaged = run_process(FIRMQUERY_BINARY, {"resume", "damaged"}, here());
  EXPECT_EQ(damaged.exit_code, 3);
  EXPECT_THAT(flat(damaged.err), HasSubstr("damaged/journal.jsonl:1"));
}

// With --resume a scheduled job can always be started with the same command.
TEST_F(ResumeCommand, TheSameCommandBeginsGoesOnAndHasNothingToDo) {
  expect_whole(run_process(FIRMQUERY_BINARY, arguments({"--resume", "--pace", "1000000"}), here()));
  const ProcessResult again = run_process(FIRMQUERY_BINARY, arguments({"--resume"}), here());
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(flat(again.err), HasSubstr("nothing to do"));
}

// The first run stands still before a locked table while the others come and go.
TEST_F(ResumeCommand, OneRunOfAJobFileAtATime) {
  directory_.write("job.yaml",
                   "input:\n  ids: ids.txt\nquery:\n  file: q.sql\n"
                   "output:\n  default_directory: .\n  filename_pattern: run_{timestamp}\n");
  const auto words = [](const char* overlap) {
    return std::vector<std::string>{"run",          "job.yaml",        "--dsn",  shared_server().dsn(),
                                    "--on-overlap", overlap,           "--json", "--lock-timeout",
                                    "600",          "--query-timeout", "1200"};
  };
  ConnectOptions options;
  options.dsn = shared_server().dsn();
  std::optional<Session> holder(Session::open(options).value());
  ASSERT_TRUE(holder->execute("begin; lock table slow in access exclusive mode"));
  Process first = Process::start(FIRMQUERY_BINARY, words("fail"), here());
  while (
      shared_server().value("select count(*) from pg_stat_activity where application_name like 'firmquery%' "
                            "and wait_event_type = 'Lock'") == "0") {
    ASSERT_FALSE(first.wait(5ms)) << first.err();
  }
  const ProcessResult failed = run_process(FIRMQUERY_BINARY, words("fail"), here());
  EXPECT_EQ(failed.exit_code, 7);
  EXPECT_THAT(flat(failed.err), HasSubstr("another run of this job is in progress"));
  EXPECT_EQ(object_of(failed).at("status"), "failed");
  EXPECT_EQ(object_of(failed).at("error").at("kind"), "overlap");
  const ProcessResult skipped = run_process(FIRMQUERY_BINARY, words("skip"), here());
  EXPECT_EQ(skipped.exit_code, 7);
  EXPECT_EQ(object_of(skipped).at("status"), "skipped");
  EXPECT_THAT(flat(skipped.err), HasSubstr("skipped"));
  Process waiting = Process::start(FIRMQUERY_BINARY, words("wait"), here());
  while (!waiting.has_open_at_work(directory_ / "job.yaml")) ASSERT_FALSE(waiting.wait(5ms)) << waiting.err();
  holder.reset();
  EXPECT_EQ(first.wait(10min), 0) << first.err();
  EXPECT_EQ(waiting.wait(10min), 0) << waiting.err();
}

// Who loses patience loses nothing that was finished.
TEST_F(ResumeCommand, ASecondSignalLeavesAtOnce) {
  const std::string hang =
      "select firm_root_id, pg_sleep(60)::text from slow where firm_root_id in ({ID_PLACEHOLDER})";
  Process process = Process::start(FIRMQUERY_BINARY,
                                   {"run", "--ids", "ids.txt", "--sql", hang, "--out", "out", "--progress",
                                    "never", "--dsn", shared_server().dsn()},
                                   here());
  while (shared_server().value("select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and "
                               "application_name = 'firmquery' and state = 'active'") == "0") {
    ASSERT_FALSE(process.wait(5ms)) << process.err();
  }
  process.signal(SIGINT);
  EXPECT_TRUE(process.wait_for_err("stopping", 10min));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(10min), 130);
}

}  // namespace
}  // namespace firmquery::test

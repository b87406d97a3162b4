// A scheduled job as the operations guide has it: one command, every night, whatever happened the night
// before.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "firmquery/output/file_lock.hpp"
#include "integration/run_case.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSlowQuery =
    "select firm_root_id, n from slow where firm_root_id in ({ID_PLACEHOLDER})";

class Scheduled : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create table slow (firm_root_id bigint primary key, n int); "
        "insert into slow select n * 2, n from generate_series(1, 30000) n; analyze slow");
    shared_server().create_database("other");
    shared_server().execute("create table slow (firm_root_id bigint primary key, n int)", "other");
  }
  void SetUp() override {
    directory_.write("firms.sql", kSlowQuery);
    directory_.write("ids.csv", numbers(1, 60'000));
    directory_.write("job.yaml",
                     "input:\n  ids: ids.csv\nquery:\n  file: firms.sql\n"
                     "output:\n  default_directory: runs\n  filename_pattern: \"firms_{timestamp}\"\n");
  }
  ProcessOptions here(const std::string& input = {}) const {
    ProcessOptions options;
    options.directory = directory_.path();
    options.environment = {{"FIRMQUERY_DSN", shared_server().dsn()}};
    options.input = input;
    return options;
  }
  // The documented command; `more` goes behind it.
  static std::vector<std::string> command(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"run",     "job.yaml", "--resume",   "--on-overlap", "skip",
                                      "--quiet", "--json",   "--log-file", "log.txt"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  ProcessResult night(const std::vector<std::string>& more = {}, const std::string& input = {}) const {
    return run_process(FIRMQUERY_BINARY, command(more), here(input));
  }
  std::set<std::string> runs() const {
    std::set<std::string> names;
    std::error_code none_yet;
    for (const auto& entry : fs::directory_iterator(directory_ / "runs", none_yet))
      if (entry.path().filename() != "history.jsonl") names.insert(entry.path().filename().string());
    return names;
  }
  // Paced to take half a minute, and killed when the first rows are in the journal.
  std::string killed_night(std::vector<std::string> more = {}, const std::string& input = {}) const {
    const auto before = runs();
    more.insert(more.end(), {"--pace", "1000"});
    Process process = Process::start(FIRMQUERY_BINARY, command(more), here(input));
    while (true) {
      for (const std::string& name : runs()) {
        const auto journal = read_file(directory_ / ("runs/" + name + "/journal.jsonl"));
        if (before.count(name) > 0 || !journal || journal->find("\"unit\"") == std::string::npos) continue;
        process.signal(SIGKILL);
        process.wait(10min);
        return name;
      }
      if (process.wait(5ms)) throw std::runtime_error("the run has ended: " + process.err());
    }
  }
  void expect_whole(const std::string& name, long last = 60'000) const {
    const std::string run = "runs/" + name;
    std::multiset<std::string> rows = {"firm_root_id,n"};
    for (long n = 1; n <= last / 2; ++n) rows.insert(std::to_string(2 * n) + "," + std::to_string(n));
    EXPECT_TRUE(lines_of(read_text(directory_ / (run + "/results.csv"))) == rows);
    EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", run}, here()).exit_code, 0);
  }
  // The same with a directory that does not change.
  ProcessResult again(const std::vector<std::string>& more = {}, const std::string& input = {}) const {
    std::vector<std::string> words = {"run",   "--ids", "ids.csv",  "--query",    "firms.sql",
                                      "--out", "fixed", "--resume", "--progress", "never"};
    words.insert(words.end(), more.begin(), more.end());
    return run_process(FIRMQUERY_BINARY, words, here(input));
  }
  std::string log() const { return read_text(directory_ / "log.txt"); }

  const TempDir directory_;
};

TEST_F(Scheduled, GoesOnWithTheRunThatWasKilledTheNightBefore) {
  const std::string first = killed_night();
  const ProcessResult second = night();
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(runs(), std::set<std::string>{first});
  EXPECT_THAT(log(), HasSubstr("going on with the unfinished run runs/" + first));
  expect_whole(first);
  const auto report = nlohmann::json::parse(second.out);
  ASSERT_EQ(report["starts"].size(), 2u);
  EXPECT_EQ(report["starts"][0]["status"], "killed");
  EXPECT_EQ(report["starts"][0]["started_at"], report["started_at"]);
  EXPECT_EQ(report["starts"][1]["status"], "complete");
  std::uint64_t rows = 0, ranges = 0;
  for (const auto& start : report["starts"]) {
    EXPECT_GT(start["rows"], 0u);
    rows += start["rows"].get<std::uint64_t>();
    ranges += start["ranges"].get<std::uint64_t>();
  }
  EXPECT_EQ(rows, 30'000u);
  EXPECT_EQ(report["ranges"]["done"], ranges);
}

TEST_F(Scheduled, BeginsAnewWhenTheLastRunIsFinished) {
  ASSERT_EQ(night().exit_code, 0);
  ASSERT_EQ(runs().size(), 1u);
  ASSERT_EQ(night().exit_code, 0);
  EXPECT_EQ(runs().size(), 2u);
  for (const std::string& name : runs()) expect_whole(name);
}

TEST_F(Scheduled, ANewListAQueryOrATargetIsANewRun) {
  const auto expect_new_run = [&](const std::string& why, const std::string& old,
                                  const std::vector<std::string>& more = {}) {
    const auto before = runs();
    const std::string journal = read_text(directory_ / ("runs/" + old + "/journal.jsonl"));
    const ProcessResult result = night(more);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(runs().size(), before.size() + 1);
    EXPECT_THAT(log(), HasSubstr("the unfinished run runs/" + old));
    EXPECT_THAT(log(), HasSubstr(why));
    EXPECT_THAT(log(), HasSubstr("a new run starts"));
    EXPECT_EQ(read_text(directory_ / ("runs/" + old + "/journal.jsonl")), journal);
  };
  const std::string old = killed_night();
  directory_.write("ids.csv", numbers(1, 50'000));
  expect_new_run("the list of IDs (60000 unique then, 50000 now)", old);
  directory_.write("ids.csv", numbers(1, 60'000));
  directory_.write("firms.sql", std::string(kSlowQuery) + " and n > 0");
  expect_new_run("the query", old);
  directory_.write("firms.sql", kSlowQuery);
  expect_new_run("the target", old, {"--dsn", shared_server().dsn("other")});
  // Everything as it was: the old one is gone on with after all.
  const auto before = runs();
  ASSERT_EQ(night().exit_code, 0);
  EXPECT_EQ(runs(), before);
  expect_whole(old);
}

TEST_F(Scheduled, RunsOfOtherJobsAreNotItsOwn) {
  const std::string old = killed_night();
  fs::copy_file(directory_ / "job.yaml", directory_ / "copy.yaml");
  std::vector<std::string> words = command();
  words[1] = "copy.yaml";
  ASSERT_EQ(run_process(FIRMQUERY_BINARY, words, here()).exit_code, 0);
  EXPECT_EQ(runs().size(), 2u);
  EXPECT_FALSE(fs::exists(directory_ / ("runs/" + old + "/manifest.json")));
}

// What comes through a pipe can be read once only, and belongs to the run it turns out to be of.
TEST_F(Scheduled, AListThroughAPipeGoesToItsRun) {
  const std::string old = killed_night({"--ids", "-"}, numbers(1, 60'000));
  ASSERT_EQ(night({"--ids", "-"}, numbers(1, 40'000)).exit_code, 0);
  ASSERT_EQ(runs().size(), 2u);
  for (const std::string& name : runs()) {
    if (name != old) expect_whole(name, 40'000);
  }
  const ProcessResult same = night({"--ids", "-"}, numbers(1, 60'000));
  ASSERT_EQ(same.exit_code, 0) << same.err;
  EXPECT_EQ(runs().size(), 2u);
  expect_whole(old);
}

TEST_F(Scheduled, AServerThatIsDownLeavesNoLitterAndLosesNothing) {
  const std::string old = killed_night();
  const std::string nowhere = "host=" + (directory_ / "nowhere").string() + " dbname=postgres";
  const ProcessResult down = night({"--dsn", nowhere, "--max-retries", "0"});
  EXPECT_EQ(down.exit_code, 4);
  EXPECT_THAT(down.err, HasSubstr("firmquery resume runs/" + old));
  EXPECT_EQ(runs(), std::set<std::string>{old});
  ASSERT_EQ(night().exit_code, 0);
  expect_whole(old);
}

TEST_F(Scheduled, TwoSchedulersDoNotShareARun) {
  const std::string old = killed_night();
  // The lock of the run, as a process has it that was started without the job file.
  auto lock = lock_file(directory_ / ("runs/" + old + "/.lock"), false, "test", OnOverlap::fail, {});
  ASSERT_TRUE(lock && *lock);
  const ProcessResult skipped = night();
  EXPECT_THAT(skipped.err, HasSubstr("skipped: another run holds runs/" + old));
  const ProcessResult failed = night({"--on-overlap", "fail"});
  EXPECT_EQ(failed.exit_code, 7);
  EXPECT_EQ(runs(), std::set<std::string>{old});
  lock->reset();
  ASSERT_EQ(night().exit_code, 0);
  expect_whole(old);
}

TEST_F(Scheduled, InAFixedDirectoryAFinishedRunAnswersForItselfOnly) {
  ASSERT_EQ(again().exit_code, 0);
  const std::string report = read_text(directory_ / "fixed/report.json");
  const ProcessResult same = again({"--json"});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_THAT(same.err, HasSubstr("complete already"));
  EXPECT_EQ(same.out, report);
  EXPECT_EQ(again({"--fail-on", "missing>0"}).exit_code, 1);
  // The same list in another order and form is the same list.
  EXPECT_EQ(again({"--ids", "-"}, "id\n" + numbers(2, 60'000, 2) + numbers(1, 60'000, 2)).exit_code, 0);

  const auto expect_refused = [&](const std::vector<std::string>& more, const std::string& what,
                                  const std::string& input = {}) {
    const ProcessResult result = again(more, input);
    EXPECT_EQ(result.exit_code, 2) << what;
    EXPECT_THAT(result.err, HasSubstr(what));
    EXPECT_THAT(result.err, HasSubstr("name another directory with --out"));
  };
  expect_refused({"--ids", "-"}, "the list of IDs (60000 unique then, 3 now)", "1\n2\n3\n");
  expect_refused({"--dsn", shared_server().dsn("other")}, "the target");
  expect_refused({"--key", "n"}, "the key (firm_root_id then, n now)");
  directory_.write("firms.sql", std::string(kSlowQuery) + " and n > 0");
  expect_refused({"--key", "n"}, "the query and the key");
  EXPECT_EQ(read_text(directory_ / "fixed/report.json"), report);
  EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", "fixed"}, here()).exit_code, 0);
}

// The list that the unfinished run keeps is not replaced by one that it is not of.
TEST_F(Scheduled, InAFixedDirectoryAnotherListDoesNotSpoilAnUnfinishedRun) {
  const std::vector<std::string> words = {"run",   "--ids",  "-",    "--query",    "firms.sql", "--out",
                                          "fixed", "--pace", "1000", "--progress", "never"};
  Process process = Process::start(FIRMQUERY_BINARY, words, here(numbers(1, 60'000)));
  while (true) {
    const auto journal = read_file(directory_ / "fixed/journal.jsonl");
    if (journal && journal->find("\"unit\"") != std::string::npos) break;
    ASSERT_FALSE(process.wait(5ms)) << process.err();
  }
  process.signal(SIGKILL);
  process.wait(10min);
  const std::string journal = read_text(directory_ / "fixed/journal.jsonl");
  const ProcessResult other = again({"--ids", "-"}, "1\n2\nx\n");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("the list of IDs (60000 unique then, 2 now) changed since the run began"));
  EXPECT_EQ(read_text(directory_ / "fixed/journal.jsonl"), journal);
  const ProcessResult resumed =
      run_process(FIRMQUERY_BINARY, {"resume", "fixed", "--pace", "1000000"}, here());
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", "fixed"}, here()).exit_code, 0);
}

// What the monitoring system and the program of --on-finish are told each night.
TEST_F(Scheduled, TellsHowEachNightEnded) {
  const std::string hook = directory_.write("hook",
                                            "#!/bin/bash\necho \"$1 $FIRMQUERY_STATUS $FIRMQUERY_EXIT_CODE "
                                            "${FIRMQUERY_RUN_DIRECTORY##*/}\" >> told\n"
                                            "echo from the hook; exit 9\n");
  fs::permissions(hook, fs::perms::owner_all);
  const auto tells = [&](const std::vector<std::string>& more, int exit_code) {
    std::vector<std::string> words = {"--metrics-file", "nightly.prom", "--job",
                                      "nightly",        "--on-finish",  "./hook 'a;b'"};
    words.insert(words.end(), more.begin(), more.end());
    const ProcessResult result = night(words);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_TRUE(nlohmann::json::accept(result.out)) << result.out;
    EXPECT_THAT(result.err, HasSubstr("from the hook"));
    EXPECT_THAT(result.err, HasSubstr("./hook ended with exit code 9"));
    return read_text(directory_ / "nightly.prom");
  };
  const std::string first = tells({}, 0);
  EXPECT_THAT(first, HasSubstr("firmquery_missing_ids{job=\"nightly\"} 30000\n"));
  const std::string success = first.substr(first.find("\nfirmquery_last_success_timestamp_seconds"), 80);
  const std::string run = *runs().begin();

  const std::string breached = tells({"--fail-on", "missing>0"}, 1);
  EXPECT_THAT(breached, HasSubstr("firmquery_thresholds_breached{job=\"nightly\"} 1\n"));
  EXPECT_THAT(breached, Not(HasSubstr(success)));

  const std::string refused = tells({"--key", "absent"}, 6);
  EXPECT_THAT(refused, HasSubstr("firmquery_last_attempt_exit_code{job=\"nightly\"} 6\n"));
  EXPECT_THAT(refused, HasSubstr("firmquery_missing_ids{job=\"nightly\"} 30000\n"));
  const std::string before = breached.substr(breached.find("\nfirmquery_last_success_timestamp_seconds"), 80);
  EXPECT_THAT(refused, HasSubstr(before));

  EXPECT_THAT(tells({"--ids", "absent.csv"}, 2),
              HasSubstr("firmquery_last_attempt_exit_code{job=\"nightly\"} 2\n"));
  auto lock = lock_file(directory_ / "job.yaml", false, "this job", OnOverlap::fail, {});
  ASSERT_TRUE(lock && *lock);
  EXPECT_THAT(tells({}, 7), HasSubstr("firmquery_last_attempt_skipped{job=\"nightly\"} 1\n"));

  const std::string told = read_text(directory_ / "told");
  EXPECT_THAT(told, HasSubstr("a;b complete 0 " + run + "\n"));
  EXPECT_THAT(told, HasSubstr("a;b complete 1 firms_"));
  EXPECT_THAT(told, HasSubstr("a;b failed 6 \na;b failed 2 \na;b skipped 7 \n"));
}

// What each night came to, whatever became of it.
TEST_F(Scheduled, IsListedNightByNight) {
  EXPECT_EQ(night({"--ids", "absent.csv"}).exit_code, 2);
  EXPECT_THAT(runs(), ::testing::IsEmpty());  // no folder is made for a line
  const std::string killed = killed_night();
  const auto listed = [&] {
    const ProcessResult history = run_process(FIRMQUERY_BINARY, {"history", "job.yaml", "--json"}, here());
    EXPECT_EQ(history.exit_code, 0) << history.err;
    EXPECT_THAT(history.err, ::testing::IsEmpty());
    return nlohmann::json::parse(history.out)["runs"];
  };
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(listed()[0]["status"], "unfinished");
  EXPECT_FALSE(listed()[0].contains("exit"));
  ASSERT_EQ(night().exit_code, 0);  // goes on with it
  ASSERT_EQ(night({"--fail-on", "missing>0", "--job", "nightly"}).exit_code, 1);
  EXPECT_EQ(night({"--ids", "absent.csv"}).exit_code, 2);
  const std::string nowhere = "host=" + (directory_ / "nowhere").string() + " dbname=postgres";
  EXPECT_EQ(night({"--dsn", nowhere, "--max-retries", "0"}).exit_code, 4);
  {
    auto lock = lock_file(directory_ / "job.yaml", false, "this job", OnOverlap::fail, {});
    ASSERT_TRUE(lock && *lock);
    EXPECT_EQ(night().exit_code, 7);
  }
  std::vector<std::string> lines;
  for (const auto& run : listed()) {
    lines.push_back(run["status"].get<std::string>() + " " + run["exit"].dump() + " " +
                    run.value("missing", nlohmann::json()).dump());
  }
  EXPECT_THAT(lines, ::testing::ElementsAre("complete 0 30000", "complete 1 30000", "refused 2 null",
                                            HasSubstr(" 4 "), "skipped 7 null"));
  fs::remove_all(directory_ / ("runs/" + killed));
  const auto removed = listed()[0];
  EXPECT_EQ(removed["removed"], true);
  EXPECT_EQ(removed["status"], "complete");
  EXPECT_EQ(removed["exit"], 0);
  EXPECT_EQ(removed["found"], 30'000);
  EXPECT_EQ(removed["directory"], "runs/" + killed);
}

// The index is no condition of the answer.
TEST_F(Scheduled, RunsWithoutAnIndex) {
  fs::create_directories(directory_ / "runs/history.jsonl");
  const ProcessResult result = night();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("the index of the job's runs was not written"));
  const ProcessResult history = run_process(FIRMQUERY_BINARY, {"history", "job.yaml"}, here());
  EXPECT_EQ(history.exit_code, 0);
  EXPECT_THAT(history.err, HasSubstr("exit codes and removed runs are not known"));
  EXPECT_THAT(history.out, HasSubstr("complete"));
}

// In another shell, on another day: `resume` is a start of the job, too.
TEST_F(Scheduled, ListsWhatResumeCameTo) {
  const std::string killed = killed_night();
  const ProcessResult resumed =
      run_process(FIRMQUERY_BINARY, {"resume", "runs/" + killed, "--pace", "1000000"}, here());
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  const ProcessResult history = run_process(FIRMQUERY_BINARY, {"history", "job.yaml", "--json"}, here());
  const auto runs = nlohmann::json::parse(history.out)["runs"];
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0]["exit"], 0);
}

TEST_F(Scheduled, RemovesOlderRuns) {
  directory_.write("job.yaml", read_text(directory_ / "job.yaml") + "  keep_runs: 2\n");
  const std::string killed = killed_night();
  ASSERT_EQ(night().exit_code, 0);
  std::vector<std::string> names = {killed};
  const auto newest = [&] {
    for (const std::string& name : runs()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names.back();
  };
  ASSERT_EQ(night().exit_code, 0);
  newest();
  directory_.write("runs/" + killed + "/notes.txt", "mine");
  // A threshold that is breached is an answer.
  ASSERT_EQ(night({"--fail-on", "missing>0"}).exit_code, 1);
  newest();
  EXPECT_EQ(runs(), std::set<std::string>(names.begin(), names.end()));
  EXPECT_THAT(log(), HasSubstr("the older run runs/" + killed + " stays: it holds notes.txt"));
  fs::remove(directory_ / ("runs/" + killed + "/notes.txt"));
  // One that fails is no reason to remove anything.
  EXPECT_EQ(night({"--max-input-ids", "5"}).exit_code, 2);
  EXPECT_EQ(runs().size(), 3u);
  // Listing is none either, whatever the job file says.
  const auto history = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"history", "job.yaml"});
    return run_process(FIRMQUERY_BINARY, more, here());
  };
  EXPECT_EQ(history({}).exit_code, 0);
  const ProcessResult dry = history({"--dry-run", "--json"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  const auto plan = nlohmann::json::parse(dry.out);
  EXPECT_EQ(plan["dry_run"], true);
  ASSERT_EQ(plan["removed"].size(), 1u);
  EXPECT_EQ(plan["removed"][0]["directory"], "runs/" + killed);
  EXPECT_EQ(runs().size(), 3u);

  ASSERT_EQ(night().exit_code, 0);
  newest();
  EXPECT_EQ(runs(), (std::set<std::string>{names[2], names[3]}));
  EXPECT_THAT(log(), HasSubstr("removed the older run runs/" + killed));
  const auto listed = nlohmann::json::parse(history({"--json"}).out)["runs"];
  ASSERT_EQ(listed.size(), 5u);  // and the one that was refused
  EXPECT_EQ(listed[0]["removed"], true);
  EXPECT_EQ(listed[0]["exit"], 0);
  EXPECT_EQ(listed[0]["missing"], 30'000);

  const ProcessResult by_hand = history({"--keep-runs", "1"});
  EXPECT_EQ(by_hand.exit_code, 0) << by_hand.err;
  EXPECT_THAT(by_hand.out, HasSubstr("1 run in runs was removed"));
  EXPECT_EQ(runs(), std::set<std::string>{names[3]});
  expect_whole(names[3]);
}

TEST_F(Scheduled, RemovesOnlyRunsOfAJobFile) {
  const auto expect_refused = [&](const std::vector<std::string>& words) {
    const ProcessResult result = run_process(FIRMQUERY_BINARY, words, here());
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr("name a job file, and leave out --out"));
  };
  expect_refused({"run", "job.yaml", "--out", "fixed", "--keep-runs", "3"});
  expect_refused({"run", "--ids", "ids.csv", "--query", "firms.sql", "--keep-days", "3"});
  expect_refused({"history", "--keep-runs", "3"});
  EXPECT_FALSE(fs::exists(directory_ / "fixed"));
  // What a job file says is no wrong word for a run beside the others.
  directory_.write("job.yaml", read_text(directory_ / "job.yaml") + "  keep_runs: 1\n");
  const ProcessResult beside =
      run_process(FIRMQUERY_BINARY, {"run", "job.yaml", "--out", "fixed", "--quiet"}, here());
  EXPECT_EQ(beside.exit_code, 0) << beside.err;
}

TEST_F(Scheduled, IsNotStartedWithACommandThatIsNone) {
  const ProcessResult result = night({"--on-finish", "./hook 'a"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--on-finish: the quote ' is not closed"));
  EXPECT_THAT(runs(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace firmquery::test

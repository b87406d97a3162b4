// How a run ends when several things happen at once: what is wrong with data or rights is not hidden by a
// stop, and what fails after the manifest does not take the run back.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "firmquery/run/input.hpp"
#include "firmquery/run/parallel.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kEndedQuery =
    "select firm_root_id, n from firm where firm_root_id in ({ID_PLACEHOLDER})";

class Endings : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create table firm (firm_root_id bigint primary key, n int);"
        "insert into firm select n, n from generate_series(1, 1000) n; analyze firm;"
        // Waits for the lock that the test holds, and finds damaged data when it is cancelled instead.
        "create function stubborn(id bigint) returns bigint language plpgsql as $$ begin "
        "perform pg_advisory_xact_lock_shared(7); return id; "
        "exception when query_canceled then raise exception 'damaged' using errcode = 'XX001'; end $$");
  }
  Job job(const std::string& sql = kEndedQuery, const std::string& ids = numbers(1, 500)) const {
    Job made = make_job(directory_, shared_server().dsn(), ids, sql);
    made.connections = 1;
    return made;
  }
  static nlohmann::json report(const Job& job) {
    return nlohmann::json::parse(read_text(job.out / "report.json"));
  }

  const TempDir directory_;
};

TEST_F(Endings, DamagedDataAreNotHiddenByAStop) {
  ConnectOptions options;
  options.dsn = shared_server().dsn();
  auto holder = Session::open(options);
  ASSERT_TRUE(holder && holder->execute("select pg_advisory_lock(7)"));
  std::stop_source stop;
  const Job wanted =
      job("select stubborn(firm_root_id) as firm_root_id from firm where firm_root_id in ({ID_PLACEHOLDER})",
          "1\n");
  const Outcome outcome = run(
      wanted,
      [&](const RunWatch& watch) {
        watch.wait_until([](const Progress& progress) {
          return progress.phase == Phase::querying &&
                 shared_server().value(
                     "select count(*) from pg_stat_activity where wait_event = 'advisory'") != "0";
        });
        stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().kind, ErrorKind::integrity) << outcome.result.error().to_string();
  EXPECT_EQ(report(wanted)["status"], "failed");
}

TEST_F(Endings, OnlyWhatAStopCausesCountsAsInterrupted) {
  const std::vector<std::pair<Error, bool>> errors = {
      {{ErrorKind::integrity, "altered", {}, {}, {}}, false},
      {{ErrorKind::permission, "no right", {}, {}, "42501", false, "db:5432/x"}, false},
      {{ErrorKind::transient, "the disk is full", "out", {}, {}}, false},
      {{ErrorKind::transient, "canceling statement", {}, {}, "57014", false, "db:5432/x"}, true},
      {{ErrorKind::transient, "the connection to the server was lost", {}, {}, {}, false, "db:5432/x"}, true},
      {{ErrorKind::interrupted, "interrupted", {}, {}, {}}, true}};
  for (const auto& [error, expected] : errors) EXPECT_EQ(caused_by_stop(error), expected) << error.message;
}

TEST_F(Endings, AFailureOfIntegrityIsNotHiddenByAnother) {
  std::stop_source stop;
  std::stop_token token = stop.get_token();
  const auto done = run_parallel({[]() -> Result<void> { return fail(ErrorKind::transient, "first"); },
                                  [token]() -> Result<void> {
                                    while (!token.stop_requested()) std::this_thread::yield();
                                    return fail(ErrorKind::integrity, "second");
                                  }},
                                 stop);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "second");
}

TEST_F(Endings, WhatCannotBeTidiedIsAWarning) {
  const Job wanted = job();
  // In a directory whose run never began. One that is not empty cannot be removed as a file is, not even by
  // root.
  directory_.write("out/journal.jsonl", "");
  directory_.write("out/.stuck.part/full", "");
  Progress progress;
  SilentLog log;
  const auto outcome = run_job(wanted, progress, log, {});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(outcome->report.status, "complete");
  EXPECT_EQ(read_text(wanted.out / "report.json"), to_json(outcome->report));
  ASSERT_FALSE(log.warnings.empty());
  EXPECT_THAT(log.warnings.back(), HasSubstr(".stuck.part"));
}

TEST_F(Endings, AListThatGrowsWhileItIsReadIsAskedForAgain) {
  InputOptions options;
  options.path = directory_.write("list.txt", "1\n2\n2\n");
  options.clean.type = IdType::integer;
  options.clean.format = InputFormat::lines;
  options.clean.header = HeaderMode::absent;
  // Between the two passes.
  options.accept = [&](const InputReport&) -> Result<void> {
    directory_.write("list.txt", "1\n2\n2\n2\n");
    return {};
  };
  std::filesystem::create_directory(directory_ / "cleaned");
  const auto input = read_input(options, directory_ / "cleaned", {});
  ASSERT_FALSE(input);
  EXPECT_EQ(input.error().kind, ErrorKind::usage);
  EXPECT_THAT(input.error().message, HasSubstr("the list changed while it was read"));
  EXPECT_THAT(input.error().remedy, HasSubstr("run again"));
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "cleaned"));
}

}  // namespace
}  // namespace firmquery::test

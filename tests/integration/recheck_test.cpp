// The second proof of a run: what it asks for, when it cannot be made, and that what changes in the table meanwhile is no
// false alarm. That it finds lost rows is tested in tests/fault/rows_lost_test.cpp.
#include <gmock/gmock.h>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kRows = 1000;  // keys 2, 4, 6 ... of the table; the lists have 1, 2, 3 ...

// Copies the run's directory as a crash would leave it, when a phase begins for the first time.
class CopyAt : public Observer {
 public:
  CopyAt(Phase phase, fs::path from, fs::path to)
      : phase_(phase), from_(std::move(from)), to_(std::move(to)) {}
  void on(const Event& event) override {
    const auto* begun = std::get_if<event::PhaseBegun>(&event.body);
    if (begun == nullptr || begun->phase != phase_ || std::exchange(copied_, true)) return;
    fs::copy(from_, to_, fs::copy_options::recursive);
  }
  bool copied() const { return copied_; }

 private:
  const Phase phase_;
  const fs::path from_, to_;
  bool copied_ = false;
};

class Recheck : public ::testing::TestWithParam<DialectKind> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    server_.execute(
        {"drop table if exists proved", "create table proved (firm_root_id bigint primary key, n int)",
         "insert into proved select i * 2, i from generate_series(1, " + std::to_string(kRows) + ") i",
         "analyze proved"});
  }
  Job job(const std::string& out = "out", int ids = 2 * kRows) const {
    Job job = make_job(directory_, server_.dsn(), numbers(1, ids),
                       "select firm_root_id, n from proved where firm_root_id in ({ID_PLACEHOLDER})", out);
    job.retry_delay = std::chrono::duration<double>(0.01);
    return job;
  }
  // What was there is gone, and what was not has come.
  void turn_over() const {
    server_.execute(
        {"delete from proved where true",
         "insert into proved select i * 2 - 1, i from generate_series(1, " + std::to_string(kRows) + ") i"});
  }
  static std::string audit(const Job& job) { return read_text(job.out / "audit.jsonl"); }
  // The state of the run's directory when the phase began, in another one.
  Job killed_at(Phase phase, const std::string& out) {
    Job whole = job("whole-" + out);
    CopyAt copy(phase, whole.out, directory_.path() / out);
    Job killed = whole;
    killed.out = directory_.path() / out;
    killed.resume = true;
    SilentLog log;
    const auto outcome = run_job(whole, copy, log, {});
    EXPECT_TRUE(outcome && copy.copied());
    return killed;
  }
  static void edit_journal(const Job& job, const std::function<std::string(const std::string& line)>& edit) {
    const fs::path path = job.out / "journal.jsonl";
    std::string edited, text = read_text(path);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin) + 1;
      edited += edit(text.substr(begin, end - begin));
      begin = end;
    }
    ASSERT_TRUE(write_file(path, edited));
  }
  const EachServer server_{GetParam()};
  const TempDir directory_;
};

TEST_P(Recheck, AsksForAllThatAreMissingUpToItsBound) {
  const Outcome outcome = run(job());
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  const auto& recheck = outcome.report().recheck;
  ASSERT_TRUE(recheck);
  EXPECT_EQ(recheck->missing.of, 1000u);
  EXPECT_EQ(recheck->missing.asked, 1000u);
  EXPECT_EQ(recheck->found.of, 1000u);
  EXPECT_EQ(recheck->found.asked, 1000u);
  EXPECT_EQ(recheck->wrong(), 0u);
  EXPECT_EQ(recheck->skipped, "");
  EXPECT_EQ(recheck->snapshot.value, outcome.report().snapshot.value);
  EXPECT_GT(recheck->statements, 0u);
  // The run's own figures do not count it, and the audit log tells of it.
  EXPECT_EQ(outcome.report().statements.count, outcome.report().ranges.done);
  EXPECT_EQ(outcome.report().result.rows, 1000u);
  EXPECT_THAT(audit(job()), HasSubstr("\"event\":\"asked\""));
  EXPECT_THAT(audit(job()), HasSubstr("\"ids\":\"2000\",\"with_rows\":\"1000\",\"left\":\"0\""));
}

TEST_P(Recheck, BeyondTheBoundASampleIsAskedFor) {
  Job sampled = job();
  sampled.recheck = 100;
  const Outcome outcome = run(sampled);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  const RecheckReport& recheck = *outcome.report().recheck;
  EXPECT_EQ(recheck.missing.of, 1000u);
  EXPECT_EQ(recheck.missing.asked, 100u);
  EXPECT_EQ(recheck.found.of, 1000u);
  EXPECT_EQ(recheck.found.asked, 100u);
  EXPECT_EQ(recheck.skipped, "");
  EXPECT_THAT(audit(sampled), HasSubstr("\"ids\":\"200\",\"with_rows\":\"100\""));
}

TEST_P(Recheck, IsTurnedOff) {
  Job off = job();
  off.recheck = 0;
  const Outcome outcome = run(off);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_FALSE(outcome.report().recheck);
  EXPECT_THAT(audit(off), Not(HasSubstr("\"event\":\"asked\"")));
}

TEST_P(Recheck, GoesAnotherWayThanTheRun) {
  for (const auto& [first, second] :
       {std::pair{StrategyKind::temp_table, "array"}, std::pair{StrategyKind::staging_table, "array"},
        std::pair{StrategyKind::array, "in-list"}, std::pair{StrategyKind::in_list, "array"},
        std::pair{StrategyKind::scan, "array"}}) {
    Job by = job(std::string(to_string(first)));
    by.strategy = first;
    const Outcome outcome = run(by);
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().recheck->strategy, second) << to_string(first);
    EXPECT_EQ(outcome.report().recheck->missing.asked, 1000u);
    EXPECT_EQ(outcome.report().recheck->found.asked, 1000u);
  }
}

TEST_P(Recheck, LeavesOutWhatTheColumnCannotHold) {
  server_.execute({"drop table if exists narrow", "create table narrow (firm_root_id int2 primary key)",
                   "insert into narrow values (1)"});
  Job narrow = job();
  narrow.ids_path = directory_.write("narrow.ids", "1\n2\n70000\n80000\n");
  narrow.sql = "select firm_root_id from narrow where firm_root_id in ({ID_PLACEHOLDER})";
  const Outcome outcome = run(narrow);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().result.missing, 3u);
  EXPECT_EQ(outcome.report().recheck->missing.of, 1u);
  EXPECT_EQ(outcome.report().recheck->missing.asked, 1u);
  EXPECT_EQ(outcome.report().recheck->skipped, "");
}

TEST_P(Recheck, AListOfNothing) {
  Job empty = job("out", 0);
  empty.allow_empty = true;
  const Outcome outcome = run(empty);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().recheck->missing.of, 0u);
  EXPECT_EQ(outcome.report().recheck->skipped, "");
}

TEST_P(Recheck, WhatChangesInTheTableIsNoFalseAlarm) {
  for (const StrategyKind kind : {StrategyKind::temp_table, StrategyKind::in_list}) {
    SetUp();
    Job disturbed = job(std::string(to_string(kind)));
    disturbed.strategy = kind;
    const Outcome outcome = run_halting(
        disturbed, [](const Progress& progress) { return progress.phase == Phase::checking; },
        [&] { turn_over(); });
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().status, "complete");
    EXPECT_EQ(outcome.report().recheck->missing.asked, 1000u);
    EXPECT_EQ(outcome.report().recheck->found.asked, 1000u);
    EXPECT_EQ(outcome.report().recheck->wrong(), 0u);
  }
}

TEST_P(Recheck, AsksForNothingThatWasReadWithoutAnInstant) {
  Job loose = job();
  loose.snapshot = false;
  const Outcome outcome = run(loose);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().recheck->missing.asked + outcome.report().recheck->found.asked, 0u);
  EXPECT_EQ(outcome.report().recheck->missing.of, 1000u);
  EXPECT_EQ(
      outcome.report().recheck->skipped,
      "1000 missing IDs and 1000 found ones could not be asked for again: they were read without an instant");
}

// On CockroachDB the instant can be gone back to; on PostgreSQL it went with the process.
TEST_P(Recheck, GoesOnWithARunWhoseRowsHaveChangedMeanwhile) {
  constexpr int kMany = 60'000;
  server_.execute({"insert into proved select i * 2, i from generate_series(1001, 30000) i"});
  Job first = job("out", kMany);
  first.pace = 1000;
  first.strategy = StrategyKind::array;
  std::stop_source stop;
  const Outcome interrupted = run(
      first,
      [&](const RunWatch& watch) {
        watch.wait_until(in_the_middle);
        stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(interrupted.result);
  EXPECT_EQ(interrupted.result.error().kind, ErrorKind::interrupted);
  turn_over();
  Job second = job("out", kMany);
  second.strategy = StrategyKind::array;
  second.resume = true;
  second.recheck = 100'000;
  const Outcome outcome = run(second);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  const RecheckReport& recheck = *outcome.report().recheck;
  const ResultReport& result = outcome.report().result;
  EXPECT_EQ(recheck.wrong(), 0u);
  EXPECT_EQ(recheck.missing.of, result.missing);
  EXPECT_EQ(recheck.found.of, result.found);
  if (server_.is_cockroachdb()) {
    EXPECT_EQ(recheck.missing.asked, result.missing);
    EXPECT_EQ(recheck.skipped, "");
  } else {
    EXPECT_LT(recheck.missing.asked, result.missing);
    EXPECT_GT(recheck.missing.asked, 0u);
    EXPECT_THAT(recheck.skipped,
                HasSubstr(std::to_string(result.missing - recheck.missing.asked) + " missing IDs"));
    EXPECT_THAT(recheck.skipped, HasSubstr("the instant that they were read at is not there any more"));
  }
}

TEST_P(Recheck, OfARunThatWasKilledBeforeItPublished) {
  const Job killed = killed_at(Phase::exporting, "killed");
  turn_over();
  const Outcome outcome = run(killed);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().status, "complete");
  EXPECT_EQ(outcome.report().recheck->missing.asked, 1000u);
  EXPECT_EQ(outcome.report().recheck->found.asked, 1000u);
  EXPECT_EQ(outcome.report().recheck->skipped, "");
}

TEST_P(Recheck, OfARunThatWasKilledBeforeIt) {
  const Job killed = killed_at(Phase::checking, "killed");
  turn_over();
  const Outcome outcome = run(killed);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().status, "complete");
  const std::uint64_t asked = server_.is_cockroachdb() ? 1000u : 0u;
  EXPECT_EQ(outcome.report().recheck->missing.asked, asked);
  EXPECT_EQ(outcome.report().recheck->found.asked, asked);
  EXPECT_EQ(outcome.report().recheck->skipped.empty(), server_.is_cockroachdb());
}

TEST_P(Recheck, AnInterruptionOfItLeavesARunThatCanBeGoneOnWith) {
  Job interrupted = job();
  std::stop_source stop;
  StopAt observer(Phase::checking, stop);
  SilentLog log;
  const auto outcome = run_job(interrupted, observer, log, stop.get_token());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::interrupted);
  EXPECT_THAT(outcome.error().remedy, HasSubstr("firmquery resume"));
  EXPECT_FALSE(fs::exists(interrupted.out / "results.csv"));
  interrupted.resume = true;
  const Outcome whole = run(interrupted);
  ASSERT_TRUE(whole.result) << whole.result.error().to_string();
  EXPECT_EQ(whole.report().status, "complete");
  EXPECT_EQ(whole.report().recheck->missing.asked, server_.is_cockroachdb() ? 1000u : 0u);
}

// The journal of a version that made none: it is gone on with, and its run verified.
TEST_P(Recheck, OfAnEarlierVersionsRun) {
  const Job killed = killed_at(Phase::exporting, "killed");
  const auto without = [](const std::string& line) {
    return line.find("\"event\":\"recheck\"") == std::string::npos ? line : std::string();
  };
  edit_journal(killed, without);
  const Outcome outcome = run(killed);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().recheck->missing.asked, server_.is_cockroachdb() ? 1000u : 0u);
  Job closed = killed_at(Phase::exporting, "closed");
  edit_journal(closed, without);
  closed.recheck = 0;
  const Outcome off = run(closed);
  ASSERT_TRUE(off.result) << off.result.error().to_string();
  EXPECT_FALSE(off.report().recheck);
}

// Whatever way somebody goes on with it.
TEST_P(Recheck, ARunThatIsDisprovedIsNotGoneOnWith) {
  const RunSeries series{directory_.path(), {}, "nightly"};
  Job killed = killed_at(Phase::exporting, "killed");
  edit_journal(killed, [](std::string line) {
    const std::string wrong = "\"wrong\":0";
    const std::size_t at = line.find("\"wrong\":0");
    if (line.find("\"event\":\"recheck\"") != std::string::npos && at != std::string::npos)
      line.replace(at, wrong.size(), "\"wrong\":7");
    const std::size_t pattern = line.find("\"pattern\":\"\"");
    if (pattern != std::string::npos) line.replace(pattern, 12, "\"pattern\":\"nightly\"");
    return line;
  });
  const Outcome refused = run(killed);
  ASSERT_FALSE(refused.result);
  EXPECT_EQ(refused.result.error().kind, ErrorKind::integrity);
  EXPECT_THAT(refused.result.error().message,
              HasSubstr("second proof of this run has failed: 7 of 2000 IDs"));
  Job again = killed;
  again.resume = false;
  const Outcome anew = run(again);
  ASSERT_FALSE(anew.result);
  EXPECT_EQ(anew.result.error().kind, ErrorKind::integrity);
  EXPECT_FALSE(fs::exists(killed.out / "results.csv"));
  // The next night's run is a new one, every night.
  Job scheduled = killed;
  scheduled.series = series;
  scheduled.out = directory_.path() / "nightly-2";
  const Outcome night = run(scheduled);
  ASSERT_TRUE(night.result) << night.result.error().to_string();
  EXPECT_EQ(night.result->out, scheduled.out);
  EXPECT_EQ(night.report().status, "complete");
  EXPECT_THAT(night.log.warnings, Contains(HasSubstr("second proof of this run has failed")));
}

TEST_P(Recheck, VerifyComparesItWithTheJournal) {
  const Job job = this->job();
  ASSERT_TRUE(run(job).result);
  edit_journal(job, [](std::string line) {
    const std::size_t at = line.find("\"asked\":1000");
    if (at != std::string::npos) line.replace(at, 12, "\"asked\":1001");
    return line;
  });
  const auto verification = verify_run(job.out);
  ASSERT_TRUE(verification);
  EXPECT_THAT(verification->failures, Contains(HasSubstr("second proof")));
}

INSTANTIATE_TEST_SUITE_P(Servers, Recheck, ::testing::ValuesIn(kEachServer),
                         [](const auto& instance) { return test_name(to_string(instance.param)); });

// What of a run is read is asked for again, when it is read, and never twice.
TEST(RecheckOfPartialRuns, IsThatOfEachOfItsReadings) {
  const EachServer server{DialectKind::postgresql};
  const TempDir directory;
  server.execute(
      {"drop table if exists proved", "create table proved (firm_root_id bigint primary key, n int)",
       "insert into proved select i * 2, i from generate_series(1, 1000) i", "analyze proved",
       "drop table if exists poison", "create table poison (id bigint primary key)",
       "insert into poison values (500)",
       "create or replace function eat(id bigint) returns bigint language plpgsql stable as $$ begin "
       "if exists (select from poison p where p.id = eat.id) then "
       "raise exception 'out of memory' using errcode = '53200'; end if; return id; end $$"});
  Job job = make_job(
      directory, server.dsn(), numbers(1, 2000),
      "select firm_root_id, n, eat(firm_root_id) from proved where firm_root_id in ({ID_PLACEHOLDER})");
  job.max_retries = 1;
  job.retry_delay = std::chrono::duration<double>(0.01);
  const Outcome partial = run(job);
  ASSERT_TRUE(partial.result) << partial.result.error().to_string();
  EXPECT_EQ(partial.report().status, "partial");
  EXPECT_EQ(partial.report().recheck->missing.asked, 1000u);
  EXPECT_EQ(partial.report().recheck->found.of, 999u);
  EXPECT_EQ(partial.report().recheck->found.asked, 999u);
  server.execute({"delete from poison", "delete from proved where firm_root_id < 500"});
  job.resume = true;
  const Outcome whole = run(job);
  ASSERT_TRUE(whole.result) << whole.result.error().to_string();
  EXPECT_EQ(whole.report().status, "complete");
  EXPECT_EQ(whole.report().recheck->missing.asked, 1000u);
  EXPECT_EQ(whole.report().recheck->found.of, 1000u);
  EXPECT_EQ(whole.report().recheck->found.asked, 1000u);
  EXPECT_EQ(whole.report().recheck->wrong(), 0u);
  EXPECT_EQ(whole.report().recheck->skipped, "");
}

// Somebody ends the session that holds the instant when all is read.
TEST(RecheckWithoutItsInstant, IsLeftAndSaysSo) {
  const EachServer server{DialectKind::postgresql};
  const TempDir directory;
  server.execute({"drop table if exists proved",
                  "create table proved (firm_root_id bigint primary key, n int)",
                  "insert into proved values (2, 2)"});
  const Job job = make_job(directory, server.dsn(), "1\n2\n",
                           "select firm_root_id, n from proved where firm_root_id in ({ID_PLACEHOLDER})");
  const Outcome outcome = run_halting(
      job, [](const Progress& progress) { return progress.phase == Phase::checking; },
      [&] {
        server.execute(
            {"select pg_terminate_backend(pid) from pg_stat_activity where application_name like "
             "'firmquery%'"});
      });
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().status, "complete");
  EXPECT_EQ(outcome.report().recheck->missing.asked, 0u);
  EXPECT_THAT(outcome.report().recheck->skipped, HasSubstr("2 of 2 IDs were not asked for again: "));
}

}  // namespace
}  // namespace firmquery::test

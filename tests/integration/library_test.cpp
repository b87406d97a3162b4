// The library as others call it: the example of the documentation, two jobs at once, an instant that is lent.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "firmquery/db/session.hpp"
#include "run_case.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

using testing::HasSubstr;

class Library : public testing::Test {
 protected:
  static void fill(PostgresServer& server, const std::string& name, int rows) {
    server.execute("create table firm as select i as firm_root_id, '" + name +
                   " ' || i as name from generate_series(1, " + std::to_string(rows) +
                   ") i; alter table firm add primary key (firm_root_id); analyze firm");
  }
  static PostgresServer& server() {
    static PostgresServer shared;
    static const bool filled = (fill(shared, "one", 2000), true);
    (void)filled;
    return shared;
  }
  Job job(const std::string& ids, const std::string& out = "out") const {
    return make_job(directory_, server().dsn(), ids, kSql, out);
  }
  TempDir directory_;
};

TEST_F(Library, TheExampleCountsWithoutLeavingAFile) {
  const auto list = directory_.write("list.txt", numbers(1, 3000));
  const ProcessResult ran =
      run_process(FIRMQUERY_EXAMPLE, {server().dsn(), list.string(), kSql, "firm_root_id"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.out, "2000 rows, 2000 found, 1000 missing\n");
  EXPECT_THAT(ran.err, HasSubstr("session 2: "));
  EXPECT_EQ(run_process(FIRMQUERY_EXAMPLE, {server().dsn(), list.string(), "select 1", "id"}).exit_code, 6);
}

TEST_F(Library, TwoJobsAtOnceAgainstTwoServers) {
  PostgresServer other;
  fill(other, "two", 1000);
  const Job here = job(numbers(1, 3000), "here");
  const Job there = make_job(directory_, other.dsn(), numbers(1, 3000), kSql, "there");
  SilentLog log_here, log_there;
  Progress progress_here, progress_there;
  Result<RunOutcome> outcome_there = fail(ErrorKind::usage, "not run");
  std::thread second([&] { outcome_there = run_job(there, progress_there, log_there, {}); });
  const auto outcome_here = run_job(here, progress_here, log_here, {});
  second.join();
  ASSERT_TRUE(outcome_here) << outcome_here.error().to_string();
  ASSERT_TRUE(outcome_there) << outcome_there.error().to_string();
  EXPECT_EQ(outcome_here->report.result.found, 2000u);
  EXPECT_EQ(outcome_there->report.result.found, 1000u);
  EXPECT_EQ(progress_here.rows(), 2000u);
  EXPECT_EQ(progress_there.rows(), 1000u);
  EXPECT_THAT(read_text(here.out / "results.csv"), HasSubstr("\n7,one 7\n"));
  EXPECT_THAT(read_text(there.out / "results.csv"), HasSubstr("\n7,two 7\n"));
}

TEST_F(Library, ExecutionsShareAnInstantThatIsLent) {
  server().execute(
      "create table fading as select i as firm_root_id, '' as name from generate_series(1, 100) i");
  Job counted = job(numbers(1, 200));
  counted.sql = "select firm_root_id, name from fading where firm_root_id in ({ID_PLACEHOLDER})";
  EventStream events;
  auto prepared = prepare(counted, events, {});
  ASSERT_TRUE(prepared) << prepared.error().to_string();
  auto holder = Session::open(counted.connect);
  ASSERT_TRUE(holder);
  const auto instant = make_instant(prepared->dialect(), true, {});
  ASSERT_TRUE(instant->take(*holder));
  MeasuringStore first, second, own;
  EXPECT_EQ(execute(*prepared, first, {instant.get()}).report.result.found, 100u);
  server().execute("delete from fading where firm_root_id <= 60");
  const RunOutcome again = execute(*prepared, second, {instant.get()});
  EXPECT_FALSE(again.error) << again.error->to_string();
  EXPECT_EQ(again.report.result.found, 100u);
  EXPECT_EQ(first.rows_digest(), second.rows_digest());
  EXPECT_EQ(execute(*prepared, own).report.result.found, 40u);
  EXPECT_FALSE(own.rows_digest() == first.rows_digest());
}

TEST_F(Library, TheOutcomeOfAFailedRunHasItsReport) {
  Job failing = job(numbers(1, 10));
  failing.sql =
      "select firm_root_id, 1 / (firm_root_id - 5) as name from firm where firm_root_id in "
      "({ID_PLACEHOLDER})";
  SilentLog log;
  const RunOutcome outcome = firmquery::run_job(failing, log, {});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.kind, RunOutcome::Kind::ran);
  EXPECT_EQ(outcome.report.status, "failed");
  EXPECT_EQ(outcome.report.input.unique, 10u);
  EXPECT_EQ(outcome.report.dialect, "postgresql");
}

// The stream tells of a whole run in order, and its JSON form is one object a line.
TEST_F(Library, EventsTellOfARun) {
  class Lines : public Observer {
   public:
    void on(const Event& event) override { lines.push_back(nlohmann::json::parse(event_to_json(event))); }
    std::vector<nlohmann::json> lines;
  } lines;
  const RunOutcome outcome = firmquery::run_job(job(numbers(1, 500)), lines, {});
  ASSERT_FALSE(outcome.error);
  std::vector<std::string> names;
  std::uint64_t rows = 0, sequence = 0;
  for (const auto& line : lines.lines) {
    EXPECT_EQ(line["v"], 1);
    EXPECT_EQ(line["seq"], ++sequence);
    EXPECT_EQ(line["at"].get<std::string>().size(), std::string("2026-11-24T20:00:00.000Z").size());
    names.push_back(line["event"]);
    if (line["event"] == "rows_arrived") rows += line["rows"].get<std::uint64_t>();
  }
  EXPECT_EQ(rows, outcome.report.result.rows);
  EXPECT_EQ(names.front(), "started");
  EXPECT_EQ(names.back(), "ended");
  for (const char* name : {"connected", "list_read", "list_shared", "instant_taken", "chunk_loaded",
                           "unit_begun", "unit_done", "file_finished", "concluded"})
    EXPECT_THAT(names, testing::Contains(name));
}

}  // namespace
}  // namespace firmquery::test

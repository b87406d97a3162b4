// The same bytes on CockroachDB, too: what PostgreSQL's tests of the settings (reading_settings_test) show, where this
// server takes them otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "firmquery/core/report.hpp"
#include "firmquery/db/session.hpp"
#include "support/cockroach.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

class CockroachReading : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!cockroach_binary()) GTEST_SKIP() << "NOT TESTED on CockroachDB: there is none";
    shared_cockroach().execute(
        "create table if not exists visit (firm_root_id int primary key, share float8)");
    shared_cockroach().execute(
        "upsert into visit values (1, 0.30000000000000004), (2, 1.0 / 3.0), (3, 1e22), (4, "
        "9007199254740993.0), "
        "(5, 5e-324), (6, 0.1)");
  }
  ProcessResult run(const std::vector<std::string>& more) {
    directory_.write("ids.txt", "1\n2\n3\n4\n5\n6\n");
    std::vector<std::string> all = {
        "run",
        "--ids",
        directory_ / "ids.txt",
        "--header",
        "no",
        "--sql",
        "select firm_root_id, share from visit where firm_root_id in ({ID_PLACEHOLDER})",
        "--dsn",
        shared_cockroach().dsn(),
        "--out",
        directory_ / "out",
        "--progress",
        "never"};
    all.insert(all.end(), more.begin(), more.end());
    return run_process(FIRMQUERY_BINARY, all, {});
  }
  TempDir directory_;
};

TEST_F(CockroachReading, ADoubleKeepsAllDigitsThatTellItFromItsNeighbours) {
  const auto ended = run({});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const std::string results = read_text(directory_ / "out" / "results.csv");
  for (const char* row : {"1,0.30000000000000004\n", "2,0.3333333333333333\n", "3,1e+22\n",
                          "4,9.007199254740992e+15\n", "5,5e-324\n", "6,0.1\n"})
    EXPECT_THAT(results, HasSubstr(row));
}

// Whatever this version has: locks, or functions of their names that say yes to everybody.
TEST_F(CockroachReading, AJobIsLockedWhereTheServerHoldsLocks) {
  const auto ended = run({"--job", "nightly", "--log-file", directory_ / "log.txt", "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const std::string log = read_text(directory_ / "log.txt");
  ConnectOptions options;
  options.dsn = shared_cockroach().dsn();
  const std::string ask = "begin; select pg_try_advisory_xact_lock(7)";
  auto one = Session::open(options), two = Session::open(options);
  ASSERT_TRUE(one && two);
  const auto first = one->execute(ask), second = two->execute(ask);
  const bool holds = first && second && first->at(0, 0) == "t" && second->at(0, 0) == "f";
  EXPECT_THAT(log, HasSubstr(holds ? "job nightly is locked for all hosts"
                                   : "no server holds a lock of job nightly"));
  EXPECT_GT(nlohmann::json::parse(ended.out)["left"]["gc_window_s"].get<double>(), 0);
}

TEST_F(CockroachReading, AZoneOrAnOrderThatCannotBeHadIsAnErrorOfTheOption) {
  const auto zone = run({"--time-zone", "Mars/Olympus"});
  EXPECT_EQ(zone.exit_code, 2) << zone.err;
  EXPECT_THAT(zone.err, HasSubstr("--time-zone"));
}

TEST_F(CockroachReading, TheTimeZoneIsThatOfTheOption) {
  const auto ended = run({"--time-zone", "Europe/Berlin"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto report = report_from_json(read_text(directory_ / "out" / "report.json"), "report.json");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->session.time_zone, "Europe/Berlin");
}

}  // namespace
}  // namespace firmquery::test

// The same bytes whatever a role, a database or the environment has set; and who wants others says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/core/report.hpp"
#include "support/postgres.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kAilingQuery =
    "select firm_root_id, seen, since, age, share, key, seen::text as seen_text, date '01/02/2024' as day, "
    "case when ail(firm_root_id) then 1 end as ail from visit where firm_root_id in ({ID_PLACEHOLDER})";

class ReadingSettings : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create table visit (firm_root_id int primary key, seen timestamptz, since date, age interval, "
        "share float8, key bytea);"
        "insert into visit select n, timestamptz '2024-03-31 00:30:00+00' + n * interval '24 hours', "
        "date '2024-02-01' + n, n * interval '1 month 2 days 03:04:05.5', n / 3.0::float8, '\\x00ff41' "
        "from generate_series(1, 50) n;"
        "create table ill (n int);"
        "create function ail(n int) returns bool stable language plpgsql as $$ begin "
        "if exists (select from ill where ill.n = ail.n) then raise exception using errcode = '40001'; end "
        "if; "
        "return false; end $$;"
        "create role odd login; grant select on all tables in schema public to odd;"
        "alter role odd set timezone = 'Asia/Kathmandu'; alter role odd set datestyle = 'SQL, DMY';"
        "alter role odd set intervalstyle = 'iso_8601'; alter role odd set extra_float_digits = -5;"
        "alter role odd set bytea_output = 'escape'; alter role odd set lock_timeout = '7s'");
  }
  ProcessResult firmquery(std::vector<std::string> arguments,
                          std::map<std::string, std::optional<std::string>> environment = {}) {
    ProcessOptions options;
    options.environment = std::move(environment);
    return run_process(FIRMQUERY_BINARY, arguments, options);
  }
  std::vector<std::string> run_as(const std::string& role, const std::string& out,
                                  const std::vector<std::string>& more = {}) {
    directory_.write("ids.txt", "1\n2\n3\n4\n5\n6\n99\n");
    std::vector<std::string> all = {"run",
                                    "--ids",
                                    directory_ / "ids.txt",
                                    "--header",
                                    "no",
                                    "--sql",
                                    kAilingQuery,
                                    "--dsn",
                                    shared_server().dsn() + " user=" + role,
                                    "--out",
                                    directory_ / out,
                                    "--progress",
                                    "never",
                                    "--max-retries",
                                    "0"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string results(const std::string& out) { return read_text(directory_ / out / "results.csv"); }
  Report report(const std::string& out) {
    return report_from_json(read_text(directory_ / out / "report.json"), "report.json").value();
  }
  TempDir directory_;
};

TEST_F(ReadingSettings, TheSameBytesWhateverTheRoleAndTheEnvironmentSay) {
  for (const char* strategy : {"temp-table", "array"}) {
    const std::string plain = std::string("plain-") + strategy, odd = std::string("odd-") + strategy;
    const auto one = firmquery(run_as(shared_server().user(), plain, {"--strategy", strategy}));
    ASSERT_EQ(one.exit_code, 0) << one.err;
    const auto other = firmquery(run_as("odd", odd, {"--strategy", strategy}),
                                 {{"PGTZ", "America/New_York"},
                                  {"PGDATESTYLE", "German"},
                                  {"PGOPTIONS", "-c intervalstyle=sql_standard -c extra_float_digits=0"}});
    ASSERT_EQ(other.exit_code, 0) << other.err;
    EXPECT_EQ(results(plain), results(odd));
    EXPECT_THAT(results(odd), HasSubstr("2024-04-01 00:30:00+00,2024-02-02,1 mon 2 days 03:04:05.5,"
                                        "0.3333333333333333,\\x00ff41,2024-04-01 00:30:00+00,2024-01-02"));
    // The role reads dates day first elsewhere, so the query may not mean what its author thinks.
    EXPECT_THAT(other.err + other.out, HasSubstr("--date-order"));
    EXPECT_THAT(one.err + one.out, Not(HasSubstr("--date-order")));
    const SessionReport session = report(odd).session;
    EXPECT_EQ(session.time_zone, "UTC");
    EXPECT_EQ(session.date_style, "ISO, MDY");
    EXPECT_EQ(session.interval_style, "postgres");
    EXPECT_EQ(session.extra_float_digits, "1");
    EXPECT_EQ(session.bytea_output, "hex");
    EXPECT_EQ(session.row_security, "off");
  }
}

TEST_F(ReadingSettings, AnotherZoneAndOrderAreAnOption) {
  const auto ended = firmquery(run_as("odd", "out", {"--time-zone", "Europe/Berlin", "--date-order", "dmy"}));
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(results("out"), HasSubstr("2024-04-01 02:30:00+02,"));
  EXPECT_THAT(results("out"), HasSubstr(",2024-02-01,"));
  EXPECT_EQ(report("out").session.time_zone, "Europe/Berlin");
  EXPECT_EQ(report("out").session.date_style, "ISO, DMY");
  EXPECT_THAT(ended.err, HasSubstr("time zone Europe/Berlin"));
}

TEST_F(ReadingSettings, AZoneThatDoesNotExistIsAnErrorOfTheOption) {
  const auto ended = firmquery(run_as("odd", "out", {"--time-zone", "Mars/Olympus"}));
  EXPECT_EQ(ended.exit_code, 2) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("--time-zone"));
  EXPECT_THAT(ended.err, HasSubstr("pg_timezone_names"));
}

// The list of IDs from a query, too: text of a time zone's day.
TEST_F(ReadingSettings, AQueryOfIdsReadsInTheSameWay) {
  std::vector<std::string> command = run_as("odd", "out");
  command[2] = "sql:select extract(hour from timestamptz '2024-01-01 03:00+00')::int";
  command.erase(command.begin() + 3, command.begin() + 5);
  command.insert(command.end(), {"--ids-dsn", shared_server().dsn() + " user=odd"});
  const auto ended = firmquery(command);
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(results("out"), HasSubstr("\n3,2024-04-03 00:30:00+00,"));
}

TEST_F(ReadingSettings, ARunGoesOnWithTheSettingsItBeganWith) {
  shared_server().execute("insert into ill values (4)");
  const auto partial = firmquery(
      run_as("odd", "out", {"--strategy", "in-list", "--chunk-size", "1", "--time-zone", "Europe/Berlin"}));
  shared_server().execute("truncate ill");
  ASSERT_EQ(partial.exit_code, 4) << partial.err;
  const auto changed = firmquery({"resume", directory_ / "out"}, {{"FIRMQUERY_TIME_ZONE", "Asia/Tokyo"}});
  EXPECT_EQ(changed.exit_code, 2) << changed.err;
  EXPECT_THAT(changed.err, HasSubstr("time zone Europe/Berlin"));
  const auto done = firmquery({"resume", directory_ / "out"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(results("out"), HasSubstr("4,2024-04-04 02:30:00+02,"));
  EXPECT_THAT(results("out"), HasSubstr("6,2024-04-06 02:30:00+02,"));
}

}  // namespace
}  // namespace firmquery::test

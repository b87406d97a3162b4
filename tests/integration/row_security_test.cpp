// Rows that row-level security hides from the role must not be reported as missing, unless that is wanted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/core/report.hpp"
#include "support/postgres.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RowSecurity : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create schema sales; create table sales.firm (firm_root_id int primary key, name text);"
        "insert into sales.firm select n, 'firm ' || n from generate_series(1, 1000) n;"
        "create table sales.plain (firm_root_id int primary key); insert into sales.plain values (1);"
        "alter table sales.firm enable row level security;"
        "create policy half on sales.firm using (firm_root_id % 2 = 0);"
        "create view sales.by_owner as select * from sales.firm;"
        "create role seer login; create role landlord login; grant usage on schema sales to seer, landlord;"
        "grant select on all tables in schema sales to seer;"
        "create table sales.forced (firm_root_id int primary key); insert into sales.forced values (1), (2);"
        "create policy second on sales.forced using (firm_root_id = 2);"
        "alter table sales.forced owner to landlord;"
        "alter table sales.forced enable row level security; alter table sales.forced force row level "
        "security");
    if (std::stoi(shared_server().value("show server_version_num")) >= 150000) {
      shared_server().execute(
          "create view sales.by_invoker with (security_invoker = true) as select * from sales.firm;"
          "grant select on sales.by_invoker to seer");
    }
  }
  ProcessResult firmquery(const std::string& command, const std::string& relation, const std::string& role,
                          const std::vector<std::string>& more = {}) {
    directory_.write("ids.txt", "1\n2\n3\n4\n5000\n");
    std::vector<std::string> all = {
        command,
        "--ids",
        directory_ / "ids.txt",
        "--sql",
        "select firm_root_id from " + relation + " where firm_root_id in ({ID_PLACEHOLDER})",
        "--dsn",
        shared_server().dsn() + " user=" + role,
        "--out",
        directory_ / "out"};
    all.insert(all.end(), more.begin(), more.end());
    return run_process(FIRMQUERY_BINARY, all);
  }
  Report report() {
    return report_from_json(read_text(directory_ / "out" / "report.json"), "report.json").value();
  }
  TempDir directory_;
};

TEST_F(RowSecurity, HiddenRowsAreAnErrorThatNamesTableRoleAndWaysOut) {
  for (const char* command : {"run", "plan"}) {
    const auto ended = firmquery(command, "sales.firm", "seer");
    EXPECT_EQ(ended.exit_code, 5) << command << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("row-level security of sales.firm hides rows from role seer"),
                                 HasSubstr("BYPASSRLS"), HasSubstr("--row-security on")));
  }
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out" / "missing.csv"));
}

TEST_F(RowSecurity, TheFilteredViewIsAChoiceThatTheReportCarries) {
  const auto planned = firmquery("plan", "sales.firm", "seer", {"--row-security", "on"});
  EXPECT_EQ(planned.exit_code, 0) << planned.err;
  EXPECT_THAT(planned.out + planned.err, HasSubstr("row-level security of sales.firm hides rows"));
  const auto ended = firmquery("run", "sales.firm", "seer", {"--row-security", "on"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(report().session.row_security, "on");
  EXPECT_EQ(report().result.found, 2u);
  EXPECT_EQ(report().result.missing, 3u);
  EXPECT_THAT(report().warnings, ::testing::Contains(HasSubstr("reported as missing")));
}

TEST_F(RowSecurity, NobodyIsBotheredWhereNothingIsHidden) {
  const struct {
    const char *relation, *role;
  } cases[] = {{"sales.plain", "seer"}, {"sales.by_owner", "seer"}, {"sales.firm", nullptr}};
  for (const auto& [relation, role] : cases) {
    const std::string who = role != nullptr ? role : shared_server().user();
    const auto examined = firmquery("doctor", relation, who);
    EXPECT_EQ(examined.exit_code, 0) << examined.out << examined.err;
    EXPECT_THAT(examined.out, Not(HasSubstr("hides rows")));
    const auto ended = firmquery("run", relation, who);
    EXPECT_EQ(ended.exit_code, 0) << relation << ended.err;
    EXPECT_EQ(report().session.row_security, "off");
    EXPECT_THAT(report().warnings, ::testing::IsEmpty());
    std::filesystem::remove_all(directory_ / "out");
  }
}

TEST_F(RowSecurity, ViewsAndForcedTablesAreLookedThrough) {
  const auto forced = firmquery("run", "sales.forced", "landlord");
  EXPECT_EQ(forced.exit_code, 5) << forced.err;
  EXPECT_THAT(forced.err, HasSubstr("row-level security of sales.forced"));
  if (shared_server().value("select to_regclass('sales.by_invoker')").empty()) {
    GTEST_SKIP() << "NOT TESTED: views with security_invoker are of PostgreSQL 15";
  }
  const auto invoker = firmquery("run", "sales.by_invoker", "seer");
  EXPECT_EQ(invoker.exit_code, 5) << invoker.err;
  EXPECT_THAT(invoker.err, HasSubstr("row-level security of sales.firm"));
}

TEST_F(RowSecurity, DoctorHasACheckForIt) {
  const auto hidden = firmquery("doctor", "sales.firm", "seer");
  EXPECT_EQ(hidden.exit_code, 5) << hidden.out;
  EXPECT_THAT(hidden.out, HasSubstr("row-level security of sales.firm hides rows from role seer"));
  const auto wanted = firmquery("doctor", "sales.firm", "seer", {"--row-security", "on"});
  EXPECT_EQ(wanted.exit_code, 0) << wanted.out;
  EXPECT_THAT(wanted.out, HasSubstr("as was asked for"));
  const auto none = firmquery("doctor", "sales.plain", "seer");
  EXPECT_THAT(none.out, HasSubstr("no table of the query has it"));
}

TEST_F(RowSecurity, ThePlanSaysWhatItDoes) {
  const auto hidden = firmquery("plan", "sales.firm", "seer");
  EXPECT_EQ(hidden.exit_code, 5) << hidden.out;
  EXPECT_THAT(hidden.err, HasSubstr("row-level security of sales.firm hides rows from role seer"));
  const auto wanted = firmquery("plan", "sales.firm", "seer", {"--row-security", "on"});
  EXPECT_EQ(wanted.exit_code, 0) << wanted.err;
  EXPECT_THAT(wanted.out, AllOf(HasSubstr("row-level security: rows may be hidden from role seer"),
                                HasSubstr("as was asked for")));
}

TEST_F(RowSecurity, AMissingPrivilegeIsStillAMissingPrivilege) {
  const auto ended = firmquery("run", "sales.firm", "landlord");
  EXPECT_EQ(ended.exit_code, 5) << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("GRANT SELECT"), Not(HasSubstr("row-level"))));
}

// A list of IDs that is not whole would be answered wholly, and wrongly.
TEST_F(RowSecurity, AQueryOfIdsIsReadInTheSameWay) {
  const std::vector<std::string> list = {"--ids", "sql:select firm_root_id from sales.firm", "--ids-dsn",
                                         shared_server().dsn() + " user=seer"};
  const auto ended = firmquery("run", "sales.plain", "seer", list);
  EXPECT_EQ(ended.exit_code, 5) << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("firm"), HasSubstr("--row-security on")));
  std::vector<std::string> wanted = list;
  wanted.insert(wanted.end(), {"--row-security", "on"});
  const auto filtered = firmquery("run", "sales.plain", "seer", wanted);
  EXPECT_EQ(filtered.exit_code, 0) << filtered.err;
  EXPECT_EQ(report().input.unique, 500u);
}

}  // namespace
}  // namespace firmquery::test

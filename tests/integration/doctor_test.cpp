// The examination against a throw-away PostgreSQL, healthy and not, and the cleaning up after dead runs.
#include "firmquery/preflight/doctor.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "firmquery/db/session.hpp"
#include "run_case.hpp"

namespace firmquery::test {
namespace {

using testing::Each;
using testing::HasSubstr;

class Doctor : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create table firm (firm_root_id bigint primary key, name text);"
        "create role nobody_here login; create role standby_like login;"
        "alter role standby_like set default_transaction_read_only = on;"
        "grant select on firm to standby_like");
  }
  Job job(const std::string& ids = "1\n2\n", const std::string& sql = kSql) {
    return make_job(directory_, dsn_, ids, sql);
  }
  Diagnosis examine(const Job& wanted) {
    auto diagnosis = examine_job(wanted, {});
    EXPECT_TRUE(diagnosis) << diagnosis.error().to_string();
    return diagnosis ? *diagnosis : Diagnosis{};
  }
  // The worst that was found under a name.
  static Check check(const Diagnosis& diagnosis, std::string_view name) {
    for (const CheckStatus status :
         {CheckStatus::fail, CheckStatus::warn, CheckStatus::not_checked, CheckStatus::ok}) {
      for (const Check& found : diagnosis.checks) {
        if (found.name == name && found.status == status) return found;
      }
    }
    ADD_FAILURE() << "no check is called " << name;
    return {};
  }

  TempDir directory_;
  const std::string dsn_ = shared_server().dsn();
};

TEST_F(Doctor, FindsNothingWhereNothingIsWrong) {
  const Job wanted = job();
  const Diagnosis diagnosis = examine(wanted);
  EXPECT_EQ(diagnosis.exit_code(), 0);
  for (const Check& found : diagnosis.checks) {
    EXPECT_NE(found.status, CheckStatus::fail) << found.name << ": " << found.detail;
    EXPECT_NE(found.status, CheckStatus::not_checked) << found.name << ": " << found.detail;
  }
  EXPECT_THAT(check(diagnosis, "index on the key").detail, HasSubstr("firm_pkey"));
  EXPECT_THAT(check(diagnosis, "strategy").detail, HasSubstr("temp-table"));
  EXPECT_EQ(check(diagnosis, "clock").status, CheckStatus::ok);
  EXPECT_FALSE(std::filesystem::exists(wanted.out));
}

TEST_F(Doctor, AnUnreachableServerIsTransientAndTheRestIsStillChecked) {
  Job wanted = job();
  wanted.connect.dsn = "host=/nonexistent/firmquery dbname=x";
  const Diagnosis diagnosis = examine(wanted);
  EXPECT_EQ(diagnosis.exit_code(), 4);
  EXPECT_EQ(check(diagnosis, "server reachable").status, CheckStatus::fail);
  EXPECT_EQ(check(diagnosis, "list of IDs").status, CheckStatus::ok);
  EXPECT_EQ(check(diagnosis, "query template").status, CheckStatus::ok);
  for (const char* name : {"TLS", "authentication", "dialect", "query and key column", "SELECT privilege",
                           "list against key", "staging tables"}) {
    EXPECT_EQ(check(diagnosis, name).status, CheckStatus::not_checked) << name;
  }
}

TEST_F(Doctor, AnUnknownRoleReachesTheServerOnly) {
  Job wanted = job();
  wanted.connect.dsn = dsn_ + " user=never_made";
  const Diagnosis diagnosis = examine(wanted);
  EXPECT_EQ(diagnosis.exit_code(), 5);
  EXPECT_EQ(check(diagnosis, "server reachable").status, CheckStatus::ok);
  EXPECT_EQ(check(diagnosis, "authentication").status, CheckStatus::fail);
}

TEST_F(Doctor, AMissingPrivilegeNamesTheGrant) {
  Job wanted = job();
  wanted.connect.dsn = dsn_ + " user=nobody_here";
  const Diagnosis diagnosis = examine(wanted);
  EXPECT_EQ(diagnosis.exit_code(), 5);
  const Check privilege = check(diagnosis, "SELECT privilege");
  EXPECT_EQ(privilege.status, CheckStatus::fail);
  EXPECT_THAT(privilege.remedy, HasSubstr("GRANT SELECT ON TABLE firm TO nobody_here"));
  EXPECT_EQ(check(diagnosis, "index on the key").status, CheckStatus::ok);
}

TEST_F(Doctor, AReadOnlyRoleEndsAtTheArray) {
  Job wanted = job();
  wanted.connect.dsn = dsn_ + " user=standby_like";
  const Diagnosis diagnosis = examine(wanted);
  EXPECT_EQ(diagnosis.exit_code(), 0);
  EXPECT_EQ(check(diagnosis, "writable").status, CheckStatus::warn);
  EXPECT_EQ(check(diagnosis, "capability temp_table").status, CheckStatus::warn);
  EXPECT_THAT(check(diagnosis, "strategy").detail, HasSubstr("array"));
  wanted.strategy = StrategyKind::temp_table;
  EXPECT_EQ(examine(wanted).exit_code(), 5);
}

TEST_F(Doctor, AQueryThatDoesNotFitIsExitSix) {
  const Diagnosis absent =
      examine(job("1\n", "select firm_root_id from absent where firm_root_id in ({ID_PLACEHOLDER})"));
  EXPECT_EQ(absent.exit_code(), 6);
  EXPECT_EQ(check(absent, "query and key column").status, CheckStatus::fail);
  const Diagnosis unparsed = examine(job("1\n", "select firm_root_id from firm"));
  EXPECT_EQ(unparsed.exit_code(), 6);
  EXPECT_EQ(check(unparsed, "query template").status, CheckStatus::fail);
  EXPECT_EQ(check(unparsed, "query and key column").status, CheckStatus::not_checked);
}

TEST_F(Doctor, AListThatDoesNotFitTheKeyFails) {
  const Diagnosis none = examine(job("alpha\nbeta\n"));
  EXPECT_EQ(none.exit_code(), 2);
  EXPECT_EQ(check(none, "list against key").status, CheckStatus::fail);
  EXPECT_THAT(check(none, "list against key").detail, HasSubstr("2 of 2 entries are no ID of type int"));
  const Diagnosis empty = examine(job("\n"));
  EXPECT_EQ(empty.exit_code(), 2);
  EXPECT_EQ(check(empty, "list of IDs").status, CheckStatus::fail);
  Job allowed = job("\n");
  allowed.allow_empty = true;
  EXPECT_EQ(examine(allowed).exit_code(), 0);
  const Diagnosis some = examine(job("1\nbeta\n"));
  EXPECT_EQ(some.exit_code(), 0);
  EXPECT_THAT(check(some, "list against key").detail, HasSubstr("1 of 2 entries do not fit"));
}

TEST_F(Doctor, TheOutputDirectoryMustBeFree) {
  Job wanted = job();
  directory_.write("out/mine.txt", "keep\n");
  EXPECT_EQ(check(examine(wanted), "output directory").status, CheckStatus::fail);
  EXPECT_EQ(examine(wanted).exit_code(), 2);
}

TEST_F(Doctor, WhatIsNotGivenIsNotChecked) {
  Job wanted;
  wanted.connect.dsn = dsn_;
  wanted.out = directory_ / "out";
  const Diagnosis diagnosis = examine(wanted);
  EXPECT_EQ(diagnosis.exit_code(), 0);
  EXPECT_EQ(check(diagnosis, "list of IDs").status, CheckStatus::not_checked);
  EXPECT_EQ(check(diagnosis, "query template").status, CheckStatus::not_checked);
  EXPECT_EQ(check(diagnosis, "strategy").status, CheckStatus::ok);
}

TEST_F(Doctor, TheCommandPrintsALineACheckOrOneObject) {
  const std::vector<std::string> arguments = {"doctor", "--sql", kSql, "--dsn", dsn_ + " user=nobody_here"};
  const ProcessResult text = run_process(FIRMQUERY_BINARY, arguments);
  EXPECT_EQ(text.exit_code, 5) << text.err;
  EXPECT_THAT(text.out, HasSubstr("-     list of IDs: not checked: no --ids\n"));
  EXPECT_THAT(text.out, HasSubstr("fail  SELECT privilege: "));
  EXPECT_THAT(text.out, HasSubstr("\n      ask for: GRANT SELECT"));
  std::vector<std::string> with_json = arguments;
  with_json.emplace_back("--json");
  const auto json = nlohmann::json::parse(run_process(FIRMQUERY_BINARY, with_json).out);
  EXPECT_EQ(json["exit_code"], 5);
  EXPECT_EQ(json["checks"][0]["status"], "not checked");
}

TEST(StagingTable, OnlyExactNamesHaveATime) {
  using namespace std::chrono;
  EXPECT_EQ(staging_table_time("firmquery_staging_20261123t034500z_1f9c2a"),
            sys_days{year{2026} / November / 23} + hours{3} + minutes{45});
  for (const char* name :
       {"", "firmquery_staging_", "firmquery_staging_20261123t034500z_1f9c2", "firmquery_staging_mine",
        "firmquery_staging_20261123t034500z_1f9c2a1", "xfirmquery_staging_20261123t034500z_1f9c2a",
        "firmquery_staging_20261123T034500Z_1f9c2a", "firmquery_staging_20261123t034500z_1f9c2g",
        "firmquery_staging_20261323t034500z_1f9c2a", "firmquery_staging_20260230t034500z_1f9c2a",
        "firmquery_staging_20261123t244500z_1f9c2a", "firmquery-staging_20261123t034500z_1f9c2a"}) {
    EXPECT_FALSE(staging_table_time(name)) << name;
  }
}

class CleanStaging : public testing::Test {
 protected:
  void SetUp() override { shared_server().create_database(database_); }
  void TearDown() override { shared_server().execute("drop database " + database_ + " with (force)"); }
  void make_table(const std::string& name) {
    shared_server().execute("create table \"" + name + "\" (ord integer)", database_);
  }
  bool exists(const std::string& name) {
    return shared_server().value("select count(*) from pg_class where relname = '" + name + "'", database_) ==
           "1";
  }
  ConnectOptions connect() {
    ConnectOptions options;
    options.dsn = shared_server().dsn(database_);
    return options;
  }

  const std::string database_ = "leftovers";
  const std::string old_ = "firmquery_staging_20261120t000000z_00000a";
  const std::string young_ = "firmquery_staging_20261123t030000z_00000b";
  const std::chrono::sys_seconds now_ =
      std::chrono::sys_days{std::chrono::year{2026} / std::chrono::November / 23} + std::chrono::hours{4};
};

TEST_F(CleanStaging, DropsOldTablesOfThisRoleAndNoOther) {
  const std::string almost = "firmquery_staging_20261120t000000z_00000a_copy";
  const std::string foreign = "firmquery_staging_20261120t000000z_00000c";
  const std::string view = "firmquery_staging_20261120t000000z_00000d";
  for (const std::string& name : {old_, young_, almost, foreign}) make_table(name);
  shared_server().execute("create view \"" + view + "\" as select 1 as one", database_);
  shared_server().execute("create role other_owner; alter table \"" + foreign + "\" owner to other_owner",
                          database_);

  const auto listed = clean_staging(connect(), {}, now_);
  ASSERT_TRUE(listed) << listed.error().to_string();
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[0].name, old_);
  EXPECT_TRUE(exists(old_));

  const auto cleaned = clean_staging(connect(), {std::chrono::hours{24}}, now_);
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_TRUE((*cleaned)[0].dropped);
  EXPECT_FALSE((*cleaned)[1].dropped);
  EXPECT_FALSE(exists(old_));
  for (const std::string& name : {young_, almost, foreign, view}) EXPECT_TRUE(exists(name)) << name;
  shared_server().execute("drop owned by other_owner; drop role other_owner", database_);
}

TEST_F(CleanStaging, ATableInUseStaysAndSaysWhy) {
  make_table(old_);
  auto user = Session::open(connect());
  ASSERT_TRUE(user);
  ASSERT_TRUE(user->execute("begin; select * from \"" + old_ + "\""));
  const auto cleaned = clean_staging(connect(), {std::chrono::hours{24}}, now_);
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  ASSERT_EQ(cleaned->size(), 1U);
  EXPECT_FALSE((*cleaned)[0].dropped);
  ASSERT_TRUE((*cleaned)[0].problem);
  EXPECT_EQ((*cleaned)[0].problem->sqlstate, "55P03");
  EXPECT_TRUE(exists(old_));
}

TEST_F(CleanStaging, TheCommandSaysWhatItDid) {
  const std::string ancient = "firmquery_staging_20200101t000000z_00000a";  // before any clock of today
  make_table(ancient);
  const ProcessResult young = run_process(
      FIRMQUERY_BINARY, {"doctor", "--clean-staging", "90000d", "--dsn", shared_server().dsn(database_)});
  EXPECT_EQ(young.exit_code, 0) << young.err;
  EXPECT_THAT(young.out, HasSubstr("kept      public." + ancient));
  const ProcessResult all = run_process(
      FIRMQUERY_BINARY, {"doctor", "--clean-staging", "0s", "--dsn", shared_server().dsn(database_)});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr("dropped   public." + ancient));
  EXPECT_FALSE(exists(ancient));
}

}  // namespace
}  // namespace firmquery::test

// What a running staging-table run works with is never dropped by who cleans up; what a dead one left is.
#include <gtest/gtest.h>

#include "firmquery/preflight/doctor.hpp"
#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

class StagingInUse : public ::testing::TestWithParam<DialectKind> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    server_.execute({"drop table if exists firm",
                     "create table firm (firm_root_id int8 primary key, name text)",
                     "insert into firm select n, 'firm' from generate_series(1, 2000) n"});
  }
  static std::chrono::sys_seconds in_a_year() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
           std::chrono::days(365);
  }
  Job job(const std::string& out) const {
    Job job = make_job(directory_, server_.dsn(), numbers(1, 2000),
                       "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})", out);
    job.strategy = StrategyKind::staging_table;
    return job;
  }

  const EachServer server_{GetParam()};
  TempDir directory_;
};

// Cleaned from its first range on, again and again, by who takes every table for old enough.
TEST_P(StagingInUse, ARunningRunKeepsItsTable) {
  const Job running = job("out");
  unsigned seen = 0;
  const Outcome outcome = run_halting(
      running, [](const Progress& progress) { return progress.rows() > 0; },
      [&] {
        for (const Cleaning& cleaning : {Cleaning{std::chrono::seconds(0)}, Cleaning{}}) {
          Cleaning now = cleaning;
          const auto listed = clean_staging(running.connect, {}, in_a_year());
          ASSERT_TRUE(listed) << listed.error().to_string();
          ASSERT_EQ(listed->size(), 1U);
          if (!now.age) now.name = (*listed)[0].name;
          const auto cleaned = clean_staging(running.connect, now, in_a_year());
          ASSERT_TRUE(cleaned) << cleaned.error().to_string();
          ASSERT_EQ(cleaned->size(), 1U);
          EXPECT_EQ((*cleaned)[0].use, LeftoverTable::Use::running);
          EXPECT_FALSE((*cleaned)[0].dropped);
          EXPECT_FALSE((*cleaned)[0].problem);
          ++seen;
        }
      });
  EXPECT_EQ(seen, 2U);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().status, "complete");
  EXPECT_EQ(outcome.report().result.found, 2000U);
  EXPECT_EQ(server_.tables_left(), "0");
}

TEST_P(StagingInUse, WhatADeadRunLeftGoesByAgeOrByName) {
  const std::string old = "firmquery_staging_20261120t000000z_00000a",
                    young = "firmquery_staging_20261123t000000z_00000b";
  server_.execute({"create table " + old + " (ord int8)", "create table " + young + " (ord int8)"});
  ConnectOptions connect;
  connect.dsn = server_.dsn();
  const auto now = *staging_table_time(young) + std::chrono::hours(1);
  const auto by_age = clean_staging(connect, {std::chrono::hours(24)}, now);
  ASSERT_TRUE(by_age) << by_age.error().to_string();
  ASSERT_EQ(by_age->size(), 2U);
  EXPECT_TRUE((*by_age)[0].dropped);
  EXPECT_EQ((*by_age)[0].use, LeftoverTable::Use::none);
  EXPECT_FALSE((*by_age)[1].dropped);
  const auto by_name = clean_staging(connect, {{}, young}, now);
  ASSERT_TRUE(by_name) << by_name.error().to_string();
  ASSERT_EQ(by_name->size(), 1U);
  EXPECT_TRUE((*by_name)[0].dropped);
  EXPECT_EQ(server_.tables_left(), "0");
}

// A run that was killed: its directory is unfinished, its sessions are gone, its table stands.
TEST_P(StagingInUse, TheTableOfAResumableRunGoesByNameOnly) {
  Job failing = job("out");
  failing.sql =
      "select firm_root_id, name, 1 / (firm_root_id - 2000) from firm where firm_root_id in "
      "({ID_PLACEHOLDER})";
  ASSERT_FALSE(run(failing).result) << "it divides by zero";
  const std::vector<std::string> resumable = resumable_tables(failing);
  ASSERT_EQ(resumable.size(), 1U);
  failing.series = RunSeries{directory_.path(), {}, "out"};
  EXPECT_EQ(resumable_tables(failing), resumable);
  server_.execute({"create table " + resumable[0] + " (ord int8)"});  // as a killed run leaves it
  Cleaning cleaning{std::chrono::seconds(0), {}, resumable};
  const auto by_age = clean_staging(failing.connect, cleaning, in_a_year());
  ASSERT_TRUE(by_age) << by_age.error().to_string();
  ASSERT_EQ(by_age->size(), 1U);
  EXPECT_TRUE((*by_age)[0].resumable);
  EXPECT_FALSE((*by_age)[0].dropped);
  cleaning.name = resumable[0];
  const auto by_name = clean_staging(failing.connect, cleaning, in_a_year());
  ASSERT_TRUE(by_name) << by_name.error().to_string();
  EXPECT_TRUE((*by_name)[0].dropped);
}

INSTANTIATE_TEST_SUITE_P(Each, StagingInUse, ::testing::ValuesIn(kEachServer),
                         [](const auto& parameter) { return std::string(to_string(parameter.param)); });

}  // namespace
}  // namespace firmquery::test

// Why is it missing? A list that was damaged on its way, end to end: the suggestion, and the run that follows it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>

#include "firmquery/output/xlsx_reader.hpp"
#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kFirms = 2000;

// The n-th ID: AB-00001234, or 0000001234.
std::string code(int n) {
  return fmt::format("AB-{:08}", n * 37);
}
std::string number(int n) {
  return fmt::format("{:010}", n * 37);
}

struct Damage {
  std::string rule;
  std::string (*id)(int);
  std::function<std::string(std::string)> damage;
};

std::string bare(std::string id) {
  return id.substr(std::min(id.find_first_not_of('0'), id.size() - 1));
}

const std::vector<Damage>& damages() {
  static const std::vector<Damage> all = {
      {"pad:10", number, bare},
      {"trim", code, [](std::string id) { return "\xE2\x81\xA0" + id; }},
      {"strip-blanks", number, [](std::string id) { return id.substr(0, 5) + " " + id.substr(5); }},
      {"upper", code, [](std::string id) { return "ab" + id.substr(2); }},
      {"strip-separators", number, [](std::string id) { return id.substr(0, 5) + "-" + id.substr(5); }},
      {"group:2-8", code, [](std::string id) { return id.substr(0, 2) + id.substr(3); }},
      {"look-alikes", number, [](std::string id) { return "O" + id.substr(1); }},
      {"ascii", code, [](std::string id) { return "\xD0\x90" + id.substr(1); }},
      {"strip-zeros", [](int n) { return std::to_string(1'000'000 + n * 37); },
       [](std::string id) { return "00" + id; }},
      {"strip-separators+pad:10", number,
       [](std::string id) { return bare(id).substr(0, 1) + "-" + bare(id).substr(1); }},
  };
  return all;
}

class NearMissRun : public ::testing::TestWithParam<DialectKind> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
  }

  void table(const std::string& name, std::string (*id)(int), int count = kFirms) {
    std::string values;
    for (int n = 0; n < count; ++n) values += fmt::format("{}('{}', {})", n == 0 ? "" : ", ", id(n), n);
    server_.execute({"drop table if exists " + name,
                     "create table " + name + " (firm_root_id text primary key, n int)",
                     "insert into " + name + " values " + values});
  }
  Job job(const std::string& table, const std::string& ids, const std::string& out = "out") {
    return make_job(directory_, server_.dsn(), ids,
                    "select firm_root_id, n from " + table + " where firm_root_id in ({ID_PLACEHOLDER})",
                    out);
  }
  std::string missing_file(const std::string& out = "out") {
    return read_text(directory_.path() / out / "missing.csv");
  }

  EachServer server_{GetParam()};
  TempDir directory_;
};

TEST_P(NearMissRun, EachDamageGetsItsRuleAndTheRuleFindsTheRows) {
  int at = 0;
  for (const Damage& damage : damages()) {
    SCOPED_TRACE(damage.rule);
    const std::string name = fmt::format("damaged{}", at++);
    table(name, damage.id);
    std::string list;
    for (int n = 100; n < 200; ++n) list += (n % 2 == 0 ? damage.id(n) : damage.damage(damage.id(n))) + "\n";
    const Outcome outcome = run(job(name, list, name));
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    const auto& near = outcome.report().near_misses;
    ASSERT_TRUE(near);
    EXPECT_EQ(near->skipped, "");
    EXPECT_EQ(near->of, 50u);
    EXPECT_EQ(near->suggested, 50u) << near->advice;
    ASSERT_EQ(near->rules.size(), 1u) << near->advice;
    EXPECT_EQ(near->rules[0].rule, damage.rule);
    EXPECT_GT(near->statements, 0u);
    EXPECT_LE(near->statements, 10u);
    EXPECT_THAT(near->advice, HasSubstr("--accept-rule " + damage.rule));
    const std::string line =
        fmt::format("{},{},{},1\n", damage.damage(damage.id(101)), damage.id(101), damage.rule);
    EXPECT_THAT(missing_file(name), HasSubstr(line));

    Job again = job(name, list, name + "-again");
    again.clean.accept_rules.push_back(*SpellingRule::parse(damage.rule, {}));
    const Outcome found = run(again);
    ASSERT_TRUE(found.result) << found.result.error().to_string();
    EXPECT_EQ(found.report().result.found, 100u);
    EXPECT_EQ(found.report().result.missing, 0u);
    EXPECT_EQ(found.report().input.respelled, 50u);
    EXPECT_EQ(found.report().input.accept_rules, (std::vector{damage.rule}));
  }
}

TEST_P(NearMissRun, ACleanListGetsNone) {
  table("clean", number);
  std::string list;
  for (int n = 0; n < 3000; ++n) list += fmt::format("{:010}\n", n * 11);
  const Outcome outcome = run(job("clean", list));
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  ASSERT_TRUE(outcome.report().near_misses);
  EXPECT_GT(outcome.report().near_misses->of, 2000u);
  EXPECT_EQ(outcome.report().near_misses->suggested, 0u);
  EXPECT_EQ(outcome.report().near_misses->advice, "");
  EXPECT_THAT(missing_file(), HasSubstr("firm_root_id,suggestion,rule,matches\n0000000011,,,\n"));
}

TEST_P(NearMissRun, OffAsksNothing) {
  table("clean", number);
  Job off = job("clean", "1\n2\n");
  off.near_misses = 0;
  const Outcome outcome = run(off);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_FALSE(outcome.report().near_misses);
  EXPECT_EQ(missing_file(), "firm_root_id,suggestion,rule,matches\n1,,,\n2,,,\n");
}

TEST_P(NearMissRun, TheCostOfManyMissingIdsIsBounded) {
  table("clean", number);
  std::string list;
  for (int n = 0; n < 200'000; ++n) list += fmt::format("{}\n", 1'000'000 + n);
  Job many = job("clean", list);
  many.near_misses = 1000;
  const Outcome outcome = run(many);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  const auto& near = *outcome.report().near_misses;
  EXPECT_EQ(near.of, 200'000u);
  EXPECT_EQ(near.tried, 1000u);
  EXPECT_LE(near.spellings, 256u * 20 + 3000u);
  EXPECT_LE(near.statements, 12u);
}

TEST_P(NearMissRun, StillWorksWithoutAnInstant) {
  table("clean", number);
  Job loose = job("clean", bare(number(3)) + "\n" + bare(number(4)) + "\n");
  loose.snapshot = false;
  const Outcome outcome = run(loose);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().near_misses->suggested, 2u);
}

// --- runs that are gone on with ---

TEST_P(NearMissRun, WhatWasFoundOutStaysWithTheRun) {
  table("clean", number);
  std::string list;
  for (int n = 0; n < 50; ++n) list += bare(number(n + 5)) + "\n" + number(n) + "\n";
  const Outcome whole = run(job("clean", list, "whole"));
  ASSERT_TRUE(whole.result) << whole.result.error().to_string();
  ASSERT_GT(whole.report().near_misses->suggested, 0u);
  for (const Phase phase : {Phase::exporting, Phase::checking}) {
    SCOPED_TRACE(std::string(to_string(phase)));
    const std::string out = "out-" + std::string(to_string(phase));
    Job stopped = job("clean", list, out);
    std::stop_source stop;
    StopAt at(phase, stop);
    SilentLog log;
    const auto ended = run_job(stopped, at, log, stop.get_token());
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, ErrorKind::interrupted);
    EXPECT_FALSE(std::filesystem::exists(stopped.out / "missing.csv"));
    const bool kept = std::filesystem::exists(stopped.out / ".near-misses.json");
    EXPECT_EQ(kept, phase == Phase::exporting);
    // What was found out is as old as the rows.
    if (kept) server_.execute({"delete from clean"});
    stopped.resume = true;
    const Outcome resumed = run(stopped);
    ASSERT_TRUE(resumed.result) << resumed.result.error().to_string();
    EXPECT_EQ(missing_file(out), missing_file("whole"));
    EXPECT_EQ(resumed.report().near_misses->suggested, whole.report().near_misses->suggested);
    EXPECT_FALSE(std::filesystem::exists(stopped.out / ".near-misses.json"));
    if (kept) table("clean", number);
  }
}

TEST_P(NearMissRun, OtherRulesAreAnotherList) {
  table("clean", number);
  Job first = job("clean", bare(number(3)) + "\n" + number(4) + "\n");
  std::stop_source stop;
  StopAt at(Phase::exporting, stop);
  SilentLog log;
  ASSERT_FALSE(run_job(first, at, log, stop.get_token()));
  first.resume = true;
  first.clean.accept_rules.push_back(*SpellingRule::parse("pad:10", {}));
  const Outcome refused = run(first);
  ASSERT_FALSE(refused.result);
  EXPECT_EQ(refused.result.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.result.error().to_string(), HasSubstr("the list of IDs"));
}

TEST_P(NearMissRun, AWorkbookHasTheColumnsToo) {
  table("clean", number);
  Job book = job("clean", bare(number(3)) + "\n");
  book.formats = {"csv", "xlsx"};
  const Outcome outcome = run(book);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  auto workbook = XlsxWorkbook::open(book.out / "results.xlsx");
  ASSERT_TRUE(workbook) << workbook.error().to_string();
  std::size_t sheet = 0;
  while (sheet < workbook->sheets().size() && workbook->sheets()[sheet].name != "Missing") ++sheet;
  auto rows = workbook->rows(sheet);
  ASSERT_TRUE(rows) << rows.error().to_string();
  std::vector<std::string> texts;
  for (auto more = rows->next(); more && *more; more = rows->next()) {
    for (const XlsxCell& cell : rows->cells()) texts.emplace_back(cell.text);
  }
  EXPECT_THAT(texts, ::testing::ElementsAre("firm_root_id", "suggestion", "rule", "matches", "111",
                                            "0000000111", "pad:10", "1"));
}

// --- before the database is asked ---

TEST_P(NearMissRun, AListThatCannotMeetTheColumnIsWarnedOf) {
  table("clean", number);
  Job short_ones = job("clean", "1234567\n2345678\n");
  const Outcome outcome = run(short_ones);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_THAT(outcome.log.warnings,
              ::testing::Contains(::testing::AllOf(HasSubstr("the list has 7 digits, the column 10 digits"),
                                                   HasSubstr("--accept-rule pad:10"))));
  EXPECT_THAT(outcome.report().warnings, ::testing::Contains(HasSubstr("the list has 7 digits")));
}

TEST_P(NearMissRun, StrictInputEndsBeforeAnythingIsLoaded) {
  table("clean", number);
  Job strict = job("clean", "1234567\n2345678\n");
  strict.strict_input = true;
  const Outcome outcome = run(strict);
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().kind, ErrorKind::usage);
  EXPECT_THAT(outcome.result.error().to_string(), HasSubstr("the list has 7 digits, the column 10 digits"));
  EXPECT_FALSE(std::filesystem::exists(strict.out));
  strict.clean.accept_rules.push_back(*SpellingRule::parse("pad:10", {}));
  EXPECT_TRUE(run(strict).result);
}

TEST_P(NearMissRun, WhoIsAskedDecides) {
  table("clean", number);
  Job asking = job("clean", "1234567\n2345678\n");
  std::string asked;
  bool answer = false;
  asking.go_on = [&](const std::string& problem, const std::string& remedy) {
    asked = problem + "|" + remedy;
    return answer;
  };
  const Outcome refused = run(asking);
  ASSERT_FALSE(refused.result);
  EXPECT_EQ(refused.result.error().kind, ErrorKind::usage);
  EXPECT_THAT(asked, HasSubstr("|--accept-rule pad:10 reads the list with zeros padded to 10 digits"));
  answer = true;
  EXPECT_TRUE(run(asking).result);
}

TEST_P(NearMissRun, NumbersOutsideOfTheColumnAreToldToo) {
  server_.execute({"drop table if exists firms",
                   "create table firms (firm_root_id bigint primary key, n int)",
                   "insert into firms select 1000000 + i, i from generate_series(1, 500) i"});
  const Outcome outside = run(job("firms", "17\n18\n", "outside"));
  ASSERT_TRUE(outside.result);
  EXPECT_THAT(
      outside.log.warnings,
      ::testing::Contains(HasSubstr("the list goes from 17 to 18, the column from 1000001 to 1000500")));
  const Outcome inside = run(job("firms", "17\n1000400\n", "inside"));
  ASSERT_TRUE(inside.result);
  EXPECT_THAT(inside.log.warnings, Not(::testing::Contains(HasSubstr("the list goes"))));
}

TEST_P(NearMissRun, NoFalseAlarms) {
  server_.execute({"drop table if exists mixed", "create table mixed (firm_root_id text primary key, n int)",
                   "insert into mixed select i::text, i from generate_series(1, 3000) i"});
  const std::string lists[] = {"77777\n88888\n", "0001\n0002\n3\n", "12\nab\n", "1\n"};
  int at = 0;
  for (const std::string& list : lists) {
    const Outcome outcome = run(job("mixed", list, fmt::format("mixed{}", at++)));
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_THAT(outcome.log.warnings,
                Not(::testing::Contains(AnyOf(HasSubstr("key column"), HasSubstr("never")))))
        << list;
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, NearMissRun, ::testing::ValuesIn(kEachServer),
                         [](const auto& server) { return std::string(to_string(server.param)); });

}  // namespace
}  // namespace firmquery::test

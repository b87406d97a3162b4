// `firmquery compare` on both servers, as the command and as a function.
#include "firmquery/compare/compare.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "each_server.hpp"
#include "run_case.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

using testing::HasSubstr;

class CompareTest : public testing::TestWithParam<DialectKind> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << "NOT TESTED on CockroachDB: there is none";
    server_.execute(
        {"drop table if exists compared", "create table compared (firm_root_id int primary key, name text)",
         "insert into compared select i * 2, 'firm ' || i::text from generate_series(1, 4000) i"});
  }
  static constexpr const char* kQuery =
      "select firm_root_id, name from compared where firm_root_id in ({ID_PLACEHOLDER})";

  Job job(const std::string& sql = kQuery) {
    Job job = make_job(directory_, server_.dsn(), numbers(1, 6000), sql);
    job.connect.traffic = std::make_shared<Traffic>();
    return job;
  }
  static Result<Comparison> compare(Prepared& prepared, const std::string& candidates, std::size_t turns,
                                    std::uint64_t sample = 0) {
    CompareOptions options;
    options.contenders = parse_contenders(candidates, prepared.job(), "here").value();
    options.turns_most = turns;
    options.budget = std::chrono::hours(1);
    options.sample = sample;
    return compare_strategies(prepared, options);
  }
  // The command's answer.
  ProcessResult command(std::vector<std::string> arguments) {
    const auto list = directory_.write("ids.txt", numbers(1, 6000));
    arguments.insert(arguments.begin(), {"compare", "--ids", list, "--sql", kQuery, "--dsn", server_.dsn()});
    return run_process(FIRMQUERY_BINARY, arguments);
  }

  const EachServer server_{GetParam()};
  TempDir directory_;
};

TEST_P(CompareTest, AllGiveTheSameRowsAndAreTimedInTurn) {
  EventStream events;
  auto prepared = prepare(job(), events, {});
  ASSERT_TRUE(prepared) << prepared.error().to_string();
  const auto comparison =
      compare(*prepared, "temp-table,staging-table,array,scan,auto,in-list:1000@3,temp-table@1", 2);
  ASSERT_TRUE(comparison) << comparison.error().to_string();
  EXPECT_TRUE(comparison->same_rows());
  EXPECT_EQ(comparison->ids, 6000u);
  EXPECT_EQ(comparison->rows, 3000u);
  EXPECT_EQ(comparison->found, 3000u);
  ASSERT_EQ(comparison->contests.size(), 8u);
  for (const Contest& contest : comparison->contests) {
    SCOPED_TRACE(contest.who.name);
    EXPECT_EQ(contest.refused, "");
    EXPECT_FALSE(contest.differs);
    EXPECT_EQ(contest.measured.size(), 2u);
    EXPECT_GT(contest.seconds.median, 0);
    for (const Measurement& one : contest.measured) {
      EXPECT_GT(one.statements, 0u);
      EXPECT_GT(one.sent, 0u);
      EXPECT_GE(one.received, comparison->row_bytes);
      EXPECT_GE(one.longest_s, one.p50_s);
    }
  }
  // Each range of an IN-list has 250 IDs; what was sent has all of them.
  EXPECT_EQ(comparison->contests.front().measured.front().statements, 24u);
  EXPECT_GT(comparison->contests.front().measured.front().sent, 6000u * 4);
  ASSERT_TRUE(comparison->best);
  EXPECT_THAT(comparison->job_lines, HasSubstr("processing:\n  strategy: "));
  server_.expect_nothing_left();
}

TEST_P(CompareTest, ASampleIsStretchesOfTheList) {
  EventStream events;
  auto prepared = prepare(job(), events, {});
  ASSERT_TRUE(prepared);
  const auto comparison = compare(*prepared, "array", 1, 1000);
  ASSERT_TRUE(comparison) << comparison.error().to_string();
  EXPECT_EQ(comparison->ids, 1000u);
  EXPECT_EQ(comparison->of_ids, 6000u);
  EXPECT_EQ(comparison->rows, 500u);  // of neighbours every second one is there, wherever they are
}

// The rows change all the time, and the strategies still agree: they read at one instant.
TEST_P(CompareTest, WhatChangesMeanwhileIsNoDifference) {
  std::atomic<bool> ended = false;
  std::thread writer([&] {
    for (int i = 0; !ended; ++i)
      server_.execute(
          {"update compared set name = 'changed " + std::to_string(i) + "' where firm_root_id % 10 = 0"});
  });
  EventStream events;
  auto prepared = prepare(job(), events, {});
  ASSERT_TRUE(prepared);
  const auto comparison = compare(*prepared, "temp-table,array,auto", 1);
  ended = true;
  writer.join();
  ASSERT_TRUE(comparison) << comparison.error().to_string();
  EXPECT_TRUE(comparison->same_rows()) << comparison->differences.front();
  for (const Contest& contest : comparison->contests) EXPECT_EQ(contest.refused, "");
}

TEST_P(CompareTest, AQueryThatIsNeverTheSameIsNoneToCompareBy) {
  EventStream events;
  auto prepared =
      prepare(job("select firm_root_id, random() from compared where firm_root_id in ({ID_PLACEHOLDER})"),
              events, {});
  ASSERT_TRUE(prepared);
  const auto comparison = compare(*prepared, "array", 1);
  ASSERT_FALSE(comparison);
  EXPECT_EQ(comparison.error().kind, ErrorKind::query);
  EXPECT_THAT(comparison.error().to_string(), HasSubstr("random()"));
}

TEST_P(CompareTest, WhatDoesNotWorkHereIsLeftOut) {
  if (server_.is_cockroachdb()) GTEST_SKIP() << "there is no privilege to take away";
  server_.execute({"create role reader login", "grant select on compared to reader",
                   "revoke temporary on database postgres from public"});
  Job as_reader = job();
  as_reader.connect.dsn = server_.dsn("reader");
  EventStream events;
  auto prepared = prepare(as_reader, events, {});
  ASSERT_TRUE(prepared) << prepared.error().to_string();
  const auto comparison = compare(*prepared, "temp-table,array", 1);
  server_.execute(
      {"grant temporary on database postgres to public", "drop owned by reader", "drop role reader"});
  ASSERT_TRUE(comparison) << comparison.error().to_string();
  EXPECT_THAT(comparison->contests[1].refused, HasSubstr("temp-table"));
  EXPECT_TRUE(comparison->contests[1].measured.empty());
  EXPECT_EQ(comparison->contests[2].measured.size(), 1u);
  EXPECT_THAT(comparison_text(*comparison), HasSubstr("temp-table  "));
}

// What prepare() would have refused is refused as well when only the comparison asks for it.
TEST_P(CompareTest, AScanWhereNothingIsSortedIsLeftOut) {
  EventStream events;
  auto prepared =
      prepare(job("select firm_root_id + 0 as firm_root_id from compared where firm_root_id + 0 in "
                  "({ID_PLACEHOLDER})"),
              events, {});
  ASSERT_TRUE(prepared) << prepared.error().to_string();
  const auto comparison = compare(*prepared, "scan,array", 1);
  ASSERT_TRUE(comparison) << comparison.error().to_string();
  EXPECT_THAT(comparison->contests[1].refused, HasSubstr("cannot be read in the order of its key"));
  EXPECT_TRUE(comparison->contests[1].measured.empty());
  EXPECT_EQ(comparison->contests[2].measured.size(), 1u);
}

// A scan is given up where other rows come with each ID, and the comparison says so.
TEST_P(CompareTest, AScanThatScansNothingIsNamed) {
  EventStream events;
  Job sparse = job();
  std::string ids;
  for (int id = 2; id < 8000; id += 400) ids += std::to_string(id) + "\n";
  sparse.ids_path = directory_.write("sparse.txt", ids);
  auto prepared = prepare(sparse, events, {});
  ASSERT_TRUE(prepared) << prepared.error().to_string();
  const auto comparison = compare(*prepared, "scan", 1);
  ASSERT_TRUE(comparison) << comparison.error().to_string();
  EXPECT_THAT(comparison_text(*comparison), HasSubstr("it scanned 0 of 20 IDs, and read the rest as arrays"));
}

TEST_P(CompareTest, TheCommandSaysIt) {
  const auto page = directory_.path() / "page.html";
  const ProcessResult ran =
      command({"--json", "--budget", "0", "--candidates", "temp-table", "--html", page});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_TRUE(json["same_rows"]);
  EXPECT_EQ(json["strategies"].size(), 2u);
  EXPECT_EQ(json["strategies"][1]["turns"].size(), 1u);
  EXPECT_THAT(ran.err, HasSubstr("proof: temp-table"));
  EXPECT_THAT(read_text(page), HasSubstr("<!DOCTYPE html>"));
  const ProcessResult table = command({"--quiet", "--budget", "0", "--candidates", "array"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_EQ(table.err, "");
  EXPECT_THAT(table.out, HasSubstr("\nin-list:250 "));
  EXPECT_THAT(table.out, HasSubstr("too few turns"));
  EXPECT_EQ(command({"--candidates", "arrays"}).exit_code, 2);
}

TEST_P(CompareTest, CtrlCLeavesTheTableSoFar) {
  const auto list = directory_.write("ids.txt", numbers(1, 6000));
  Process process =
      Process::start(FIRMQUERY_BINARY, {"compare", "--ids", list, "--sql", kQuery, "--dsn", server_.dsn(),
                                        "--budget", "3600", "--candidates", "array"});
  ASSERT_TRUE(process.wait_for_err("turn 2", std::chrono::minutes(10)));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(std::chrono::minutes(10)), 130) << process.err();
  EXPECT_THAT(process.out(), HasSubstr("\nin-list:250 "));
  EXPECT_THAT(process.out(), HasSubstr("interrupted"));
}

INSTANTIATE_TEST_SUITE_P(Servers, CompareTest, testing::ValuesIn(kEachServer),
                         [](const auto& instance) { return std::string(to_string(instance.param)); });

}  // namespace
}  // namespace firmquery::test

// The dry run against a throw-away PostgreSQL: what it says is what the run would do, and nothing stays.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "firmquery/preflight/plan_report.hpp"
#include "orchestrator/run/preparing/plan_job_explain.hpp"
#include "run_case.hpp"

namespace firmquery::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kById = "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})";
constexpr const char* kByName =
    "select name as firm_root_id, note from firm where name in ({ID_PLACEHOLDER})";

Result<PlanReport> plan(const Job& job) {
  Progress progress;
  return plan_job(job, progress, {});
}

class Plan : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create table firm (firm_root_id bigint primary key, name text not null, note text);"
        "insert into firm select n, 'name ' || n, repeat('x', 100) from generate_series(1, 30000) n;"
        "create table small (firm_root_id bigint, name text);"
        "insert into small select n, 'name' from generate_series(1, 50) n;"
        "analyze");
  }
  Job job(const std::string& ids, const std::string& sql) { return make_job(directory_, dsn_, ids, sql); }

  TempDir directory_;
  const std::string dsn_ = shared_server().dsn();
};

TEST_F(Plan, SaysWhatTheRunWouldDoAndWritesNothing) {
  Job wanted = job(numbers(1, 25001), kById);
  wanted.connections = 3;
  const auto made = plan(wanted);
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->strategy, "temp-table");
  EXPECT_EQ(made->snapshot, "exported snapshot");
  EXPECT_EQ(made->input.unique, 25001U);
  EXPECT_EQ(made->slices, (std::vector<Slice>{{0, 8334}, {8334, 16668}, {16668, 25001}}));
  ASSERT_TRUE(made->first_range);
  EXPECT_EQ(made->first_range->ids, (Slice{0, 8334}));
  EXPECT_THAT(made->first_range->sql, HasSubstr("where ord between 0 and 8333"));
  EXPECT_THAT(made->first_range->sql, HasSubstr("BETWEEN '1'::bigint AND '8334'::bigint"));
  EXPECT_TRUE(made->query.bounded);
  EXPECT_THAT(made->query.key.indexes, Contains("firm_pkey"));
  EXPECT_EQ(made->sample_ids, 5000U);
  EXPECT_TRUE(made->sample_stands_in);
  EXPECT_THAT(made->explain, Contains(HasSubstr("firm_pkey")));
  EXPECT_THAT(made->warnings, IsEmpty());
  EXPECT_THAT(made->server.settings, Contains(std::pair<std::string, std::string>("jit", "off")));
  EXPECT_FALSE(std::filesystem::exists(wanted.out));
  EXPECT_EQ(shared_server().value("select count(*) from pg_class where relname like 'firmquery%'"), "0");
}

TEST_F(Plan, WarnsOfAMissingIndexAndAFullScan) {
  const auto made = plan(job("name 7\nname 8\n", kByName));
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(made->warnings, Contains(HasSubstr("no index starts with public.firm.name")));
  EXPECT_THAT(made->warnings,
              Contains("full scan: every range would read the whole of public.firm (about 30000 rows); "
                       "CREATE INDEX ON public.firm (name)"));
}

// The first range lies in a partition with an index, the last in one without.
TEST_F(Plan, AFullScanOfTheLastRangesIsSeen) {
  shared_server().execute(
      "create table parted (firm_root_id bigint not null, name text) partition by range (firm_root_id);"
      "create table parted_a partition of parted for values from (1) to (30001);"
      "create table parted_b partition of parted for values from (30001) to (60001);"
      "insert into parted select n, 'name' from generate_series(1, 60000) n;"
      "create index on parted_a (firm_root_id); analyze parted");
  Job wanted = job(numbers(1, 60'000, 1000),
                   "select firm_root_id, name from parted where firm_root_id in ({ID_PLACEHOLDER})");
  for (const StrategyKind strategy : {StrategyKind::temp_table, StrategyKind::in_list}) {
    SCOPED_TRACE(to_string(strategy));
    wanted.strategy = strategy;
    const auto made = plan(wanted);
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_THAT(made->explain, Contains(HasSubstr("parted_a_firm_root_id_idx")));
    EXPECT_THAT(made->warnings, Contains(AllOf(HasSubstr("full scan: a range of "),
                                               HasSubstr("would read the whole of public.parted_b "))));
    EXPECT_THAT(made->warnings, Not(Contains(HasSubstr("full scan: every range"))));
  }
}

// The planner's name of the table has no quotes, the catalog's has them.
TEST_F(Plan, ATableOfAnOddNameIsKnownAgain) {
  shared_server().execute(
      "create table \"firm\"\"s.old@home\" as select * from firm; analyze \"firm\"\"s.old@home\"");
  const auto made = plan(job("name 7\nname 8\n",
                             "select name as firm_root_id from \"firm\"\"s.old@home\" where name in "
                             "({ID_PLACEHOLDER})"));
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(made->warnings,
              Contains("full scan: every range would read the whole of public.firm\"s.old@home (about 30000 "
                       "rows); CREATE INDEX ON public.\"firm\"\"s.old@home\" (name)"));
}

TEST_F(Plan, ASmallTableMayBeReadWhole) {
  const auto made =
      plan(job("1\n2\n", "select firm_root_id from small where firm_root_id in ({ID_PLACEHOLDER})"));
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(made->explain, Contains(HasSubstr("Seq Scan on small")));
  EXPECT_THAT(made->warnings, Not(Contains(HasSubstr("full scan"))));
}

TEST_F(Plan, TheBoundOfATextKeyFollowsItsCollation) {
  shared_server().create_database("planned", "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
  shared_server().execute("create table firm (name text primary key, note text)", "planned");
  Job wanted = job("B\na\nC\n", kByName);
  wanted.connections = 1;
  wanted.connect.dsn = shared_server().dsn("planned");
  const auto made = plan(wanted);
  ASSERT_TRUE(made) << made.error().to_string();
  ASSERT_TRUE(made->first_range);
  EXPECT_THAT(made->first_range->sql, HasSubstr("BETWEEN 'a'::text AND 'C'::text"));
}

TEST_F(Plan, LongListsAreElided) {
  Job wanted = job(numbers(1, 9000), kById);
  wanted.connections = 1;
  wanted.strategy = StrategyKind::array;
  const auto array = plan(wanted);
  ASSERT_TRUE(array) << array.error().to_string();
  EXPECT_EQ(array->first_range->parameters, std::vector<std::string>{"{1,2,3, ... 4997 more}"});
  EXPECT_FALSE(array->query.bounded);
  EXPECT_EQ(array->sample_ids, 5000U);
  EXPECT_FALSE(array->sample_stands_in);
  wanted.strategy = StrategyKind::in_list;
  const auto list = plan(wanted);
  ASSERT_TRUE(list) << list.error().to_string();
  EXPECT_EQ(list->first_range->ids.size(), 250U);
  EXPECT_THAT(list->first_range->sql, HasSubstr("in ($1,$2,$3, ... 247 more)"));
  EXPECT_EQ(list->first_range->parameters, (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(list->sample_ids, 250U);
  EXPECT_THAT(list->explain, Contains(HasSubstr("{1,2,3,")));
  for (const std::string& line : list->explain) EXPECT_LT(line.size(), 350U);
}

TEST_F(Plan, AnArrayIsShownAsItIsSent) {
  Job wanted = job("a\"b\nc\n", kByName);
  wanted.strategy = StrategyKind::array;
  wanted.connections = 1;
  const auto made = plan(wanted);
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->first_range->parameters, std::vector<std::string>{R"({"a\"b","c"})"});
}

TEST_F(Plan, TemplatesMayJoinByThemselves) {
  const auto made =
      plan(job(numbers(1, 100), "select f.firm_root_id from {IDS} i join firm f on f.firm_root_id = i.id"));
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(made->first_range->sql, HasSubstr("(select ord, id from pg_temp.firmquery_staging_"));
  EXPECT_FALSE(made->query.bounded);
  EXPECT_THAT(made->query.bound_reason, HasSubstr("{IDS}"));
  EXPECT_FALSE(made->explain.empty());
}

TEST_F(Plan, DifferingTypesAreWarnedAbout) {
  Job wanted = job("7\n8\n", kByName);
  wanted.id_type_auto = false;
  wanted.clean.type = IdType::integer;
  const auto made = plan(wanted);
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(made->warnings, Contains(HasSubstr("differing types: the list is cleaned as int")));
}

TEST_F(Plan, AnEmptyListHasNoRanges) {
  Job wanted = job("", kById);
  const auto refused = plan(wanted);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remedy, HasSubstr("--allow-empty"));
  wanted.allow_empty = true;
  const auto made = plan(wanted);
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_FALSE(made->first_range);
  EXPECT_THAT(made->slices, IsEmpty());
  EXPECT_THAT(made->explain, IsEmpty());
}

TEST_F(Plan, AQueryThatDoesNotFitFailsAsTheRunDoes) {
  const auto made = plan(job("1\n", "select nothing from firm where firm_root_id in ({ID_PLACEHOLDER})"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::query);
}

// EXPLAIN of a call does not call it.
TEST_F(Plan, NothingThatTheQueryCallsIsRun) {
  shared_server().execute(
      "create sequence calls; create function count_call() returns bigint language sql volatile as "
      "'select nextval(''calls'')'");
  const auto made = plan(
      job("1\n2\n", "select firm_root_id, count_call() from firm where firm_root_id in ({ID_PLACEHOLDER})"));
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(shared_server().value("select is_called from calls"), "f");
}

TEST_F(Plan, TheCommandPrintsTextOrOneObject) {
  const std::vector<std::string> arguments = {"plan",  "--ids", directory_.write("ids.txt", "1\n2\n"),
                                              "--sql", kById,   "--dsn",
                                              dsn_,    "--out", (directory_ / "never").string()};
  const ProcessResult text = run_process(FIRMQUERY_BINARY, arguments);
  EXPECT_EQ(text.exit_code, 0) << text.err;
  for (const char* part : {"Server: postgresql", "row-level security: no table of the query has it",
                           "Strategy: temp-table", "First range: 1 IDs", "Warnings: "}) {
    EXPECT_THAT(text.out, HasSubstr(part));
  }
  std::vector<std::string> with_json = arguments;
  with_json.emplace_back("--json");
  const ProcessResult object = run_process(FIRMQUERY_BINARY, with_json);
  EXPECT_EQ(object.exit_code, 0) << object.err;
  const auto json = nlohmann::json::parse(object.out);
  EXPECT_EQ(json["server"]["dialect"], "postgresql");
  EXPECT_EQ(json["query"]["bound"]["carried"], true);
  EXPECT_EQ(json["query"]["row_security"], "no table of the query has it");
  EXPECT_EQ(json["explain"]["stand_in"], true);
  EXPECT_EQ(json["slices"].size(), 2U);
  EXPECT_TRUE(json["server"]["capabilities"]["temp_table"]["available"]);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "never"));
}

// The text of CockroachDB v21.2 and later: a tree of nodes, each with its fields below it.
TEST(FullScans, AreFoundInCockroachDbsText) {
  const auto scans = [](const char* count, const char* spans) {
    return full_scans_of({"distribution: full", "• filter", "│ estimated row count: 5", "└── • scan",
                          std::string("      ") + count, "      table: firm@primary",
                          std::string("      spans: ") + spans});
  };
  EXPECT_THAT(scans("estimated row count: 30,000 (100% of the table)", "FULL SCAN"),
              ElementsAre(FullScan{"firm@primary", 30'000.0}));
  EXPECT_THAT(scans("estimated row count: 10,000 (100% of the table)", "FULL SCAN"), IsEmpty());
  EXPECT_THAT(scans("missing stats", "FULL SCAN"), ElementsAre(FullScan{"firm@primary", std::nullopt}));
  EXPECT_THAT(scans("missing stats", "FULL SCAN (SOFT LIMIT)"), SizeIs(1));
  EXPECT_THAT(scans("estimated row count: 30,000", "[/1 - /20]"), IsEmpty());
}

}  // namespace
}  // namespace firmquery::test

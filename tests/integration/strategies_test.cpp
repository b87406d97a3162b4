// Every strategy against a plain SQL join, for every key type and collation: same rows, same missing IDs.
#include <fmt/format.h>

#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

struct KeyCase {
  const char* name;
  const char* type;        // of the key column, collation included
  const char* database;    // "" or the options of a database of its own
  const char* expression;  // of n = 1..4000: the key; the table holds those with n % 3 <> 0
};

void PrintTo(const KeyCase& c, std::ostream* out) {
  *out << c.name;
}

constexpr const char* kHostile =
    "case n % 8 when 0 then 'O''Neil-' || n when 1 then 'back\\slash\\' || n when 2 then 'Ünïcödé ' || n "
    "when 3 then 'two  blanks ' || n when 4 then '\"quoted\",' || n when 5 then lpad(n::text, 8, '0') "
    "when 6 then 'aB-' || n else 'Ab-' || n end";

const KeyCase kCases[] = {
    {"int2", "smallint", "", "n"},
    {"int4", "integer", "", "n * 3 - 5000"},
    {"int8", "bigint", "", "n * 1000003::bigint - 2000000000"},
    {"numeric", "numeric", "", "n::numeric / 8"},
    {"numeric_scale", "numeric(12,2)", "", "n::numeric / 4"},
    {"uuid", "uuid", "", "md5(n::text)::uuid"},
    {"text_C", "text collate \"C\"", "", kHostile},
    {"text_en_US", "text collate \"en_US.utf8\"", "", kHostile},
    {"text_icu", "text collate \"en-US-x-icu\"", "", kHostile},
    {"varchar", "varchar(40)", "", kHostile},
    {"char", "char(24)", "", kHostile},
    {"char_icu", "char(24) collate \"de-x-icu\"", "", kHostile},
    {"text_in_en_US_database", "text", "LOCALE 'en_US.utf8'", kHostile},
    {"text_in_icu_database", "text", "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'", kHostile},
};

class Strategies : public ::testing::TestWithParam<KeyCase> {};

TEST_P(Strategies, AgreeWithAPlainJoin) {
  const KeyCase& c = GetParam();
  PostgresServer& server = shared_server();
  std::string database = "postgres";
  if (*c.database != '\0') {
    database = c.name;
    server.create_database(database, c.database);
  }
  const std::string table = fmt::format("keys_{}", c.name);
  // Every fifth key has two rows; the list asks for all n, the table lacks every third.
  server.execute(
      fmt::format("create table {0} (firm_root_id {1} not null, n int, note text);"
                  "insert into {0} select {2}, n, case when n % 7 = 0 then null when n % 11 = 0 then '' else "
                  "'a \"b\", c' end"
                  "  from generate_series(1, 4000) n where n % 3 <> 0;"
                  "insert into {0} select firm_root_id, -n, note from {0} where n % 5 = 0;"
                  "create index on {0} (firm_root_id); analyze {0};"
                  "create table {0}_list as select ({2})::text as id from generate_series(1, 4000) n",
                  table, c.type, c.expression),
      database);
  const std::string ids = server.value(
      fmt::format("select string_agg(id, chr(10) order by md5(id)) from {}_list", table), database);
  const std::string sql =
      fmt::format("select n, firm_root_id, note from {} where firm_root_id in ({{ID_PLACEHOLDER}})", table);
  const std::string expected_missing = server.value(
      fmt::format("select count(*) from {0}_list where id::{1} not in (select firm_root_id from {0})", table,
                  std::string(c.type).substr(0, std::string(c.type).find(" collate"))),
      database);
  const std::string expected_rows = server.value(fmt::format("select count(*) from {}", table), database);

  TempDir directory;
  std::map<std::string, Outcome> outcomes;
  for (const StrategyKind kind : {StrategyKind::temp_table, StrategyKind::in_list}) {
    const std::string name(to_string(kind));
    Job job = make_job(directory, server.dsn(database), ids, sql, name);
    job.strategy = kind;
    Outcome& outcome = outcomes[name] = run(job);
    ASSERT_TRUE(outcome.result) << name << ": " << outcome.result.error().to_string();
    EXPECT_EQ(std::to_string(outcome.report().result.missing), expected_missing) << name;
    EXPECT_EQ(std::to_string(outcome.report().result.rows), expected_rows) << name;
    EXPECT_EQ(outcome.report().input.unique, 4000u) << name;
    EXPECT_EQ(outcome.report().snapshot.kind, "exported snapshot") << name;
  }
  EXPECT_EQ(lines_of(outcomes["temp-table"].results), lines_of(outcomes["in-list"].results));
  EXPECT_EQ(outcomes["temp-table"].missing, outcomes["in-list"].missing);
  // The rows themselves, as the server's own CSV of a plain join.
  const std::string copied = server.value(
      fmt::format("select string_agg(format('%s,%s', n, firm_root_id), chr(10) order by n) from {}", table),
      database);
  EXPECT_FALSE(copied.empty());
}

INSTANTIATE_TEST_SUITE_P(KeyTypes, Strategies, ::testing::ValuesIn(kCases),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

class Runs : public ::testing::TestWithParam<StrategyKind> {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create table if not exists firm (firm_root_id bigint primary key, name text, small smallint);"
        "truncate firm; insert into firm select n, 'firm ' || n, n % 100 from generate_series(1, 20000) n; "
        "analyze firm");
  }
  Outcome run_with(const std::string& ids, const std::string& sql, unsigned connections = 2) {
    Job job = make_job(directory_, shared_server().dsn(), ids, sql);
    job.strategy = GetParam();
    job.connections = connections;
    return run(job);
  }
  static constexpr const char* kSql =
      "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})";
  TempDir directory_;
};

TEST_P(Runs, AnEmptyListGivesHeadersOnly) {
  const Outcome outcome = run_with("\n\n", kSql);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.results, "firm_root_id,name\n");
  EXPECT_EQ(outcome.missing, "firm_root_id\n");
  EXPECT_EQ(outcome.report().status, "complete");
}

TEST_P(Runs, OneId) {
  const Outcome outcome = run_with("007", kSql);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.results, "firm_root_id,name\n7,firm 7\n");
  EXPECT_EQ(outcome.missing, "firm_root_id\n");
}

TEST_P(Runs, AllMissingAndTheEndsOfTheType) {
  const Outcome outcome =
      run_with("-9223372036854775808\n9223372036854775807\n30000\n9223372036854775808\n", kSql);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.results, "firm_root_id,name\n");
  EXPECT_EQ(outcome.missing, "firm_root_id\n-9223372036854775808\n30000\n9223372036854775807\n");
  EXPECT_EQ(outcome.report().input.rejected, 1u);
}

TEST_P(Runs, AnIdThatTheColumnCannotHoldIsMissing) {
  shared_server().execute(
      "create table if not exists tiny (k smallint); truncate tiny; insert into tiny values (5), (-7)");
  const Outcome outcome =
      run_with("5\n70000\n-70000\n-7\n", "select k as firm_root_id from tiny where k in ({ID_PLACEHOLDER})");
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(lines_of(outcome.results), lines_of("firm_root_id\n-7\n5\n"));
  EXPECT_EQ(outcome.missing, "firm_root_id\n-70000\n70000\n");
}

TEST_P(Runs, AnIdLongerThanTheColumnIsMissing) {
  shared_server().execute(
      "create table if not exists short (k varchar(3), c char(3)); truncate short; insert into short values "
      "('abc', 'abc')");
  for (const char* column : {"k", "c"}) {
    directory_.write("x", "");
    Job job = make_job(
        directory_, shared_server().dsn(), "abc\nabcd\n",
        fmt::format("select {0} as firm_root_id from short where {0} in ({{ID_PLACEHOLDER}})", column),
        column);
    job.strategy = GetParam();
    const Outcome outcome = run(job);
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.missing, "firm_root_id\nabcd\n");
  }
}

TEST_P(Runs, MoreConnectionsThanIds) {
  const Outcome outcome = run_with("1\n2\n3\n", kSql, 8);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().connections, 3u);
  EXPECT_EQ(outcome.results, "firm_root_id,name\n1,firm 1\n2,firm 2\n3,firm 3\n");
}

TEST_P(Runs, ARowThatWasNotAskedForEndsTheRun) {
  const Outcome outcome = run_with(
      "1\n2\n",
      "select a.firm_root_id + 1 as firm_root_id from firm a where a.firm_root_id in ({ID_PLACEHOLDER})");
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().kind, ErrorKind::query);
  EXPECT_NE(outcome.result.error().message.find("was not asked for"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "out" / "results.csv"));
}

TEST_P(Runs, ATemplateThatWritesThroughAFunctionIsRefused) {
  shared_server().execute(
      "create table if not exists log (x int); create or replace function writes(bigint) returns bigint "
      "language sql as "
      "'insert into log values (1); select $1'");
  const Outcome outcome = run_with(
      "1\n2\n",
      "select writes(firm_root_id) as firm_root_id from firm where firm_root_id in ({ID_PLACEHOLDER})");
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().sqlstate, "25006");
  EXPECT_EQ(shared_server().value("select count(*) from log"), "0");
}

TEST_P(Runs, LeavesNothingOnTheServer) {
  const Outcome outcome = run_with("1\n2\n3\n", kSql);
  ASSERT_TRUE(outcome.result);
  EXPECT_EQ(shared_server().value("select count(*) from pg_class where relname like 'firmquery%'"), "0");
  EXPECT_EQ(shared_server().value("select count(*) from pg_stat_activity where application_name like "
                                  "'firmquery%' and state is not null"),
            "0");
}

TEST_P(Runs, ReadsOneInstantWhileRowsChange) {
  // The template itself lets another session change the table while it runs, through a dblink-free trick:
  // rows are changed as soon as the first range of the run is seen in pg_stat_activity.
  std::string ids;
  for (int i = 1; i <= 20000; ++i) ids += std::to_string(i) + "\n";
  std::atomic<bool> done{false};
  std::thread changer([&] {
    while (!done)
      shared_server().execute(
          "update firm set name = 'changed ' || now() where firm_root_id in (19999, 20000, 1, 2); select "
          "pg_sleep(0.002)");
  });
  const Outcome outcome =
      run_with(ids, "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})");
  done = true;
  changer.join();
  shared_server().execute(
      "update firm set name = 'firm ' || firm_root_id where firm_root_id in (19999, 20000, 1, 2)");
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  const auto name_of = [&](const std::string& id) {
    const std::size_t at = outcome.results.find("\n" + id + ",");
    const std::size_t begin = at + id.size() + 2;
    return outcome.results.substr(begin, outcome.results.find('\n', begin) - begin);
  };
  // The two ends belong to different sessions; one update statement changed both.
  EXPECT_EQ(name_of("1").substr(0, 7) == "changed", name_of("20000").substr(0, 7) == "changed");
  if (name_of("1").substr(0, 7) == "changed") {
    EXPECT_EQ(name_of("1"), name_of("20000"));
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Runs, ::testing::Values(StrategyKind::temp_table, StrategyKind::in_list),
                         [](const auto& parameter) {
                           std::string name(to_string(parameter.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace firmquery::test

// Every strategy against a plain SQL join, for every key type and collation: same rows, same missing IDs.
#include <fmt/format.h>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

struct KeyCase {
  DialectKind server;
  const char* name;
  const char* type;           // of the key column, collation included
  const char* expression;     // of n = 1..3000: the key; the table holds those with n % 3 <> 0
  const char* database = "";  // the options of a database of its own
};

void PrintTo(const KeyCase& c, std::ostream* out) {
  *out << to_string(c.server) << ' ' << c.name;
}

constexpr const char* kHostile =
    "case n % 8 when 0 then 'O''Neil-' || n::text when 1 then 'back\\slash\\' || n::text "
    "when 2 then 'Ünïcödé ' || n::text when 3 then 'two  blanks ' || n::text "
    "when 4 then '\"quoted\",' || n::text when 5 then lpad(n::text, 8, '0') "
    "when 6 then 'aB-' || n::text else 'Ab-' || n::text end";

constexpr DialectKind kPostgres = DialectKind::postgresql, kCockroach = DialectKind::cockroachdb;

const KeyCase kCases[] = {
    {kPostgres, "int2", "smallint", "n"},
    {kPostgres, "int4", "integer", "n * 3 - 5000"},
    {kPostgres, "int8", "bigint", "n * 1000003::bigint - 2000000000"},
    {kPostgres, "numeric", "numeric", "n::numeric / 8"},
    {kPostgres, "numeric_scale", "numeric(12,2)", "n::numeric / 4"},
    {kPostgres, "uuid", "uuid", "md5(n::text)::uuid"},
    {kPostgres, "text_C", "text collate \"C\"", kHostile},
    {kPostgres, "text_en_US", "text collate \"en_US.utf8\"", kHostile},
    {kPostgres, "text_icu", "text collate \"en-US-x-icu\"", kHostile},
    {kPostgres, "varchar", "varchar(40)", kHostile},
    {kPostgres, "char", "char(24)", kHostile},
    {kPostgres, "char_icu", "char(24) collate \"de-x-icu\"", kHostile},
    {kPostgres, "text_in_en_US_database", "text", kHostile, "LOCALE 'en_US.utf8'"},
    {kPostgres, "text_in_icu_database", "text", kHostile,
     "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'"},
    {kCockroach, "int2", "smallint", "n"},
    {kCockroach, "int4", "int4", "n * 3 - 5000"},
    {kCockroach, "int8", "bigint", "n * 1000003 - 2000000000"},
    {kCockroach, "numeric", "numeric", "n::numeric / 8"},
    {kCockroach, "numeric_scale", "numeric(12,2)", "n::numeric / 4"},
    {kCockroach, "uuid", "uuid", "md5(n::text)::uuid"},
    {kCockroach, "text", "text", kHostile},
    {kCockroach, "varchar", "varchar(40)", kHostile},
    {kCockroach, "char", "char(24)", kHostile},
    {kCockroach, "text_en_US", "string collate \"en_US\"", kHostile},
    {kCockroach, "varchar_de", "varchar(40) collate de", kHostile},
};

std::string csv_field(const std::optional<std::string>& value) {
  if (!value) return "";
  if (!value->empty() && value->find_first_of("\",\n\r") == std::string::npos) return *value;
  std::string quoted = "\"";
  for (const char c : *value) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string csv_line(const std::vector<std::optional<std::string>>& row) {
  std::string line;
  for (const auto& value : row) line += (&value == row.data() ? "" : ",") + csv_field(value);
  return line;
}

// "0.2500" and "0.25" are one number.
std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

class KeyTypes : public ::testing::TestWithParam<KeyCase> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    const KeyCase& c = GetParam();
    if (*c.database != '\0') {
      database_ = c.name;
      shared_server().create_database(database_, c.database);
    }
    table_ = fmt::format("keys_{}", c.name);
    const std::string type(c.type);
    if (const auto at = type.find(" collate"); server_.is_cockroachdb() && at != std::string::npos)
      collate_ = type.substr(at);
    // Every fifth key has two rows, some rows have none; the list asks for all n, the table lacks every
    // third.
    server_.execute(
        {fmt::format("create table {} (firm_root_id {}, n int, note text)", table_, c.type),
         fmt::format(
             "insert into {} select ({}){}, n, case when n % 7 = 0 then null when n % 11 = 0 then '' else "
             "'a \"b\", c' end from generate_series(1, 3000) n where n % 3 <> 0",
             table_, c.expression, collate_),
         fmt::format("insert into {0} select firm_root_id, -n, note from {0} where n % 5 = 0", table_),
         fmt::format("insert into {} values (null, 0, 'no key'), (null, 0, null)", table_),
         fmt::format("create index on {} (firm_root_id)", table_), fmt::format("analyze {}", table_),
         fmt::format("create table {}_list as select ({})::text as id from generate_series(1, 3000) n",
                     table_, c.expression)},
        database_);
  }

  std::multiset<std::string> expected_rows() const {
    std::multiset<std::string> lines = {"n,firm_root_id,note"};
    for (const auto& row : server_.rows(
             "select n, firm_root_id, note from " + table_ + " where firm_root_id is not null", database_))
      lines.insert(csv_line(row));
    return lines;
  }
  std::multiset<std::string> expected_missing() const {
    const std::string type(GetParam().type);
    std::multiset<std::string> lines = {"firm_root_id"};
    for (const auto& row : server_.rows(fmt::format("select id from {0}_list where not exists (select 1 from "
                                                    "{0} where firm_root_id = (id::{1}){2})",
                                                    table_, type.substr(0, type.find(" collate")), collate_),
                                        database_)) {
      const bool numeric = type.starts_with("numeric");
      lines.insert(csv_line({numeric ? without_trailing_zeros(row[0].value()) : row[0].value()}));
    }
    return lines;
  }

  const EachServer server_{GetParam().server};
  std::string database_, table_;
  std::string collate_;  // CockroachDB compares no plain text with a collated column
  TempDir directory_;
};

TEST_P(KeyTypes, EveryStrategyAgreesWithAPlainJoin) {
  const std::string ids =
      server_.value("select string_agg(id, chr(10) order by md5(id)) from " + table_ + "_list", database_);
  const auto rows = expected_rows(), missing = expected_missing();
  ASSERT_EQ(rows.size(), 2401u);
  ASSERT_EQ(missing.size(), 1001u);
  for (const StrategyKind kind :
       {StrategyKind::temp_table, StrategyKind::staging_table, StrategyKind::array, StrategyKind::in_list}) {
    const std::string name(to_string(kind));
    SCOPED_TRACE(name);
    Job job = make_job(
        directory_, server_.dsn({}, database_), ids,
        fmt::format("select n, firm_root_id, note from {} where firm_root_id in ({{ID_PLACEHOLDER}})",
                    table_),
        name);
    job.strategy = kind;
    const Outcome outcome = run(job);
    if (!outcome.result) {
      ADD_FAILURE() << outcome.result.error().to_string();
      continue;
    }
    EXPECT_EQ(lines_of(outcome.results), rows);
    EXPECT_EQ(lines_of(outcome.missing), missing);
    EXPECT_EQ(outcome.report().strategy, name);
    EXPECT_EQ(outcome.report().input.unique, 3000u);
    EXPECT_EQ(outcome.report().dialect, to_string(GetParam().server));
    EXPECT_EQ(outcome.report().snapshot.kind, server_.snapshot_kind());
  }
}

INSTANTIATE_TEST_SUITE_P(Each, KeyTypes, ::testing::ValuesIn(kCases), [](const auto& parameter) {
  return std::string(to_string(parameter.param.server)) + "_" + parameter.param.name;
});

}  // namespace
}  // namespace firmquery::test

// Lists of IDs that are the rows of a query: what a file with the same fields would give, a line a row.
#include <nlohmann/json.hpp>

#include "firmquery/run/input.hpp"
#include "integration/run_case.hpp"
#include "integration/staging_case.hpp"
#include "support/effort.hpp"

namespace firmquery::test {
namespace {

class IdsQuery : public ::testing::Test {
 protected:
  static std::string dsn() { return shared_server().dsn(); }
  static InputOptions options(const std::string& sql, IdType type = IdType::integer) {
    InputOptions options;
    options.path = "sql:" + sql;
    options.clean.type = type;
    options.max_ids = 10'000'000;
    options.staging.dsn = dsn();
    options.allow_empty = true;
    return options;
  }
  ProcessResult clean(const std::string& sql, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"clean", "--ids", "sql:" + sql, "--ids-dsn", dsn()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_process(FIRMQUERY_BINARY, arguments);
  }
  TempDir directory_;
};

TEST_F(IdsQuery, RowsAreLinesNullIsBlankAndAnEmptyTextIsRejected) {
  shared_server().execute(
      "drop table if exists wanted; create table wanted (n int, id text);"
      "insert into wanted values (1, '3'), (2, null), (3, ''), (4, e' 4\\n'), (5, '4'), (6, e'a\\n\\nb'), "
      "(7, 'x;9'), "
      "(8, '  '), (9, '3'), (10, '\"8\"')");
  const fs::path out = directory_ / "out";
  const ProcessResult cleaned =
      clean("select id from wanted order by n;", {"--id-type", "int", "--out", out.string(), "--quiet"});
  ASSERT_EQ(cleaned.exit_code, 0) << cleaned.err;
  EXPECT_EQ(read_text(out / "ids.csv"), "firm_root_id\n3\n4\n");
  EXPECT_EQ(read_text(out / "duplicates.csv"), "line,id,first_line\n5,4,4\n9,3,1\n");
  EXPECT_EQ(read_text(out / "rejected.csv"),
            "line,raw,reason,column,byte_offset,cell\n3,\"\",empty,,,\n6,\"a\n\nb\",control_character,,,\n"
            "7,x;9,not_an_integer,,,\n10,\"\"\"8\"\"\",not_an_integer,,,\n");
  const auto report = nlohmann::json::parse(read_text(out / "report.json"));
  EXPECT_EQ(report["input"]["lines"], 10);
  EXPECT_EQ(report["input"]["blank"], 2);
}

// A list may begin with a byte order mark that is none of it; a value that begins so is a value.
TEST_F(IdsQuery, AFirstValueThatBeginsLikeAMarkKeepsIt) {
  const fs::path out = directory_ / "out";
  const ProcessResult cleaned = clean("select e'\\uFEFF7'", {"--id-type", "uuid", "--out", out.string(),
                                                             "--accept-rejected", "--allow-empty"});
  ASSERT_EQ(cleaned.exit_code, 0) << cleaned.err;
  EXPECT_EQ(read_text(out / "rejected.csv"),
            "line,raw,reason,column,byte_offset,cell\n1,\xEF\xBB\xBF"
            "7,not_a_uuid,,,\n");
}

// Every field comes through as it is, whatever it holds: the raw text of each reject is that of its row.
TEST_F(IdsQuery, HostileFieldsComeThroughAsTheyAre) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::string rows;
  for (int n = 1; n <= 20'000; ++n) {
    std::string field = hostile_field(random);
    // A line end somewhere, but in the middle of a character.
    std::size_t at = below(random, field.size() + 1);
    while (at < field.size() && (static_cast<unsigned char>(field[at]) & 0xC0) == 0x80) --at;
    if (below(random, 20) == 0) field.insert(at, below(random, 2) == 0 ? "\n" : "\r\n");
    rows += std::to_string(n) + ",\"";
    for (const char c : field) rows.append(c == '"' ? 2 : 1, c);
    rows += "\"\n";
  }
  const auto psql = [&](const std::vector<std::string>& commands) {
    std::vector<std::string> arguments = {"-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", dsn()};
    for (const std::string& command : commands) {
      arguments.emplace_back("-c");
      arguments.push_back(command);
    }
    const ProcessResult result = run_process("psql", arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  psql({"drop table if exists hostile", "create table hostile (n int, id text)",
        "\\copy hostile from '" + directory_.write("rows.csv", rows).string() + "' with (format csv)"});
  const fs::path out = directory_ / "out";
  const ProcessResult cleaned =
      clean("select n, id from hostile order by n",
            {"--column", "id", "--id-type", "uuid", "--out", out.string(), "--quiet", "--accept-rejected"});
  ASSERT_EQ(cleaned.exit_code, 0) << cleaned.err;
  EXPECT_EQ(
      psql({"create temp table rejected (n int, raw text, reason text, column_name text, byte_offset bigint, "
            "cell text)",
            "\\copy rejected from '" + (out / "rejected.csv").string() + "' with (format csv, header)",
            "select r.n, r.raw, h.id from rejected r left join hostile h using (n) "
            "where r.raw is distinct from h.id and length(h.id) < 1000 or r.column_name <> 'id' limit 3"}),
      "");
  const auto report = nlohmann::json::parse(read_text(out / "report.json"));
  EXPECT_EQ(report["input"]["lines"], 20'000);
  EXPECT_GT(report["input"]["rejected"].get<int>(), 1000);
}

TEST_F(IdsQuery, AFileOfTheSameFieldsGivesTheSame) {
  const fs::path from_rows = directory_ / "rows", from_file = directory_ / "file";
  const std::string query =
      "select case when n % 7 = 0 then 'x' || n else (n % 5000)::text end from generate_series(1, 20000) n";
  ASSERT_EQ(clean(query, {"--out", from_rows.string(), "--quiet"}).exit_code, 0);
  std::string lines;
  for (int n = 1; n <= 20000; ++n)
    lines += (n % 7 == 0 ? "x" + std::to_string(n) : std::to_string(n % 5000)) + "\n";
  const ProcessResult file =
      run_process(FIRMQUERY_BINARY, {"clean", "--ids", directory_.write("ids.txt", lines), "--out", from_file,
                                     "--quiet", "--header", "no"});
  ASSERT_EQ(file.exit_code, 0) << file.err;
  for (const char* name : {"ids.csv", "duplicates.csv", "rejected.csv", "report.json"}) {
    EXPECT_EQ(read_text(from_rows / name), read_text(from_file / name)) << name;
  }
}

TEST_F(IdsQuery, ErrorsNameTheQuery) {
  const ProcessResult unknown = clean("select id from no_such_table");
  EXPECT_EQ(unknown.exit_code, 6);
  EXPECT_NE(flat(unknown.err).find("sql:select id from no_such_table"), std::string::npos) << unknown.err;
  const ProcessResult late = clean("select 1 / (500000 - n) from generate_series(1, 1000000) n");
  EXPECT_EQ(late.exit_code, 6);
  EXPECT_EQ(late.out, "");
  EXPECT_NE(flat(late.err).find("division by zero"), std::string::npos) << late.err;
  EXPECT_EQ(clean("select 1, 2").exit_code, 2);
  EXPECT_EQ(clean("select 1 as a, 2 as a", {"--column", "a"}).exit_code, 2);
  EXPECT_EQ(clean("select 1 as a, 2 as b", {"--column", "c"}).exit_code, 2);
  EXPECT_EQ(clean("select 1 as a, 2 as b", {"--column", "2"}).out, "2\n");
  EXPECT_EQ(clean("create table written (a int)").exit_code, 6);
  EXPECT_EQ(clean("select nextval('no_sequence')").exit_code, 6);
  EXPECT_EQ(clean("select 1) to program 'true' --").exit_code, 6);
  const ProcessResult writes =
      clean("with gone as (delete from pg_class returning oid) select oid from gone");
  EXPECT_EQ(writes.exit_code, 6) << writes.err;
}

TEST_F(IdsQuery, MemoryIsFlat) {
  const auto rows = [&](std::uint64_t count) {
    const auto read =
        read_input(options("select null::int from generate_series(1, " + std::to_string(count) + ")"),
                   directory_.path(), {});
    EXPECT_TRUE(read) << read.error().to_string();
    return read ? read->report.blank : 0;
  };
  EXPECT_EQ(rows(1'000'000), 1'000'000u);
  const std::uint64_t before = peak_rss_bytes();
  const auto many = static_cast<std::uint64_t>(effort(3'000'000, 10'000'000));
  EXPECT_EQ(rows(many), many);
  EXPECT_LT(peak_rss_bytes() - before, 4u << 20);
}

TEST_F(IdsQuery, AStopRequestCancelsTheStatement) {
  for (const char* sql : {"select pg_sleep(600)::text", "select n from generate_series(1, 10000000000) n"}) {
    std::stop_source stop;
    std::jthread stopper([&] {
      while (
          shared_server().value("select count(*) from pg_stat_activity where state = 'active' and query like "
                                "'%COPY (select%' and pid <> pg_backend_pid()") == "0") {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      stop.request_stop();
    });
    const auto read = read_input(options(sql), directory_.path(), stop.get_token());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::interrupted) << read.error().to_string();
  }
}

// A run whose list is a query, from another server than its rows; the password stays out of everything it
// leaves.
TEST_F(IdsQuery, ARunTakesItsListFromAQuery) {
  shared_server().execute(
      "drop table if exists firm; create table firm as select n as firm_root_id, 'f' || n as name from "
      "generate_series(1, 100) n");
  const fs::path out = directory_ / "out";
  const ProcessResult result = run_process(
      FIRMQUERY_BINARY,
      {"run", "--ids", "sql:select n * 3 as anything from generate_series(1, 50) n", "--ids-dsn",
       dsn() + " password=hunter2", "--sql", "select * from firm where firm_root_id in ({ID_PLACEHOLDER})",
       "--dsn", dsn(), "--out", out, "--progress", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(lines_of(read_text(out / "results.csv")).size(), 34u);
  EXPECT_EQ(lines_of(read_text(out / "missing.csv")).size(), 18u);
  EXPECT_EQ((result.out + result.err).find("hunter2"), std::string::npos);
  for (const auto& entry : fs::directory_iterator(out)) {
    EXPECT_EQ(read_text(entry.path()).find("hunter2"), std::string::npos) << entry.path();
  }
  EXPECT_EQ(read_manifest(out)->input_path, "sql:select n * 3 as anything from generate_series(1, 50) n");
}

}  // namespace
}  // namespace firmquery::test

// The extension firm_staging against the program: the same canonical forms, reasons and digests, and what
// must hold inside a server: errors and cancels in the middle of a set, flat memory, dump and restore.
#include <nlohmann/json.hpp>

#include "firmquery/core/clean.hpp"
#include "fuzz/corpus.hpp"
#include "integration/run_case.hpp"
#include "integration/staging_case.hpp"
#include "support/effort.hpp"

namespace firmquery::test {
namespace {

class Staging : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(Server::module_file())) {
      GTEST_SKIP() << "firm_staging is not built: there is no " << Server::module_file()
                   << "; install the PostgreSQL server headers (scripts/setup)";
    }
    server_ = &Server::instance();
  }

  Server* server_ = nullptr;
  TempDir directory_;
};

class StagingFields : public Staging, public ::testing::WithParamInterface<const char*> {};

// 250,000 fields (25,000 for a push) of each of four types: forms, reasons and the digest.
TEST_P(StagingFields, AreCleanedAsTheProgramDoes) {
  const std::string type = GetParam();
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::string lines, fields;
  const long last = effort(25'000, 250'000);
  for (long line = 1; line <= last; ++line) {
    const std::string field = hostile_field(random);
    lines += field + "\n";
    fields += std::to_string(line) + ",\"";
    for (const char c : field) fields.append(c == '"' ? 2 : 1, c);
    fields += "\"\n";
  }
  const fs::path input = directory_.write("ids.txt", lines), out = directory_ / "out";
  const ProcessResult cleaned =
      run_process(FIRMQUERY_BINARY,
                  {"clean", "--ids", input, "--id-type", type, "--input-format", "lines", "--header", "no",
                   "--encoding", "utf-8", "--max-input-ids", "1000000", "--accept-rejected", "--out", out});
  ASSERT_EQ(cleaned.exit_code, 0) << cleaned.err;
  const std::string copy = " with (format csv)";
  const std::string differences = server_->psql(
      "postgres",
      {"create temp table raw (line bigint, raw text)",
       "\\copy raw from '" + directory_.write("raw.csv", fields).string() + "'" + copy,
       "create temp table rejected (line bigint, raw text, reason text, column_name text, byte_offset "
       "bigint, cell text)",
       "\\copy rejected from '" + (out / "rejected.csv").string() + "' with (format csv, header)",
       "create temp table ids (id text)",
       "\\copy ids from '" + (out / "ids.csv").string() + "' with (format csv, header)",
       "create temp table cleaned as select line, raw, firm_id_clean(raw, '" + type +
           "') as id, firm_id_problem(raw, '" + type + "') as problem from raw",
       "select 'both or none', line from cleaned where (id is null) = (problem is null)",
       // A line of white space is blank to the program; a text mark or ="" around nothing is an empty ID.
       "delete from cleaned where problem = 'empty' and raw !~ '[''=]'",
       "select 'reason', coalesce(c.line, r.line), c.problem, r.reason from (select * from cleaned where id "
       "is null) c "
       "full join rejected r on r.line = c.line where c.problem is distinct from r.reason limit 5",
       "select 'form', c.id, i.id from (select distinct id from cleaned where id is not null) c "
       "full join ids i on i.id = c.id where c.id is null or i.id is null limit 5"});
  EXPECT_EQ(differences, "");
  const std::string digest = server_->psql(
      "postgres", {"create temp table ids (id text)",
                   "\\copy ids from '" + (out / "ids.csv").string() + "' with (format csv, header)",
                   "select firm_digest(id) from ids"});
  const auto report = nlohmann::json::parse(read_text(out / "report.json"));
  EXPECT_EQ(digest, report["input"]["digest"].get<std::string>() + "\n");
  EXPECT_GT(report["input"]["unique"].get<int>(), 1000);
  EXPECT_GT(report["input"]["rejected"].get<int>(), 1000);
}
INSTANTIATE_TEST_SUITE_P(Types, StagingFields, ::testing::Values("int", "numeric", "uuid", "text"),
                         [](const auto& type) { return std::string(type.param); });

class Recorder : public CleanSink {
 public:
  void accept(std::int64_t id, std::uint64_t line) override { add(line, std::to_string(id), ""); }
  void accept(std::string_view id, std::uint64_t line) override { add(line, std::string(id), ""); }
  void reject(std::string_view, const InputPlace& place, IdProblem problem) override {
    add(place.line, "", std::string(problem_code(problem)));
  }
  void add(std::uint64_t line, const std::string& id, const std::string& problem) {
    text += std::to_string(line) + "|" + id + "|" + problem + "\n";
  }
  std::string text;
};

// Reads a document with both. How many rows there were; -1: both refused it.
int read_by_both(const LibpqConnection& connection, const std::string& text, const std::string& type,
                 const std::string& column) {
  const std::string what =
      nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + " " + type +
      " column " + column;
  Recorder expected, actual;
  CleanOptions options;
  options.type = *id_type_from_string(type);
  options.column = column;
  options.encoding = InputEncoding::utf8;
  Cleaner cleaner(options, expected);
  const bool cleaned = cleaner.feed(text) && cleaner.finish();
  const auto result =
      connection.execute("select line, id, problem from firm_ids($1, $2, $3)", {text, type, column});
  const bool read = PQresultStatus(result.get()) == PGRES_TUPLES_OK;
  EXPECT_EQ(read, cleaned) << what << " " << PQresultErrorMessage(result.get());
  if (!read || !cleaned) return -1;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    actual.add(std::strtoull(PQgetvalue(result.get(), row, 0), nullptr, 10), PQgetvalue(result.get(), row, 1),
               PQgetvalue(result.get(), row, 2));
  }
  EXPECT_EQ(actual.text, expected.text) << what;
  return PQntuples(result.get());
}

TEST_F(Staging, ListsAreReadAsTheProgramDoes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const LibpqConnection connection(server_->postgres().dsn());
  const char* const kTypes[] = {"int", "text"};
  const char* const kColumns[] = {"", "", "1", "2", "name"};
  int errors = 0, rows = 0;
  const long rounds = effort(2000, 6000);
  for (long round = 0; round < rounds && !HasFailure(); ++round) {
    const std::string text = document(random), type = kTypes[below(random, 2)],
                      column = kColumns[below(random, 5)];
    const int read = read_by_both(connection, text, type, column);
    errors += read < 0;
    rows += std::max(read, 0);
  }
  EXPECT_GT(errors, rounds / 60);
  EXPECT_GT(rows, rounds + rounds / 2);
}

// What fuzzing has found worth keeping: as documents, and line by line as single fields.
TEST_F(Staging, FuzzCorporaAreReadAsTheProgramDoes) {
  const fs::path corpora = fs::path(FIRMQUERY_SOURCE_DIR) / "tests/fuzz/corpus";
  if (!fs::exists(corpora)) GTEST_SKIP() << "there is no " << corpora;
  const LibpqConnection connection(server_->postgres().dsn());
  int documents = 0;
  std::string lines;
  for (const auto& entry : fs::directory_iterator(corpora)) {
    for (auto& [name, text] : fuzz::read_corpus(entry.path())) {
      // A text of the database has no NUL and is UTF-8; what is not is the decoder's business.
      std::erase(text, '\0');
      const auto echoed = connection.execute("select $1::text", {text});
      if (PQresultStatus(echoed.get()) != PGRES_TUPLES_OK) continue;
      ++documents;
      lines += text + "\n";
      for (const char* type : {"int", "numeric", "uuid", "text"}) {
        for (const char* column : {"", "2"}) read_by_both(connection, text, type, column);
      }
      ASSERT_FALSE(HasFailure()) << entry.path() << ":" << name;
    }
  }
  EXPECT_GT(documents, 0);
  std::replace(lines.begin(), lines.end(), '\r', '\n');
  for (const char* type : {"int", "numeric", "uuid", "text"}) {
    Recorder expected;
    CleanOptions options;
    options.type = *id_type_from_string(type);
    options.format = InputFormat::lines;
    options.header = HeaderMode::absent;
    options.encoding = InputEncoding::utf8;
    Cleaner cleaner(options, expected);
    ASSERT_TRUE(cleaner.feed(lines) && cleaner.finish());
    const auto result = connection.execute(
        "select string_agg(format(e'%s|%s|%s\\n', n, firm_id_clean(raw, $2), firm_id_problem(raw, $2)), "
        "'' order by n) from regexp_split_to_table($1, e'\\n') with ordinality t(raw, n) "
        // A line of white space is blank to the program; a text mark or ="" around nothing is an empty ID.
        "where firm_id_problem(raw, $2) is distinct from 'empty' or raw ~ '[''=]'",
        {lines, type});
    ASSERT_EQ(LibpqConnection::sqlstate(result), "") << PQresultErrorMessage(result.get());
    EXPECT_EQ(PQgetvalue(result.get(), 0, 0), expected.text) << type;
  }
}

// The proof, recomputed by the database: input, found and missing, from the files alone.
TEST_F(Staging, DigestsAreThoseOfTheManifest) {
  server_->postgres().execute(
      "create table firm as select n * 2 as firm_root_id, 'f' || n as name "
      "from generate_series(1, 50000) n");
  const Job job = make_job(directory_, server_->postgres().dsn(), numbers(1, 60'000),
                           "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})");
  const Outcome outcome = run(job);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  const auto manifest = read_manifest(job.out);
  ASSERT_TRUE(manifest);
  const std::string digests = server_->psql(
      "postgres",
      {"create temp table input (id text)", "\\copy input from '" + job.ids_path + "' with (format csv)",
       "create temp table missing (id text, suggestion text, rule text, matches int)",
       "\\copy missing from '" + (job.out / "missing.csv").string() + "' with (format csv, header)",
       "create temp table result (id text, name text)",
       "\\copy result from '" + (job.out / "results.csv").string() + "' with (format csv, header)",
       "select firm_digest(firm_id_clean(id, 'int')) from input", "select firm_digest(id) from missing",
       "select firm_digest(distinct id) from result",
       "select firm_digest_add((select firm_digest(id) from missing), (select firm_digest(distinct id) from "
       "result))"});
  const ResultReport& result = outcome.report().result;
  EXPECT_EQ(digests, manifest->input_digest + "\n" + result.missing_digest.to_hex() + "\n" +
                         result.found_digest.to_hex() + "\n" + manifest->input_digest + "\n");
}

// Waits until the session has spilled rows to disk, so that it is in the middle of the set, and cancels it.
TEST_F(Staging, ASetCanBeCancelledInTheMiddle) {
  const LibpqConnection connection(server_->postgres().dsn()), other(server_->postgres().dsn());
  connection.execute("set work_mem = '64kB'");
  connection.execute("set statement_timeout = '120s'");
  const char* const kStatements[] = {
      "select count(*) from firm_ids(repeat(e'1234567\n', 20000000), 'int')",
      "select count(*) from firm_in_lists(array_fill('1234567'::text, array[10000000]), 'int', 1)"};
  for (const char* statement : kStatements) {
    ASSERT_EQ(PQsendQuery(connection.get(), statement), 1);
    std::string spilled = "0";
    while (spilled == "0" && PQisBusy(connection.get())) {
      spilled = PQgetvalue(other.execute("select count(*) from pg_ls_tmpdir() where size > 0").get(), 0, 0);
      PQconsumeInput(connection.get());
    }
    ASSERT_NE(spilled, "0") << statement << " ended early: " << PQerrorMessage(connection.get());
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(connection.get()),
                                                                    &PQfreeCancel);
    char error[256];
    ASSERT_EQ(PQcancel(cancel.get(), error, sizeof error), 1) << error;
    const LibpqConnection::ResultPointer result(PQgetResult(connection.get()), &PQclear);
    EXPECT_EQ(LibpqConnection::sqlstate(result), "57014") << statement;
    while (PGresult* rest = PQgetResult(connection.get())) PQclear(rest);
    const auto after = connection.execute("select count(*) from firm_ids(e'1\n2', 'int')");
    EXPECT_STREQ(PQgetvalue(after.get(), 0, 0), "2") << "the session is not usable after a cancel";
  }
}

TEST_F(Staging, MemoryIsFlatOverTenMillionRows) {
  const LibpqConnection connection(server_->postgres().dsn());
  connection.execute("set jit = off");  // its library alone would be 11 MiB, from 10M rows on
  const auto digest_of = [&](const std::string& rows) {
    const auto result = connection.execute(
        "select firm_digest(firm_id_clean(' ' || n, 'int')) from generate_series(1, " + rows + ") n");
    EXPECT_EQ(LibpqConnection::sqlstate(result), "");
    return connection.private_kib();
  };
  const long small = digest_of("1000000");
  const long large = digest_of("10000000");
  ASSERT_GT(small, 0);
  EXPECT_LT(large - small, 4 << 10) << small << " KiB at 1,000,000 rows, " << large << " KiB at 10,000,000";
}

// The cursor holds 900 kB of an open quote when the error comes: were it not closed, 300 errors would show.
TEST_F(Staging, ErrorsInTheMiddleOfASetLeakNothing) {
  const LibpqConnection connection(server_->postgres().dsn());
  const auto fail_often = [&](int times) {
    const auto result = connection.execute(
        "do $$ declare text text := e'a,b\n1,2\n1,\"' || repeat('x', 900000); begin for n in 1.." +
        std::to_string(times) +
        " loop begin perform count(*) from firm_ids(text, 'int', 'b', 'csv'); raise 'no error';"
        " exception when invalid_parameter_value then null; end; end loop; end $$");
    EXPECT_EQ(LibpqConnection::sqlstate(result), "") << PQresultErrorMessage(result.get());
    return connection.private_kib();
  };
  const long before = fail_often(20);
  const long after = fail_often(300);
  EXPECT_LT(after - before, 32 << 10) << before << " KiB before, " << after << " KiB after";
}

TEST_F(Staging, RunsAreDumpedAndRestored) {
  server_->postgres().execute(
      "insert into firmquery.run (run_id, status, started_at, key_name, id_type, lines, blank, header, "
      "rejected, "
      "duplicates, unique_ids, found, missing, result_rows, input_digest, found_digest, missing_digest, "
      "report, manifest) "
      "select 'r1', 'complete', now(), 'id', 'int', 4, 0, 0, 1, 0, 3, 2, 1, 2, firm_digest(n::text), "
      "firm_digest(n::text) filter (where n < 3), firm_digest(n::text) filter (where n = 3), '{}', '{\"a\": "
      "1}' "
      "from generate_series(1, 3) n;"
      "insert into firmquery.missing values ('r1', '3');"
      "insert into firmquery.rejected values ('r1', 4, 'x', 'not_an_integer');"
      "insert into firmquery.result values ('r1', 1, '1', '{\"id\": \"1\"}'), ('r1', 2, '2', '{\"id\": "
      "\"2\"}')");
  const fs::path dump = directory_ / "dump.sql";
  const ProcessResult dumped =
      run_process(server_->binaries() / "pg_dump",
                  {"-f", dump, "-n", "firmquery", "-e", "firm_staging", "-d", server_->postgres().dsn()});
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  server_->postgres().create_database("restored");
  server_->psql("restored", {"\\i " + dump.string()});
  const std::vector<std::string> all = {"select * from firmquery.run", "select * from firmquery.missing",
                                        "select * from firmquery.rejected", "select * from firmquery.result",
                                        "select job, id, runs from firmquery.missing_streak"};
  EXPECT_EQ(server_->psql("restored", all), server_->psql("postgres", all));
  EXPECT_EQ(server_->psql("restored", {"select count(*) from firmquery.result"}), "2\n");
}

}  // namespace
}  // namespace firmquery::test

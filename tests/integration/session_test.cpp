#include "firmquery/db/session.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <random>
#include <string>
#include <vector>

#include "support/postgres.hpp"

namespace firmquery {
namespace {

ConnectOptions options() {
  ConnectOptions options;
  options.dsn = test::shared_server().dsn();
  return options;
}

Session open() {
  auto session = Session::open(options());
  EXPECT_TRUE(session) << session.error().to_string();
  return std::move(session).value();
}

std::string one(Session& session, const std::string& sql) {
  const auto rows = session.execute(sql);
  EXPECT_TRUE(rows) << rows.error().to_string();
  return rows ? std::string(rows->at(0, 0)) : std::string();
}

Error error_of(Session& session, const std::string& sql) {
  const auto rows = session.execute(sql);
  EXPECT_FALSE(rows) << sql;
  return rows ? Error{} : rows.error();
}

Session::Producer blocks(std::vector<std::string> texts) {
  auto next = std::make_shared<std::pair<std::vector<std::string>, std::size_t>>(std::move(texts), 0);
  return [next]() -> Result<std::string_view> {
    if (next->second == next->first.size()) return std::string_view();
    return std::string_view(next->first[next->second++]);
  };
}

class Collector final : public RowSink {
 public:
  Result<void> row(std::string_view csv, std::string_view key, bool key_is_null) override {
    if (rows == fail_at) return fail(ErrorKind::usage, "the disk is full");
    ++rows;
    text += csv;
    keys.push_back(key_is_null ? "<null>" : std::string(key));
    return {};
  }
  std::string text;
  std::vector<std::string> keys;
  std::uint64_t rows = 0;
  std::uint64_t fail_at = ~std::uint64_t{0};
};

TEST(Session, KnowsWhereItIs) {
  Session session = open();
  EXPECT_TRUE(session.alive());
  EXPECT_TRUE(session.server_version_text().starts_with("PostgreSQL "));
  EXPECT_EQ(session.user(), test::shared_server().user());
  EXPECT_EQ(session.database(), "postgres");
  EXPECT_NE(session.host().find(std::to_string(test::shared_server().port())), std::string::npos);
  EXPECT_EQ(session.parameter("application_name"), "firmquery");
  EXPECT_EQ(session.parameter("client_encoding"), "UTF8");
  EXPECT_FALSE(session.ssl_in_use());
  EXPECT_EQ(session.authentication().method, "other");
}

TEST(Session, OutputFormatsDoNotDependOnTheServersDefaults) {
  test::shared_server().create_database("odd_formats");
  test::shared_server().execute("ALTER DATABASE odd_formats SET DateStyle = 'SQL, DMY'");
  test::shared_server().execute("ALTER DATABASE odd_formats SET bytea_output = 'escape'");
  ConnectOptions odd;
  odd.dsn = test::shared_server().dsn("odd_formats");
  Session session = Session::open(odd).value();
  EXPECT_EQ(one(session, "SELECT date '2026-02-01'"), "2026-02-01");
  EXPECT_EQ(one(session, "SELECT '\\x00ff'::bytea"), "\\x00ff");
  EXPECT_EQ(one(session, "SELECT date '01/02/2026'"), "2026-01-02");  // literals are read alike everywhere
  EXPECT_EQ(session.own_date_style(), "SQL, DMY");
}

TEST(Session, ExecutesWithAndWithoutParameters) {
  Session session = open();
  const auto rows = session.execute("SELECT $1::text, $2::int + 1, $3::text", {"a'b", "41", std::nullopt});
  ASSERT_TRUE(rows) << rows.error().to_string();
  EXPECT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->at(0, 0), "a'b");
  EXPECT_EQ(rows->at(0, 1), "42");
  EXPECT_TRUE(rows->is_null(0, 2));
  EXPECT_EQ(one(session, "SELECT 1; SELECT 2; SELECT 3"), "3");
}

TEST(Session, QuotingSurvivesTheServer) {
  Session session = open();
  for (const std::string text : {"", "a'b", "\\", "a\\'b\"", "Größe 漢", "E'x'", "--", "$$", "\n\r\t"}) {
    EXPECT_EQ(one(session, "SELECT" + (" " + session.quote_literal(text)) + "::text"), text);
    if (!text.empty()) {
      const auto rows = session.execute("SELECT 1 AS " + session.quote_identifier(text));
      ASSERT_TRUE(rows) << rows.error().to_string();
      EXPECT_EQ(rows->column_name(0), text);
    }
  }
}

TEST(Session, ErrorsSayWhatWhereAndWhatToDo) {
  Session session = open();
  const Error syntax = error_of(session, "SELECT 1\nFROM pg_class\nWHRE x");
  EXPECT_EQ(syntax.kind, ErrorKind::query);
  EXPECT_EQ(syntax.sqlstate, "42601");
  EXPECT_EQ(syntax.place, "statement line 3 near \"x\"");
  EXPECT_EQ(error_of(session, "SELECT 'ä', no_such").place, "statement line 1 near \"no_such\"");

  const Error missing = error_of(session, "SELECT * FROM no_such_table");
  EXPECT_EQ(missing.sqlstate, "42P01");
  EXPECT_EQ(recovery_of(missing), Recovery::fail);
  EXPECT_FALSE(missing.remedy.empty());

  EXPECT_EQ(error_of(session, "SELECT 'x'::int").sqlstate, "22P02");
  EXPECT_EQ(error_of(session, "COPY (SELECT 1) TO STDOUT; SELECT 1/0").sqlstate, "22012");
  EXPECT_EQ(error_of(session, "COPY pg_class FROM STDIN").sqlstate, "57014");  // ended by this side
  EXPECT_EQ(one(session, "SELECT 1"), "1");  // the session has survived all of it
}

TEST(Session, AnErrorNeverRepeatsTheStatement) {
  Session session = open();
  std::string ids;
  for (int i = 0; i < 10000; ++i) ids += fmt::format("{}, ", 100000 + i);
  const Error error = error_of(session, "SELECT 1 WHERE 1 IN (" + ids + "oops)");
  EXPECT_LT(error.to_string().size(), 500U);
  EXPECT_EQ(error.to_string().find("100000"), std::string::npos);
}

TEST(Session, MissingPrivilegeNamesTheGrant) {
  test::shared_server().execute(
      "DROP TABLE IF EXISTS locked; CREATE TABLE locked (id int);"
      "DROP ROLE IF EXISTS nobody_much; CREATE ROLE nobody_much");
  Session session = open();
  ASSERT_TRUE(session.execute("SET ROLE nobody_much"));
  const Error error = error_of(session, "SELECT * FROM locked");
  EXPECT_EQ(error.kind, ErrorKind::permission);
  EXPECT_EQ(recovery_of(error), Recovery::permission);
  EXPECT_NE(error.remedy.find("GRANT SELECT ON TABLE locked"), std::string::npos) << error.remedy;
}

TEST(Session, FailedTransactionsShow) {
  Session session = open();
  ASSERT_TRUE(session.execute("BEGIN"));
  EXPECT_FALSE(session.in_failed_transaction());
  EXPECT_EQ(error_of(session, "SELECT 1/0").sqlstate, "22012");
  EXPECT_TRUE(session.in_failed_transaction());
  EXPECT_EQ(error_of(session, "SELECT 1").sqlstate, "25P02");
  ASSERT_TRUE(session.execute("ROLLBACK"));
  EXPECT_FALSE(session.in_failed_transaction());
}

TEST(Session, ALostConnectionStaysLost) {
  Session session = open();
  ASSERT_TRUE(session.execute("CREATE TEMP TABLE mine (id int)"));
  const std::string pid = one(session, "SELECT pg_backend_pid()");
  test::shared_server().execute("SELECT pg_terminate_backend(" + pid + ", 10000)");
  Collector sink;
  // The first may carry the server's 57P01; all of them must ask for a new session, and none may make one.
  std::vector<Error> errors;
  errors.push_back(error_of(session, "SELECT 1"));
  EXPECT_FALSE(session.alive());
  errors.push_back(error_of(session, "CREATE TEMP TABLE IF NOT EXISTS mine (id int)"));
  errors.push_back(session.execute("SELECT $1::int", {"1"}).error());
  errors.push_back(session.describe("SELECT 1").error());
  errors.push_back(session.copy_in("COPY mine FROM STDIN", blocks({"1\n"})).error());
  errors.push_back(session.stream("SELECT 1", RowKey(0), true, sink).error());
  errors.push_back(session.stream("SELECT 1", RowKey(0), false, sink).error());
  for (const Error& error : errors) {
    EXPECT_EQ(error.kind, ErrorKind::transient) << error.to_string();
    EXPECT_EQ(recovery_of(error), Recovery::reconnect) << error.to_string();
  }
  EXPECT_EQ(sink.rows, 0U);
}

TEST(Session, LostDuringAStreamAsksForANewSession) {
  for (const bool use_copy : {true, false}) {
    Session victim = open();
    const std::string query = fmt::format(
        "SELECT g, CASE g WHEN 50000 THEN pg_terminate_backend({}) END FROM (SELECT generate_series(1, "
        "100000000) AS g) s",
        one(victim, "SELECT pg_backend_pid()"));
    Collector sink;
    const auto rows = victim.stream(query, RowKey(0), use_copy, sink);
    ASSERT_FALSE(rows);
    EXPECT_EQ(recovery_of(rows.error()), Recovery::reconnect) << rows.error().to_string();
    EXPECT_FALSE(victim.alive());
    EXPECT_GT(sink.rows, 0U);
  }
}

TEST(Session, AStopRequestEndsWhatItWaitsFor) {
  std::stop_source stop;
  ConnectOptions stoppable = options();
  stoppable.stop = stop.get_token();
  Session session = Session::open(stoppable).value();
  const std::string pid = one(session, "SELECT pg_backend_pid()");
  auto asleep = std::async(std::launch::async, [&] { return error_of(session, "SELECT pg_sleep(300)"); });
  while (test::shared_server().value("SELECT wait_event FROM pg_stat_activity WHERE pid = " + pid) !=
         "PgSleep") {
  }
  stop.request_stop();
  const Error error = asleep.get();
  EXPECT_EQ(error.kind, ErrorKind::interrupted);
  EXPECT_TRUE(session.alive()) << "the server was asked, and the connection was not cut";
  EXPECT_EQ(error_of(session, "SELECT 1").kind, ErrorKind::interrupted)
      << "nothing is sent after a stop request";
  EXPECT_EQ(Session::open(stoppable).error().kind, ErrorKind::interrupted);
}

// Somebody else's wish, which is neither a timeout nor a stop request.
TEST(Session, AnAdministratorCancels) {
  Session session = open();
  session.set_time_limit(std::chrono::seconds(300));
  const std::string pid = one(session, "SELECT pg_backend_pid()");
  auto asleep = std::async(std::launch::async, [&] { return error_of(session, "SELECT pg_sleep(300)"); });
  while (test::shared_server().value("SELECT wait_event FROM pg_stat_activity WHERE pid = " + pid) !=
         "PgSleep") {
  }
  test::shared_server().execute("SELECT pg_cancel_backend(" + pid + ")");
  const Error error = asleep.get();
  EXPECT_EQ(error.sqlstate, "57014");
  EXPECT_FALSE(error.timed_out);
  EXPECT_EQ(recovery_of(error), Recovery::fail);
  EXPECT_EQ(one(session, "SELECT 1"), "1");
}

TEST(Session, ASilentServerIsGivenUp) {
  Session session = open();
  session.set_patience(std::chrono::milliseconds(300));
  const Error error = error_of(session, "SELECT pg_sleep(300)");
  EXPECT_NE(error.message.find("silent"), std::string::npos) << error.to_string();
  EXPECT_EQ(recovery_of(error), Recovery::reconnect);
  EXPECT_FALSE(session.alive());
  EXPECT_EQ(recovery_of(error_of(session, "SELECT 1")), Recovery::reconnect);
}

// Patience is for silence: a statement whose rows keep coming may take as long as it likes.
TEST(Session, ASlowStreamIsNotSilence) {
  // The one limit here that a machine could miss: it would have to stop for the difference.
  constexpr int kPatience_s = 5, kRows = 10 * kPatience_s + 5;
  const auto stream = [&](bool use_copy) -> Result<std::uint64_t> {
    Session session = open();
    session.set_patience(std::chrono::seconds(kPatience_s));
    Collector sink;
    // Rows of 10 kB, so that the server does not keep them back.
    return session.stream("SELECT n, repeat('x', 10000), pg_sleep(0.1) FROM generate_series(1, " +
                              std::to_string(kRows) + ") n",
                          RowKey(0), use_copy, sink);
  };
  auto copied = std::async(std::launch::async, stream, true);
  for (const auto& rows : {stream(false), copied.get()}) {
    ASSERT_TRUE(rows) << rows.error().to_string();
    EXPECT_EQ(*rows, static_cast<std::uint64_t>(kRows));
  }
}

TEST(Session, ATimeoutIsNotACancel) {
  Session session = open();
  ASSERT_TRUE(session.execute("SET statement_timeout = '50ms'"));
  session.set_time_limit(std::chrono::milliseconds(50));
  const Error error = error_of(session, "SELECT pg_sleep(300)");
  EXPECT_EQ(error.sqlstate, "57014");
  EXPECT_EQ(recovery_of(error), Recovery::shrink);
}

TEST(Session, DescribesColumnsAndParameters) {
  Session session = open();
  ASSERT_TRUE(session.execute("CREATE TEMP TABLE described (gone int, id bigint, code varchar(12))"));
  ASSERT_TRUE(session.execute("ALTER TABLE described DROP COLUMN gone"));
  const auto found =
      session.describe("SELECT d.code AS c, d.id + 1 AS n, d.id FROM described d WHERE id = ANY($1)");
  ASSERT_TRUE(found) << found.error().to_string();
  ASSERT_EQ(found->columns.size(), 3U);
  EXPECT_EQ(std::to_string(found->columns[0].table_oid), one(session, "SELECT 'described'::regclass::oid"));
  EXPECT_EQ(found->columns[0].name, "c");
  EXPECT_EQ(found->columns[0].table_column, 3);
  EXPECT_EQ(found->columns[0].type_oid, 1043U);
  EXPECT_EQ(found->columns[0].type_modifier, 12 + 4);
  EXPECT_EQ(found->columns[1].table_oid, 0U);
  EXPECT_EQ(found->columns[2].table_column, 2);
  EXPECT_EQ(found->parameter_types, std::vector<std::uint32_t>{1016});  // bigint[]
  const auto wrong = session.describe("SELECT nonsense FROM described");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().sqlstate, "42703");
}

TEST(CopyIn, CountsWhatTheServerTook) {
  Session session = open();
  ASSERT_TRUE(session.execute("CREATE TEMP TABLE loaded (id bigint, note text)"));
  constexpr int kRows = 100000;
  std::string all;
  for (int i = 0; i < kRows; ++i) all += fmt::format("{}\trow {}\n", i, i);
  // One block of 1.8 MB: cut into messages of at most 64 KiB here, at row ends.
  const auto rows = session.copy_in("COPY loaded FROM STDIN", blocks({all}));
  ASSERT_TRUE(rows) << rows.error().to_string();
  EXPECT_EQ(*rows, 100000U);
  EXPECT_EQ(one(session, "SELECT count(*) || ' ' || sum(id) FROM loaded"), "100000 4999950000");
  EXPECT_EQ(session.copy_in("COPY loaded FROM STDIN", blocks({})).value(), 0U);
}

TEST(CopyIn, RowsLargerThanAMessageArriveWhole) {
  Session session = open();
  ASSERT_TRUE(session.execute("CREATE TEMP TABLE wide (id int, note text)"));
  const std::string wide = "1\t" + std::string(200000, 'x') + "\n2\t" + std::string(70000, 'y') + "\n";
  EXPECT_EQ(session.copy_in("COPY wide FROM STDIN", blocks({wide, "3\tz\n"})).value(), 3U);
  EXPECT_EQ(one(session, "SELECT string_agg(length(note)::text, ' ' ORDER BY id) FROM wide"),
            "200000 70000 1");
}

TEST(CopyIn, AFailingProducerLeavesNothingBehind) {
  Session session = open();
  ASSERT_TRUE(session.execute("CREATE TEMP TABLE aborted (id int)"));
  int calls = 0;
  const auto rows = session.copy_in("COPY aborted FROM STDIN", [&]() -> Result<std::string_view> {
    if (++calls == 3) return fail(ErrorKind::usage, "the list ended too early");
    return std::string_view("1\n2\n3\n");
  });
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().message, "the list ended too early");
  EXPECT_EQ(one(session, "SELECT count(*) FROM aborted"), "0");
}

TEST(CopyIn, AServerErrorEndsItAndTheSessionGoesOn) {
  Session session = open();
  ASSERT_TRUE(session.execute("CREATE TEMP TABLE typed (id int)"));
  const auto rows = session.copy_in("COPY typed FROM STDIN", blocks({"1\n", "x\n", "3\n"}));
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().sqlstate, "22P02");
  EXPECT_EQ(session.copy_in("COPY nothing_here FROM STDIN", blocks({"1\n"})).error().sqlstate, "42P01");
  EXPECT_EQ(session.copy_in("SELECT 1", blocks({"1\n"})).error().kind, ErrorKind::usage);
  EXPECT_EQ(session.copy_in("COPY typed TO STDOUT", blocks({"1\n"})).error().kind, ErrorKind::usage);
  EXPECT_EQ(one(session, "SELECT count(*) FROM typed"), "0");
}

// Everything that text can do to a CSV writer, NULL and the types whose text form has quotes or commas.
constexpr const char* kTorture = R"(
CREATE TEMP TABLE torture (n serial, k text, a text, b bytea, c int[], d jsonb, e numeric, f timestamptz,
                           g boolean, h interval, i text[], j float8);
INSERT INTO torture (k, a, b, c, d, e, f, g, h, i, j) VALUES
 (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 ('', '', '', '{}', '{}', 0, '2026-01-01 00:00:00.123456+01', true, '1 day', '{""}', 'NaN'),
 ('a,b', 'say "hi"', '\x00ff22', '{1,NULL,3}', '{"a": "b,\"c"}', -12345678901234567890.50, 'infinity', false,
  '-1 mons +3 days 04:05:06.7', '{"a,b","c\"d",NULL,"\\"}', 1e-300),
 (E'two\nlines', E'cr\rlf\r\n', '\x', '{{1,2},{3,4}}', '[null, "\\"]', 1e20, '0044-03-15 BC', true, '0', '{}', 0.1),
 ('\.', '\.', '\x5c2e', NULL, '"\\."', 'NaN', '-infinity', NULL, '1 year', NULL, '-Infinity'),
 (' lead', 'trail ', '\x20', NULL, '" x "', 007.10, NULL, NULL, NULL, '{" x "}', -0.0),
 (E'\t', E'back\\slash \\N \\n', NULL, NULL, 'null', NULL, NULL, NULL, NULL, '{NULL}', NULL),
 ('"', '""', NULL, NULL, '"\""', NULL, NULL, NULL, NULL, NULL, NULL),
 (U&'\00fc\4e2d\+01F600', E'\u200b\ufeff', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 ('''', '''; DROP TABLE x; --', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (E'\x01\x7f', E'\b\f\v', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
)";

void expect_same_bytes(Session& session, const std::string& query, std::size_t key_column) {
  Collector copied, encoded;
  const auto copied_rows = session.stream(query, RowKey(key_column), true, copied);
  const auto encoded_rows = session.stream(query, RowKey(key_column), false, encoded);
  ASSERT_TRUE(copied_rows) << copied_rows.error().to_string();
  ASSERT_TRUE(encoded_rows) << encoded_rows.error().to_string();
  EXPECT_EQ(*copied_rows, *encoded_rows);
  EXPECT_EQ(copied.text, encoded.text) << query;
  EXPECT_EQ(copied.keys, encoded.keys) << query;
  EXPECT_EQ(copied.rows, *copied_rows);
}

TEST(Stream, BothWaysGiveTheSameBytes) {
  Session session = open();
  ASSERT_TRUE(session.execute(kTorture));
  expect_same_bytes(session, "SELECT * FROM torture ORDER BY n -- a comment at the end", 1);
  for (const char* column : {"k", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}) {
    expect_same_bytes(session, fmt::format("SELECT {} FROM torture ORDER BY n", column), 0);
  }
  expect_same_bytes(session, "SELECT 1 WHERE false", 0);
}

TEST(Stream, KeysAreDecoded) {
  Session session = open();
  ASSERT_TRUE(session.execute(kTorture));
  Collector sink;
  ASSERT_TRUE(session.stream("SELECT n, k FROM torture ORDER BY n", RowKey(1), true, sink));
  const std::vector<std::string> keys = {"<null>", "",   "a,b",  "two\nlines", "\\.",     " lead",
                                         "\t",     "\"", "ü中😀", "'",          "\x01\x7f"};
  EXPECT_EQ(sink.keys, keys);
}

TEST(Stream, RandomTextGivesTheSameBytes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {"a", ",", "\"", "\n", "\r",  "\\",
                                           ".", " ", "ü",  "\t", "\\.", "''"};
  Session session = open();
  ASSERT_TRUE(session.execute("CREATE TEMP TABLE noise (n serial, a text, b text)"));
  for (int row = 0; row < 200; ++row) {
    std::vector<std::optional<std::string>> values(2);
    for (auto& value : values) {
      if (random() % 8 == 0) continue;
      value.emplace();
      for (unsigned left = random() % 6; left > 0; --left) *value += pieces[random() % pieces.size()];
    }
    ASSERT_TRUE(session.execute("INSERT INTO noise (a, b) VALUES ($1, $2)", values));
  }
  expect_same_bytes(session, "SELECT a, b, a || b FROM noise ORDER BY n", 1);
  expect_same_bytes(session, "SELECT a FROM noise ORDER BY n", 0);
}

TEST(Stream, AFailingSinkEndsTheStatement) {
  Session session = open();
  for (const bool use_copy : {true, false}) {
    Collector sink;
    sink.fail_at = 3;
    // Far more rows than anybody would wait for: without the cancel this would not end.
    const auto rows = session.stream("SELECT generate_series(1, 1000000000000)", RowKey(0), use_copy, sink);
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().message, "the disk is full");
    EXPECT_EQ(sink.rows, 3U);
    EXPECT_EQ(one(session, "SELECT 1"), "1");
  }
}

TEST(Stream, ErrorsBeforeAndAfterTheFirstRow) {
  Session session = open();
  for (const bool use_copy : {true, false}) {
    Collector sink;
    EXPECT_EQ(session.stream("SELECT\nnothing", RowKey(0), use_copy, sink).error().place,
              "statement line 2 near \"nothing\"");
    EXPECT_EQ(session.stream("SELECT 1 / (3 - g) FROM generate_series(1, 9) g", RowKey(0), use_copy, sink)
                  .error()
                  .sqlstate,
              "22012");
    EXPECT_EQ(sink.rows, 2U);
    EXPECT_EQ(session.stream("SELECT 1", RowKey(1), use_copy, sink).error().kind, ErrorKind::query);
    EXPECT_EQ(session.stream("CREATE TABLE x ()", RowKey(0), use_copy, sink).error().kind, ErrorKind::query);
    EXPECT_EQ(one(session, "SELECT 1"), "1");
  }
}

TEST(SessionOpen, FailuresSayWhatToDo) {
  ConnectOptions nowhere;
  nowhere.dsn = "host=/nonexistent user=ann password=s3cr3t dbname=x";
  const auto refused = Session::open(nowhere);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::transient);
  EXPECT_EQ(refused.error().to_string().find("s3cr3t"), std::string::npos);
  ConnectOptions wrong = options();
  wrong.dsn = test::shared_server().dsn("no_such_database");
  EXPECT_EQ(Session::open(wrong).error().kind, ErrorKind::usage);
  wrong = options();
  wrong.overrides = {{"user", "no_such_role"}};
  EXPECT_EQ(Session::open(wrong).error().kind, ErrorKind::permission);
  for (const auto& [keyword, value] :
       {std::pair("sslmode", "sometimes"), std::pair("target_session_attrs", "some"),
        std::pair("port", "99999"), std::pair("keepalives_idle", "long"),
        std::pair("connect_timeout", "soon"), std::pair("service", "none")}) {
    wrong.overrides = {{keyword, value}};
    const auto failed = Session::open(wrong);
    ASSERT_FALSE(failed) << keyword;
    EXPECT_EQ(failed.error().kind, ErrorKind::usage) << failed.error().to_string();
    EXPECT_NE(failed.error().message.find(value), std::string::npos) << failed.error().to_string();
  }
}

}  // namespace
}  // namespace firmquery

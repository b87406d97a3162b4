// Queries that are sent ahead: what is read of them, what becomes of those that nobody reads, and that a network's
// delay is not paid for each.
#include <fmt/format.h>

#include <future>
#include <thread>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"
#include "support/tcp_proxy.hpp"

namespace firmquery::test {
namespace {

using std::chrono::milliseconds;

class Collector final : public RowSink {
 public:
  Result<void> row(std::string_view csv, std::string_view, bool) override {
    if (rows == fail_at) return fail(ErrorKind::usage, "the disk is full");
    ++rows;
    text += csv;
    return {};
  }
  std::string text;
  std::uint64_t rows = 0, fail_at = ~std::uint64_t{0};
};

class Pipeline : public ::testing::TestWithParam<DialectKind> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    session_.emplace(open());
    ASSERT_TRUE(session_->execute("begin"));
  }

  Session open(std::stop_token stop = {}, const std::string& dsn = {}) const {
    ConnectOptions options;
    options.dsn = dsn.empty() ? server_.dsn() : dsn;
    options.stop = std::move(stop);
    auto session = Session::open(options);
    EXPECT_TRUE(session) << session.error().to_string();
    return std::move(session).value();
  }
  void send(const std::string& sql, std::vector<std::string> parameters = {}, bool same_text = false) {
    const auto sent = session_->send_ahead({sql, std::move(parameters), same_text});
    EXPECT_TRUE(sent) << sent.error().to_string();
  }
  std::string read(const std::string& sql, const std::vector<std::string>& parameters = {}) {
    Collector sink;
    const auto rows = session_->stream(sql, RowKey(0), !server_.is_cockroachdb(), sink, parameters);
    EXPECT_TRUE(rows) << rows.error().to_string();
    if (rows) {
      EXPECT_EQ(*rows, sink.rows);
    }
    return sink.text;
  }
  Error error(const std::string& sql, const std::vector<std::string>& parameters = {}) {
    Collector sink;
    const auto rows = session_->stream(sql, RowKey(0), !server_.is_cockroachdb(), sink, parameters);
    EXPECT_FALSE(rows);
    return rows ? Error{} : rows.error();
  }
  void expect_usable() {
    ASSERT_TRUE(session_->execute("rollback"));
    const auto rows = session_->execute("select 42");
    ASSERT_TRUE(rows) << rows.error().to_string();
    EXPECT_EQ(rows->at(0, 0), "42");
  }

  const EachServer server_{GetParam()};
  std::optional<Session> session_;
};

constexpr const char* kTricky =
    "select * from (values (1, 'plain', null, true), (2, 'a,b \"c\"', '', false), (3, E'line\\nfeed', "
    "E'\\\\.', "
    "null)) as t (a, b, c, d) order by a";
constexpr const char* kTwoRows =
    "select n, 'row ' || n::text from generate_series(1, 100) n where n in ($1, $2)";

TEST_P(Pipeline, RowsAreTheSameBytes) {
  const std::string plain = read(kTricky);
  send(kTricky);
  send(kTwoRows, {"3", "4"}, true);
  send(kTwoRows, {"5", "500"}, true);
  EXPECT_EQ(read(kTricky), plain);
  EXPECT_EQ(read(kTwoRows, {"3", "4"}), "3,row 3\n4,row 4\n");
  send(kTwoRows, {"6", "7"}, true);  // while another is due
  EXPECT_EQ(read(kTwoRows, {"5", "500"}), "5,row 5\n");
  EXPECT_EQ(read(kTwoRows, {"6", "7"}), "6,row 6\n7,row 7\n");
  send(kTwoRows, {"8", "9"}, true);  // when none is due any more
  EXPECT_EQ(read(kTwoRows, {"8", "9"}), "8,row 8\n9,row 9\n");
  EXPECT_EQ(read(kTricky), plain);
  send(kTwoRows, {"10", "11"}, true);  // it has to be parsed again
  EXPECT_EQ(read(kTwoRows, {"10", "11"}), "10,row 10\n11,row 11\n");
  expect_usable();
}

TEST_P(Pipeline, WhatNobodyReadsIsThrownAway) {
  const std::string wide = "select n, repeat('x', 1000) from generate_series(1, 20000) n where n <> $1::int";
  send(wide, {"0"});
  send(kTwoRows, {"1", "2"}, true);
  EXPECT_EQ(read(kTwoRows, {"1", "3"}), "1,row 1\n3,row 3\n");  // a wrong prediction
  send(kTwoRows, {"1", "2"}, true);
  const auto rows = session_->execute("select 'between'");
  ASSERT_TRUE(rows) << rows.error().to_string();
  EXPECT_EQ(rows->at(0, 0), "between");
  send(kTwoRows, {"1", "2"}, true);
  EXPECT_TRUE(session_->describe("select 1"));
  expect_usable();
}

// Nothing is done behind a query that failed, and its error is the one that is told.
TEST_P(Pipeline, AnErrorIsThatOfItsQuery) {
  const std::string divides = "select 1 / ($1::int - 2)";
  for (const char* divisor : {"1", "2", "3"}) send(divides, {divisor}, true);
  EXPECT_EQ(read(divides, {"1"}), "-1\n");
  EXPECT_EQ(error(divides, {"2"}).sqlstate, "22012");
  EXPECT_TRUE(session_->alive());
  EXPECT_TRUE(session_->in_failed_transaction());
  EXPECT_EQ(error(divides, {"3"}).sqlstate, "25P02");
  expect_usable();
}

TEST_P(Pipeline, AnErrorOfTheText) {
  for (const bool same_text : {true, false}) {
    send("select\nnowhere", {}, same_text);
    send("select\nnowhere", {}, same_text);
    const Error found = error("select\nnowhere");
    EXPECT_EQ(found.sqlstate, "42703") << found.to_string();
    if (!server_.is_cockroachdb()) {
      EXPECT_EQ(found.place, "statement line 2 near \"nowhere\"");
    }
    expect_usable();
    ASSERT_TRUE(session_->execute("begin"));
  }
}

TEST_P(Pipeline, AReaderThatGivesUp) {
  const std::string rows = "select n, repeat('x', 1000) from generate_series(1, $1::int) n";
  send(rows, {"30000"}, true);
  send(rows, {"30001"}, true);
  Collector sink;
  sink.fail_at = 10;
  const auto read = session_->stream(rows, RowKey(0), !server_.is_cockroachdb(), sink, {"30000"});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "the disk is full");
  expect_usable();
}

// More than the network holds, in both directions: neither side may wait for the other.
TEST_P(Pipeline, MuchIsUnderWay) {
  const std::string sql = "select n, repeat('y', 1000), length($1::text) from generate_series(1, 10000) n";
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < 4; ++i) parameters.emplace_back(3'000'000 + i, 'p');
  for (const std::string& parameter : parameters) send(sql, {parameter}, true);
  for (const std::string& parameter : parameters) {
    const std::string text = read(sql, {parameter});
    EXPECT_TRUE(text.ends_with(fmt::format(",{}\n", parameter.size())));
  }
  expect_usable();
}

TEST_P(Pipeline, AStopRequestEndsAllOfIt) {
  std::stop_source stop;
  session_.emplace(open(stop.get_token()));
  // CockroachDB may not hear of the stop before its own limit.
  const std::string limit = server_.is_cockroachdb() ? "set statement_timeout = '10s'" : "select 1";
  ASSERT_TRUE(session_->execute(limit));
  ASSERT_TRUE(session_->execute("begin"));
  const std::string sleeps = "select pg_sleep($1::float)";
  for (const char* seconds : {"0", "300", "301"}) send(sleeps, {seconds}, true);
  read(sleeps, {"0"});
  auto asleep = std::async(std::launch::async, [&] { return error(sleeps, {"300"}); });
  // Mostly in the middle of the statement, and before it is as good.
  std::this_thread::sleep_for(milliseconds(100));
  stop.request_stop();
  EXPECT_EQ(asleep.get().kind, ErrorKind::interrupted);
  EXPECT_EQ(session_->send_ahead({sleeps, {"302"}, true}).error().kind, ErrorKind::interrupted);
  EXPECT_EQ(error(sleeps, {"301"}).kind, ErrorKind::interrupted);
}

// CockroachDB counts from when it hears of a query, PostgreSQL from when it begins with it.
TEST_P(Pipeline, ATimeLimitIsThatOfItsQuery) {
  ASSERT_TRUE(session_->execute("rollback"));
  ASSERT_TRUE(limit_statements(*session_, 3));
  ASSERT_TRUE(session_->execute("begin"));
  const std::string sleeps = "select pg_sleep($1::float)";
  for (const char* seconds : {"0.1", "0.11", "300"}) send(sleeps, {seconds}, true);
  read(sleeps, {"0.1"});
  read(sleeps, {"0.11"});
  const Error slow = error(sleeps, {"300"});
  EXPECT_EQ(slow.sqlstate, "57014") << slow.to_string();
  EXPECT_TRUE(slow.timed_out);
  EXPECT_EQ(recovery_of(slow), Recovery::shrink);
  expect_usable();
}

INSTANTIATE_TEST_SUITE_P(Each, Pipeline, ::testing::ValuesIn(kEachServer),
                         [](const auto& param) { return test_name(to_string(param.param)); });

PostgresServer& far_server() {
  static PostgresServer server({.tcp = true});
  return server;
}

class PipelineLost : public ::testing::Test {
 protected:
  static std::string one(Session& session, const std::string& sql) {
    return std::string(session.execute(sql).value().at(0, 0));
  }
  TcpProxy proxy_{far_server().port()};
  ConnectOptions options_ = [this] {
    ConnectOptions options;
    options.dsn =
        fmt::format("host=127.0.0.1 port={} user={} dbname=postgres sslmode=disable gssencmode=disable",
                    proxy_.port(), far_server().user());
    return options;
  }();
};

TEST_F(PipelineLost, TheBackendIsEnded) {
  Session session = Session::open(options_).value();
  const std::string pid = one(session, "select pg_backend_pid()");
  ASSERT_TRUE(session.execute("begin"));
  const std::string sleeps = "select pg_sleep($1::float)";
  for (const char* seconds : {"0", "300", "301"}) ASSERT_TRUE(session.send_ahead({sleeps, {seconds}, true}));
  Collector sink;
  ASSERT_TRUE(session.stream(sleeps, RowKey(0), true, sink, {"0"}));
  auto lost = std::async(std::launch::async,
                         [&] { return session.stream(sleeps, RowKey(0), true, sink, {"300"}).error(); });
  // The server goes on to it by itself, whether or not anybody reads yet.
  const std::string asleep =
      "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and pid = " + pid;
  while (far_server().value(asleep) != "1") std::this_thread::sleep_for(milliseconds(10));
  far_server().execute("select pg_terminate_backend(" + pid + ")");
  const Error error = lost.get();
  EXPECT_EQ(recovery_of(error), Recovery::reconnect) << error.to_string();
  EXPECT_FALSE(session.alive());
  EXPECT_EQ(recovery_of(session.send_ahead({sleeps, {"1"}, true}).error()), Recovery::reconnect);
  EXPECT_EQ(recovery_of(session.execute("select 1").error()), Recovery::reconnect);
}

TEST_F(PipelineLost, TheNetworkIsFrozen) {
  Session session = Session::open(options_).value();
  ASSERT_TRUE(session.execute("begin"));
  session.set_patience(milliseconds(500));  // of what comes now: nothing
  proxy_.freeze();
  for (const char* number : {"1", "2", "3"})
    ASSERT_TRUE(session.send_ahead({"select $1::int", {number}, true}));
  Collector sink;
  const auto rows = session.stream("select $1::int", RowKey(0), true, sink, {"1"});
  ASSERT_FALSE(rows);
  EXPECT_NE(rows.error().message.find("silent"), std::string::npos) << rows.error().to_string();
  EXPECT_FALSE(session.alive());
}

TEST_F(PipelineLost, TheConnectionIsCutInAnAnswer) {
  for (const auto how : {TcpProxy::End::close, TcpProxy::End::reset}) {
    Session session = Session::open(options_).value();
    ASSERT_TRUE(session.execute("begin"));
    const std::string rows = "select n, repeat('x', 1000) from generate_series(1, $1::int) n";
    proxy_.cut_after(TcpProxy::to_client, 1'500'000, how);
    for (const char* count : {"1000", "1001", "1002"}) ASSERT_TRUE(session.send_ahead({rows, {count}, true}));
    Collector sink;
    // A reset throws away what has come and was not read yet: then it is the first answer that is cut.
    auto cut = session.stream(rows, RowKey(0), true, sink, {"1000"});
    ASSERT_TRUE(cut || how == TcpProxy::End::reset) << cut.error().to_string();
    if (cut) cut = session.stream(rows, RowKey(0), true, sink, {"1001"});
    ASSERT_FALSE(cut);
    EXPECT_EQ(recovery_of(cut.error()), Recovery::reconnect) << cut.error().to_string();
    EXPECT_FALSE(session.alive());
  }
}

// A run's own words, through a network with a delay: how often its line turns round.
TEST(PipelineDelay, TurnsOfTheLineAreFewerThanStatements) {
  TcpProxy proxy(far_server().port());
  TempDir directory;
  far_server().execute(
      "drop table if exists far; create table far (firm_root_id bigint primary key); "
      "insert into far select n * 50 from generate_series(1, 1000) n; analyze far");
  Job job =
      make_job(directory,
               fmt::format("host=127.0.0.1 port={} user={} dbname=postgres sslmode=disable "
                           "gssencmode=disable",
                           proxy.port(), far_server().user()),
               numbers(1, 15'000), "select firm_root_id from far where firm_root_id in ({ID_PLACEHOLDER})");
  job.strategy = StrategyKind::in_list;
  job.connections = 1;
  job.recheck = job.near_misses = 0;
  proxy.delay(milliseconds(20));
  const auto turns_of = [&](double pace, const std::string& out) {
    job.pace = pace;
    job.out = directory / out;
    const std::uint64_t before = proxy.turns();
    const Outcome outcome = run(job);
    EXPECT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().result.found, 300u);
    EXPECT_EQ(outcome.report().statements.count, 60u);
    return proxy.turns() - before;
  };
  const std::uint64_t one_by_one =
      turns_of(1e9, "paced");  // a pace that nothing reaches: nothing is sent ahead
  const std::uint64_t ahead = turns_of(0, "ahead");
  EXPECT_GE(one_by_one, 60u);
  EXPECT_LT(ahead + 30, one_by_one);
}

}  // namespace
}  // namespace firmquery::test

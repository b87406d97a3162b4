// A signal ends the program at once on CockroachDB as well, whose versions before 22.1 ignore cancel
// requests: what the run was waiting for has ended on the server, too.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "firmquery/db/session.hpp"
#include "integration/run_case.hpp"
#include "support/cockroach.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

using std::chrono::milliseconds;

// Far less than what would end the halt by itself, far more than a busy machine needs.
constexpr std::chrono::seconds kCancelledSoon{120};

class CockroachSignals : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!cockroach_binary()) GTEST_SKIP() << kNoCockroach;
    shared_cockroach().execute(
        "create table if not exists firm (firm_root_id int8 primary key, name text);"
        "upsert into firm select n, 'firm ' || n::text from generate_series(1, 1000) n");
  }

  Process start(const std::string& strategy, const std::string& ids, const std::string& condition) {
    ProcessOptions options;
    options.death_signal = SIGKILL;
    return Process::start(
        FIRMQUERY_BINARY,
        {"run", "--ids", directory_.write("ids", ids), "--input-format", "lines", "--header", "no", "--sql",
         "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})" + condition, "--dsn",
         shared_cockroach().dsn(), "--strategy", strategy, "--out", directory_ / strategy, "--progress",
         "never"},
        options);
  }

  static Session open(const std::string& application, std::stop_token stop = {}) {
    ConnectOptions options;
    options.dsn = shared_cockroach().dsn();
    options.application_name = application;
    options.stop = std::move(stop);
    return Session::open(options).value();
  }
  static std::string sessions(const std::string& application, const std::string& condition) {
    return shared_cockroach().value(
        "select count(*) from [show cluster sessions] where application_name like '" + application +
        "%' and " + condition);
  }
  template <class Condition>
  static void wait_until(Process& process, Condition condition) {
    while (!condition())
      ASSERT_FALSE(process.wait(milliseconds(20))) << "it ended too early:\n" << process.err();
  }

  TempDir directory_;
};

TEST_F(CockroachSignals, TheStatementEndsOnTheServer) {
  for (const char* strategy : {"temp-table", "staging-table", "array"}) {
    const std::string sleeps = "active_queries like '%pg_sleep%'";
    Process process = start(strategy, numbers(1, 1000), " and (select pg_sleep(600) is not null)");
    ASSERT_NO_FATAL_FAILURE(wait_until(process, [&] { return sessions("firmquery", sleeps) == "2"; }));
    ASSERT_TRUE(process.signal(SIGTERM));
    const auto code = process.wait(std::chrono::minutes(1));
    ASSERT_TRUE(code) << process.err();
    EXPECT_EQ(*code, 128 + SIGTERM) << process.err();
    EXPECT_EQ(sessions("firmquery", sleeps), "0") << strategy;
  }
}

// A row in the way holds the COPY up for as long as the test wants.
TEST_F(CockroachSignals, ACopyThatIsHeldUpEndsOnTheServer) {
  shared_cockroach().execute("create table ids (id int8 primary key)");
  Session holder = open("holder");
  ASSERT_TRUE(holder.execute("begin; insert into ids values (1)"));
  std::stop_source stop;
  Session session = open("loader", stop.get_token());
  ASSERT_TRUE(session.execute("begin"));
  const std::string rows = numbers(1, 10'000);
  const auto copied = session.copy_in("copy ids from stdin", [&]() -> Result<std::string_view> {
    stop.request_stop();
    return rows;
  });
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().kind, ErrorKind::interrupted) << copied.error().to_string();
  const auto start = std::chrono::steady_clock::now();
  while (sessions("loader", "true") != "0")
    ASSERT_LT(std::chrono::steady_clock::now() - start, kCancelledSoon);
}

// Without a stop request the session goes on after the cancel.
TEST_F(CockroachSignals, AStreamThatNobodyWantsEndsOnTheServer) {
  struct Refusing final : RowSink {
    Result<void> row(std::string_view, std::string_view, bool) override {
      return fail(ErrorKind::usage, "the disk is full");
    }
  } sink;
  Session session = open("reader");
  const auto streamed = session.stream("select n, repeat('x', 1000) from generate_series(1, 1000000000) n",
                                       RowKey(0), false, sink);
  ASSERT_FALSE(streamed);
  EXPECT_EQ(streamed.error().message, "the disk is full");
  EXPECT_TRUE(session.alive());
  EXPECT_TRUE(session.execute("select 1"));
}

}  // namespace
}  // namespace firmquery::test

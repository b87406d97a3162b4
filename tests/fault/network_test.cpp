// The network between the program and the server: slow, cut, reset, frozen, refusing.
#include "fault/fault_case.hpp"
#include "support/effort.hpp"

namespace firmquery::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class Network : public FaultCase {
 protected:
  TcpProxy proxy_{server().port()};
};

TEST_F(Network, WithoutFaultsTheProxyIsNotNoticed) {
  expect_complete(run(arguments(dsn_through(proxy_))));
  EXPECT_EQ(report_of(out()).retries, 0u);
}

TEST_F(Network, EveryBlockIsLate) {
  proxy_.delay(milliseconds(3));
  expect_complete(run(arguments(dsn_through(proxy_))));
  EXPECT_EQ(report_of(out()).retries, 0u);
}

TEST_F(Network, AThinLine) {
  proxy_.throttle(12'000'000);
  expect_complete(run(arguments(dsn_through(proxy_))));
}

struct Cut {
  const char* name;
  const char* strategy;
  TcpProxy::Direction direction;
  std::uint64_t bytes;
  TcpProxy::End how;
};

// Where the bytes fall with this list and table: to the server some 1.4 MB of COPY, from it 11 MB of rows.
class Cuts : public Network, public ::testing::WithParamInterface<Cut> {};

TEST_P(Cuts, TheRestIsDoneOnAnotherConnection) {
  const Cut& cut = GetParam();
  strategy_ = cut.strategy;
  proxy_.cut_after(cut.direction, cut.bytes, cut.how);
  const Ended ended = run(arguments(dsn_through(proxy_)));
  EXPECT_FALSE(proxy_.cut_is_due()) << "nothing was cut: the bytes do not reach that far";
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

constexpr auto kToServer = TcpProxy::to_server;
constexpr auto kToClient = TcpProxy::to_client;
constexpr auto kClose = TcpProxy::End::close;
constexpr auto kReset = TcpProxy::End::reset;
INSTANTIATE_TEST_SUITE_P(Each, Cuts,
                         ::testing::Values(Cut{"load_early", "temp-table", kToServer, 60'000, kClose},
                                           Cut{"load_middle", "temp-table", kToServer, 700'000, kClose},
                                           Cut{"load_reset", "temp-table", kToServer, 300'000, kReset},
                                           Cut{"stream_first_row", "temp-table", kToClient, 20'000, kClose},
                                           Cut{"stream_early", "temp-table", kToClient, 150'000, kReset},
                                           Cut{"stream_middle", "temp-table", kToClient, 4'000'000, kClose},
                                           Cut{"stream_late", "temp-table", kToClient, 8'500'000, kReset},
                                           Cut{"staging_load", "staging-table", kToServer, 500'000, kReset},
                                           Cut{"staging_stream", "staging-table", kToClient, 3'000'000,
                                               kClose},
                                           Cut{"array_statement", "array", kToServer, 200'000, kReset},
                                           Cut{"array_stream", "array", kToClient, 3'000'000, kClose},
                                           Cut{"in_list_statement", "in-list", kToServer, 200'000, kClose},
                                           Cut{"in_list_stream", "in-list", kToClient, 3'000'000, kReset}),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

// Between two statements of the program: what one has finished must neither be lost nor be counted twice.
struct Between {
  const char* name;
  const char* strategy;
  const char* statement;
  unsigned skip;
};

class BetweenStatements : public Network, public ::testing::WithParamInterface<Between> {};

TEST_P(BetweenStatements, TheStatementNeverArrives) {
  const Between& between = GetParam();
  strategy_ = between.strategy;
  proxy_.cut_before(between.statement, between.skip);
  const Ended ended = run(arguments(dsn_through(proxy_)));
  EXPECT_FALSE(proxy_.cut_is_due()) << "no such statement was sent";
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

INSTANTIATE_TEST_SUITE_P(Each, BetweenStatements,
                         ::testing::Values(Between{"release_first", "temp-table", "release savepoint", 0},
                                           Between{"release_later", "temp-table", "release savepoint", 2},
                                           Between{"savepoint", "temp-table", "savepoint unit", 1},
                                           Between{"snapshot", "temp-table", "set transaction snapshot", 0},
                                           Between{"read_only", "temp-table", "set transaction read only", 1},
                                           Between{"index", "temp-table", "create unique index", 0},
                                           Between{"export", "temp-table", "pg_export_snapshot", 0},
                                           Between{"staging_commit", "staging-table", "commit", 0},
                                           Between{"staging_commit_later", "staging-table", "commit", 2},
                                           Between{"staging_analyze", "staging-table", "analyze", 0},
                                           Between{"staging_drop", "staging-table", "drop table", 0},
                                           Between{"array_begin", "array",
                                                   "begin isolation level repeatable read", 1}),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

// Whatever the program was about to send: to sign in, to find out what the server and the query are, to load, to read.
// For a push, each third block.
TEST_F(Network, LostBeforeAnyBlockToTheServer) {
  std::string ids;
  for (int n = 1; n <= 300; ++n) ids += std::to_string(n) + "\n";
  const auto list = directory_.write("few.txt", ids);
  for (unsigned block = 0;; block += static_cast<unsigned>(effort(3, 1))) {
    ASSERT_LT(block, 1000u) << "the run does not come to an end of its blocks";
    SCOPED_TRACE("block " + std::to_string(block));
    proxy_.cut_before("", block);
    out_ = directory_ / ("out" + std::to_string(block));
    const Ended ended =
        run(arguments(dsn_through(proxy_), {"--ids", list, "--strategy", "auto", "--out", out_}));
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(report_of(out_).result.found, 100u);
    EXPECT_EQ(report_of(out_).result.missing, 200u);
    if (proxy_.cut_is_due()) break;
  }
}

TEST_F(Network, AllConnectionsAreResetAgainAndAgain) {
  proxy_.freeze_after(TcpProxy::to_client, 1'000'000);
  const Ended ended = run(arguments(dsn_through(proxy_), {"--max-retries", "30"}), [&](Process& process) {
    for (int i = 0; i < 4; ++i) {
      ASSERT_NO_FATAL_FAILURE(wait_until_frozen(proxy_, process));
      proxy_.end_all(TcpProxy::End::reset);
      if (i < 3) proxy_.freeze_after(TcpProxy::to_client, 1'000'000);
      proxy_.thaw();
    }
  });
  expect_complete(ended);
}

// The server refuses for a while, as one that restarts does.
TEST_F(Network, RefusedAndLaterTaken) {
  proxy_.freeze_after(TcpProxy::to_client, 2'000'000);
  const Ended ended = run(arguments(dsn_through(proxy_), {"--max-retries", "30", "--retry-delay", "0.1"}),
                          [&](Process& process) {
                            ASSERT_NO_FATAL_FAILURE(wait_until_frozen(proxy_, process));
                            proxy_.refuse();
                            proxy_.end_all(TcpProxy::End::close);
                            proxy_.thaw();
                            EXPECT_TRUE(process.wait_for_err("refused", std::chrono::minutes(10)));
                            proxy_.accept();
                          });
  expect_complete(ended);
}

TEST_F(Network, RefusedFromTheStartAndLaterTaken) {
  proxy_.refuse();
  const Ended ended = run(arguments(dsn_through(proxy_), {"--max-retries", "30", "--retry-delay", "0.1"}),
                          [&](Process& process) {
                            EXPECT_TRUE(process.wait_for_err("trying again", std::chrono::minutes(10)));
                            proxy_.accept();
                          });
  expect_complete(ended);
}

TEST_F(Network, RefusedForGoodIsExit4) {
  proxy_.refuse();
  const Ended ended = run(arguments(dsn_through(proxy_), {"--max-retries", "2"}));
  expect_no_answer(ended, 4);
  EXPECT_THAT(flat(ended.err), HasSubstr("refused"));
}

// A frozen connection looks alive: the proxy's kernel answers keepalives. Only the program's own patience
// ends it: the statement timeout and ten seconds.
TEST_F(Network, FrozenWhileRowsStream) {
  proxy_.freeze_after(TcpProxy::to_client, 2'000'000);
  const Ended ended = run(arguments(dsn_through(proxy_), {"--query-timeout", "1"}), [&](Process& process) {
    ASSERT_NO_FATAL_FAILURE(wait_until_frozen(proxy_, process));
    EXPECT_TRUE(process.wait_for_err("silent", std::chrono::minutes(10)));
    proxy_.thaw();
  });
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

TEST_F(Network, FrozenWhileIdsAreLoaded) {
  proxy_.freeze_after(TcpProxy::to_server, 400'000);
  const Ended ended = run(arguments(dsn_through(proxy_), {"--query-timeout", "1"}), [&](Process& process) {
    ASSERT_NO_FATAL_FAILURE(wait_until_frozen(proxy_, process));
    EXPECT_TRUE(process.wait_for_err("silent", std::chrono::minutes(10)));
    proxy_.thaw();
  });
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

// The cancel requests freeze, too.
TEST_F(Network, InterruptedWhileFrozenEnds) {
  proxy_.freeze_after(TcpProxy::to_client, 2'000'000);
  const Ended ended = run(arguments(dsn_through(proxy_), {"--query-timeout", "1"}), [&](Process& process) {
    ASSERT_NO_FATAL_FAILURE(wait_until_frozen(proxy_, process));
    process.signal(SIGINT);
  });
  EXPECT_EQ(ended.exit_code, 130) << ended.err;
  EXPECT_FALSE(std::filesystem::exists(out() / "manifest.json"));
}

}  // namespace
}  // namespace firmquery::test

// Connecting without libpq's blocking loop keeps what libpq promises about lists of hosts, and what it does
// not: an end.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/db/session.hpp"
#include "support/postgres.hpp"
#include "support/process.hpp"
#include "support/tcp_proxy.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

PostgresServer& server() {
  static PostgresServer server({.tcp = true});
  return server;
}

class Connect : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server(); }
  static Result<Session> open(const std::string& hosts_and_ports,
                              const std::string& more = "dbname=postgres") {
    ConnectOptions options;
    options.dsn = fmt::format("{} user={} sslmode=disable gssencmode=disable {}", hosts_and_ports,
                              server().user(), more);
    return Session::open(options);
  }
  const std::string port_ = std::to_string(server().port());
};

TEST_F(Connect, AHostThatNeverAnswersIsPassedOver) {
  TcpProxy silent(server().port());
  silent.freeze();
  const std::string hosts = fmt::format("host=127.0.0.1,127.0.0.1 port={},{}", silent.port(), port_);
  const auto session = open(hosts, "dbname=postgres connect_timeout=2");
  ASSERT_TRUE(session) << session.error().to_string();
  EXPECT_EQ(session->host(), "127.0.0.1:" + port_);
  EXPECT_EQ(silent.accepted(), 1u);
  const auto alone =
      open(fmt::format("host=127.0.0.1 port={}", silent.port()), "dbname=postgres connect_timeout=2");
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().kind, ErrorKind::transient);
  EXPECT_THAT(alone.error().message, HasSubstr("no answer within 2 s"));
}

TEST_F(Connect, AHostThatRefusesIsPassedOverAndAServerThatDoesDecides) {
  TcpProxy closed(server().port());
  closed.refuse();
  const std::string hosts = fmt::format("host=127.0.0.1,localhost port={},{}", closed.port(), port_);
  const auto session = open(hosts);
  ASSERT_TRUE(session) << session.error().to_string();
  EXPECT_EQ(session->host(), "localhost:" + port_);
  TcpProxy counted(server().port());
  const auto unknown = open(
      fmt::format("host=127.0.0.1,127.0.0.1 port={},{}", counted.port(), counted.port()), "dbname=no_such");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::usage);
  EXPECT_EQ(unknown.error().sqlstate, "3D000");
  EXPECT_EQ(counted.accepted(), 1u);
}

TEST_F(Connect, TheKindOfSessionIsAsLibpqHasIt) {
  const std::string host = "host=127.0.0.1 port=" + port_;
  for (const char* attrs : {"any", "read-write", "primary", "prefer-standby"}) {
    const auto session = open(host, fmt::format("dbname=postgres target_session_attrs={}", attrs));
    EXPECT_TRUE(session) << attrs << ": " << session.error().to_string();
  }
  for (const char* attrs : {"standby", "read-only"}) {
    const auto session = open(host, fmt::format("dbname=postgres target_session_attrs={}", attrs));
    ASSERT_FALSE(session) << attrs;
    EXPECT_EQ(session.error().kind, ErrorKind::transient) << session.error().to_string();
  }
}

TEST_F(Connect, AServerWithoutTlsIsToldFromOneThatIsNotThere) {
  ConnectOptions options;
  options.dsn = server().tcp_dsn() + " sslmode=require gssencmode=disable";
  ConnectStage stage = ConnectStage::reach;
  const auto refused = Session::open(options, &stage);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage) << refused.error().to_string();
  EXPECT_EQ(stage, ConnectStage::tls);
  EXPECT_THAT(refused.error().remedy, HasSubstr("sslmode=prefer"));
}

TEST_F(Connect, ANameNobodyKnowsIsTransient) {
  const auto unknown = open("host=no-such-host.invalid port=" + port_);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::transient);
  EXPECT_THAT(unknown.error().message, HasSubstr("no-such-host.invalid"));
}

// Warnings come while the connection is made, too: here that the collation's version is not the recorded one.
TEST_F(Connect, ServersWarningsAreNotPrinted) {
  if (server().value("show server_version_num") < "150000") GTEST_SKIP() << "it records no version";
  server().create_database("warned");
  server().execute("update pg_database set datcollversion = '0' where datname = 'warned'");
  server().execute("create table firm (firm_root_id bigint primary key)", "warned");
  const TempDir directory;
  const ProcessResult ended =
      run_process(FIRMQUERY_BINARY, {"run", "--ids", directory.write("ids.txt", "1\n2\n"), "--sql",
                                     "select firm_root_id from firm where firm_root_id in ({ID_PLACEHOLDER})",
                                     "--dsn", server().dsn("warned"), "--out", directory / "out", "--quiet"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
}

}  // namespace
}  // namespace firmquery::test

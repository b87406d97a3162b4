#include "firmquery/db/dialect.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/postgres.hpp"

namespace firmquery {
namespace {

Session open_with(std::vector<std::pair<std::string, std::string>> overrides = {}) {
  ConnectOptions options;
  options.dsn = test::shared_server().dsn();
  options.overrides = std::move(overrides);
  auto session = Session::open(options);
  EXPECT_TRUE(session) << session.error().to_string();
  return std::move(session).value();
}

Dialect probe(Session& session) {
  auto dialect = probe_dialect(session);
  EXPECT_TRUE(dialect) << dialect.error().to_string();
  return std::move(dialect).value();
}

std::string only_value(Session& session, const std::string& sql) {
  const auto rows = session.execute(sql);
  EXPECT_TRUE(rows) << rows.error().to_string();
  return rows ? std::string(rows->at(0, 0)) : std::string();
}

TEST(ProbeDialect, PostgresqlWithAllRights) {
  Session session = open_with();
  const Dialect dialect = probe(session);
  EXPECT_EQ(dialect.kind, DialectKind::postgresql);
  EXPECT_EQ(to_string(dialect.kind), "postgresql");
  EXPECT_GE(dialect.major, 13);
  EXPECT_TRUE(dialect.version.starts_with(std::to_string(dialect.major)));
  EXPECT_FALSE(dialect.read_only_server);
  for (const char* name : {"temp_table", "create_table", "copy_in", "copy_out_csv", "snapshot", "cancel"}) {
    EXPECT_TRUE(dialect.has(name)) << name;
  }
  EXPECT_FALSE(dialect.has("quality_of_service"));
  EXPECT_FALSE(dialect.has("no such thing"));
  for (const auto& [name, capability] : dialect.capabilities) EXPECT_FALSE(capability.detail.empty()) << name;
}

TEST(ProbeDialect, LeavesNothingBehind) {
  Session session = open_with();
  const std::string count = "SELECT count(*) FROM pg_class";
  const std::string before = only_value(session, count);
  probe(session);
  EXPECT_EQ(only_value(session, count), before);
  EXPECT_FALSE(session.in_failed_transaction());
  EXPECT_EQ(only_value(session, "SELECT pg_current_xact_id_if_assigned() IS NULL"), "t");
  // Outside a transaction: this statement is refused inside one.
  EXPECT_TRUE(session.execute("VACUUM pg_catalog.pg_cast"));
}

TEST(ProbeDialect, ARoleWithoutRights) {
  test::shared_server().execute(
      "DROP ROLE IF EXISTS bare; CREATE ROLE bare LOGIN; REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC;"
      "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  Session session = open_with({{"user", "bare"}});
  const Dialect dialect = probe(session);
  EXPECT_FALSE(dialect.has("temp_table"));
  EXPECT_FALSE(dialect.has("create_table"));
  EXPECT_TRUE(dialect.has("copy_out_csv"));
  EXPECT_TRUE(dialect.has("snapshot"));
  EXPECT_FALSE(dialect.read_only_server);
  test::shared_server().execute("GRANT TEMPORARY ON DATABASE postgres TO PUBLIC");
}

TEST(ProbeDialect, ReadOnlyByDefault) {
  Session session = open_with({{"options", "-c default_transaction_read_only=on"}});
  const Dialect dialect = probe(session);
  EXPECT_TRUE(dialect.read_only_server);
  EXPECT_FALSE(dialect.has("temp_table"));
  EXPECT_TRUE(dialect.has("snapshot"));
}

TEST(ProbeDialect, ALostSessionIsAnError) {
  Session session = open_with();
  test::shared_server().execute("SELECT pg_terminate_backend(" +
                                only_value(session, "SELECT pg_backend_pid()") + ", 10000)");
  const auto dialect = probe_dialect(session);
  ASSERT_FALSE(dialect);
  EXPECT_EQ(recovery_of(dialect.error()), Recovery::reconnect);
}

TEST(SetUpSession, AppliesTheSettings) {
  Session session = open_with();
  const Dialect dialect = probe(session);
  ASSERT_TRUE(set_up_session(session, dialect, {.statement_timeout_s = 12.5}));
  EXPECT_EQ(only_value(session, "SHOW statement_timeout"), "12500ms");
  EXPECT_EQ(only_value(session, "SHOW jit"), "off");
  EXPECT_EQ(only_value(session, "SHOW idle_in_transaction_session_timeout"), "0");
  EXPECT_EQ(only_value(session, "SHOW standard_conforming_strings"), "on");
}

// The CockroachDB settings do not exist here: each is skipped, none is an error.
TEST(SetUpSession, SkipsWhatTheServerDoesNotHave) {
  Session session = open_with();
  Dialect other = probe(session);
  other.kind = DialectKind::cockroachdb;
  const auto done = set_up_session(session, other, {.statement_timeout_s = 1e12});
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(only_value(session, "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'"),
            "2147483647");
}

}  // namespace
}  // namespace firmquery

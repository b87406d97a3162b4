// Runs against versions of CockroachDB that no test here can start, replayed. A probe that reads too much into a
// version or into an answer fails here. What the servers really do is not shown.
#include <string>
#include <vector>

#include "firmquery/db/dialect.hpp"
#include "firmquery/preflight/doctor.hpp"
#include "integration/replayed_cluster.hpp"

namespace firmquery::test {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

class Replayed : public ReplayedCase {
 protected:
  static void expect_the_answer(const Outcome& outcome) {
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().status, "complete");
    EXPECT_EQ(outcome.report().dialect, "cockroachdb");
    EXPECT_EQ(outcome.report().server_version, GetParam().number);
    EXPECT_EQ(outcome.results, "firm_root_id,name\n2,two\n4,\"fo,ur\"\n");
    EXPECT_EQ(outcome.missing, "firm_root_id\n1\n3\n5\n");
  }
};

TEST_P(Replayed, TheProbeTakesWhatThereIsAndNoMore) {
  ScriptedServer server(parameters(), ReplayedCluster(GetParam()));
  ConnectOptions options;
  options.dsn = server.dsn();
  auto session = Session::open(options);
  ASSERT_TRUE(session) << session.error().to_string();
  const auto dialect = probe_dialect(*session);
  ASSERT_TRUE(dialect) << dialect.error().to_string();
  EXPECT_EQ(dialect->kind, DialectKind::cockroachdb) << "whatever version of PostgreSQL it names";
  EXPECT_FALSE(dialect->read_only_server);
  EXPECT_EQ(dialect->has("copy_out_csv"), GetParam().copy_out);
  for (const char* name :
       {"temp_table", "create_table", "copy_in", "snapshot", "quality_of_service", "cancel"})
    EXPECT_TRUE(dialect->has(name)) << name;
  EXPECT_TRUE(set_up_session(*session, *dialect, {}));
  // Cancel requests work, so nobody has to know how to do without; and no probe may need what v26.1 gates.
  EXPECT_THAT(server.statements(), Each(Not(HasSubstr("session_id"))));
  EXPECT_THAT(server.statements(), Each(Not(HasSubstr("crdb_internal"))));
}

TEST_P(Replayed, AWholeRun) {
  for (const StrategyKind strategy : {StrategyKind::automatic, StrategyKind::staging_table,
                                      StrategyKind::array, StrategyKind::in_list, StrategyKind::scan}) {
    ScriptedServer server(parameters(), ReplayedCluster(GetParam()));
    Job wanted = job(server);
    wanted.strategy = strategy;
    wanted.out = directory_ / std::string(to_string(strategy));
    const Outcome outcome = run(wanted);
    ASSERT_NO_FATAL_FAILURE(expect_the_answer(outcome));
    EXPECT_THAT(server.statements(),
                Contains("set transaction as of system time '1790000000000000000.0000000000'"));
  }
}

TEST_P(Replayed, AnErrorOfTheWriteThatTheCommitTells) {
  ReplayedCluster cluster(GetParam());
  cluster.failing_commits = 2;
  ScriptedServer server(parameters(), cluster);
  Job wanted = job(server);
  wanted.strategy = StrategyKind::staging_table;
  const Outcome outcome = run(wanted);
  ASSERT_NO_FATAL_FAILURE(expect_the_answer(outcome));
  const std::string copied = server.copied();
  EXPECT_EQ(std::count(copied.begin(), copied.end(), '\n'), 3) << "the chunk, and its two repetitions:\n"
                                                               << copied;
}

TEST_P(Replayed, ACopyThatWritesAnotherCsvIsNotUsed) {
  ReplayedCluster cluster(GetParam());
  cluster.copies_oddly = true;
  ScriptedServer server(parameters(), cluster);
  const Outcome outcome = run(job(server));
  ASSERT_NO_FATAL_FAILURE(expect_the_answer(outcome));
  for (const std::string& sql : server.statements()) {
    EXPECT_FALSE(lower(sql).starts_with("copy (") && has(sql, "from firm where")) << sql;
  }
}

// A node that does not answer, or a role that may not look: then no table of the last days is taken for left.
TEST_P(Replayed, TablesStayWhereSessionsCannotBeSeen) {
  const std::string old = "firmquery_staging_20261101t000000z_00000a",
                    young = "firmquery_staging_20261123t000000z_00000b";
  for (const auto& sessions : {rows_of({{"table_name"}, {"is_unknown", 16}}, {{"", "t"}}),
                               refused("42501", "only users with VIEWACTIVITY may see sessions")}) {
    ReplayedCluster cluster(GetParam());
    ScriptedServer server(parameters(), [&, cluster](const std::string& sql) mutable {
      if (has(sql, "is_unknown")) return sessions;
      if (has(sql, "relname like"))
        return rows_of({{"nspname"}, {"relname"}}, {{"public", old}, {"public", young}});
      return cluster(sql);
    });
    ConnectOptions connect;
    connect.dsn = server.dsn();
    const auto now = *staging_table_time(young) + std::chrono::days(1);
    const auto cleaned = clean_staging(connect, {std::chrono::seconds(0)}, now);
    ASSERT_TRUE(cleaned) << cleaned.error().to_string();
    ASSERT_EQ(cleaned->size(), 2U);
    EXPECT_TRUE((*cleaned)[0].dropped);
    EXPECT_EQ((*cleaned)[1].use, LeftoverTable::Use::unknown);
    EXPECT_FALSE((*cleaned)[1].dropped);
    EXPECT_THAT(server.statements(), Not(Contains("drop table \"public\".\"" + young + "\"")));
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Replayed, ::testing::ValuesIn(kReplayedVersions),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace firmquery::test

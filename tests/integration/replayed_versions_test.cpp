// Versions of CockroachDB that no test here can start, replayed: a scripted server says what they are known
// to say. A probe that reads too much into a version or into an answer fails here. What the servers really do
// is not shown.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "firmquery/db/dialect.hpp"
#include "firmquery/preflight/doctor.hpp"
#include "integration/run_case.hpp"
#include "support/scripted_server.hpp"

namespace firmquery::test {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

struct Version {
  const char* name;  // of the test
  const char* number;
  const char* server_version;  // which PostgreSQL it takes itself for
  bool copy_out, copy_quality_of_service, row_security, gates_internals;
};

constexpr Version kVersions[] = {
    {"v22_2", "v22.2.19", "13.0.0", false, false, false, false},
    {"v24_3", "v24.3.5", "13.0.0", true, true, false, false},
    {"v25_4", "v25.4.2", "13.0.0", true, true, true, false},
    {"v26_3", "v26.3.0", "18.0.0", true, true, true, true},
};

void PrintTo(const Version& version, std::ostream* out) {
  *out << version.number;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}
bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// A table firm with the IDs 2 and 4, and what a run asks around it.
class ReplayedCluster {
 public:
  explicit ReplayedCluster(const Version& version) : version_(version) {}

  ScriptedAnswer operator()(const std::string& statement) {
    const std::string sql = lower(statement);
    if (version_.gates_internals && has(sql, "crdb_internal"))
      return refused("42501", "Access to crdb_internal and system is restricted.");
    if (sql.starts_with("set ")) return set(sql);
    if (sql.starts_with("copy (")) return copy_out(sql);
    if (sql.starts_with("copy ")) return takes_copy();
    if (sql.starts_with("commit")) return commit();
    if (sql.starts_with("show ")) return value_of("on");
    if (has(sql, "select")) return select(sql);
    return done(statement.substr(0, statement.find(' ')));
  }

  unsigned failing_commits = 0;
  bool copies_oddly = false;  // COPY TO quotes in another way than PostgreSQL

 private:
  ScriptedAnswer set(const std::string& sql) const {
    const bool unknown = has(sql, "jit") ||
                         (has(sql, "copy_transaction_quality") && !version_.copy_quality_of_service) ||
                         (has(sql, "row_security") && !version_.row_security);
    return unknown ? refused("42704", "unrecognized configuration parameter") : done("SET");
  }

  ScriptedAnswer copy_out(const std::string& sql) const {
    if (!version_.copy_out) return refused("42601", "at or near \"to\": syntax error");
    if (has(sql, "from firm where")) return gives_copy("2,two\n4,\"fo,ur\"\n");
    return gives_copy(copies_oddly ? "\"1\",\"a,b\"\n" : "1,\"a,b\"\n");
  }

  // With buffered writes an error of the COPY is told by the COMMIT.
  ScriptedAnswer commit() {
    if (failing_commits == 0) return done("COMMIT");
    --failing_commits;
    return refused("40001", "restart transaction: TransactionRetryWithProtoRefreshError");
  }

  ScriptedAnswer select(const std::string& sql) const {
    constexpr std::uint32_t int8 = 20, text = 25, firm = 104;
    if (has(sql, "version()"))
      return value_of(std::string("CockroachDB CCL ") + version_.number +
                      " (x86_64-pc-linux-gnu, built 2026/01/01 00:00:00, go1.23)");
    if (has(sql, "from firm where"))
      return rows_of({{"firm_root_id", int8, firm, 1}, {"name", text, firm, 2}},
                     {{"2", "two"}, {"4", "fo,ur"}});
    if (has(sql, "as read_only"))
      return rows_of({{"read_only"}, {"create_tables"}, {"database_name"}}, {{"f", "t", "app"}});
    if (has(sql, "as type_name"))
      return rows_of({{"type_name"},
                      {"base_name"},
                      {"built_in", 16},
                      {"collation_name"},
                      {"is_deterministic", 16},
                      {"table_name"},
                      {"column_name"},
                      {"of_view", 16}},
                     {{"bigint", "int8", "t", "", "t", "public.firm", "firm_root_id", "f"}});
    if (has(sql, "as index_name")) return rows_of({{"index_name"}, {"is_primary"}}, {{"firm_pkey", "t"}});
    if (has(sql, "cluster_logical_timestamp")) return value_of("1790000000000000000.0000000000");
    if (has(sql, "(values ")) return rows_of({{"a", int8}, {"b"}}, {{"1", "a,b"}});
    if (has(sql, "count(*)") || has(sql, "sum(array_length")) return value_of("5");
    if (has(sql, "show statistics")) return rows_of({{"one"}}, {});
    return refused("XX000", "the script has no answer to: " + sql);
  }

  const Version& version_;
};

class Replayed : public ::testing::TestWithParam<Version> {
 protected:
  std::map<std::string, std::string> parameters() const {
    std::map<std::string, std::string> all = {{"server_version", GetParam().server_version},
                                              {"client_encoding", "UTF8"},
                                              {"server_encoding", "UTF8"},
                                              {"DateStyle", "ISO, MDY"},
                                              {"integer_datetimes", "on"},
                                              {"standard_conforming_strings", "on"}};
    if (GetParam().gates_internals) all["in_hot_standby"] = "off";
    return all;
  }
  Job job(const ScriptedServer& server) const {
    Job job = make_job(directory_, server.dsn(), "1\n2\n3\n4\n5\n",
                       "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})");
    job.connections = 1;
    job.max_retries = 3;
    job.retry_delay = std::chrono::milliseconds(1);
    return job;
  }
  static void expect_the_answer(const Outcome& outcome) {
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.report().status, "complete");
    EXPECT_EQ(outcome.report().dialect, "cockroachdb");
    EXPECT_EQ(outcome.report().server_version, GetParam().number);
    EXPECT_EQ(outcome.results, "firm_root_id,name\n2,two\n4,\"fo,ur\"\n");
    EXPECT_EQ(outcome.missing, "firm_root_id\n1\n3\n5\n");
  }

  TempDir directory_;
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
  for (const StrategyKind strategy :
       {StrategyKind::automatic, StrategyKind::staging_table, StrategyKind::array, StrategyKind::in_list}) {
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

INSTANTIATE_TEST_SUITE_P(Each, Replayed, ::testing::ValuesIn(kVersions),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace firmquery::test

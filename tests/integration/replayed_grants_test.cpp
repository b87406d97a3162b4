// The administrator's scripts statement by statement, as the versions of CockroachDB are known to take them: what is
// here to run is older than v22.1, and role_and_grants_v22_1.sql is not for it.
#include <regex>
#include <string>
#include <vector>

#include "firmquery/db/session.hpp"
#include "firmquery/preflight/doctor.hpp"
#include "firmquery/preflight/plan_report.hpp"
#include "integration/dba_script.hpp"
#include "integration/replayed_cluster.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

// Statements about roles and privileges, as far as they are needed, by the grammar and the checks of the version.
// https://www.cockroachlabs.com/docs/v22.1/alter-role, .../grant, .../create-role, .../set-vars
class Roles {
 public:
  explicit Roles(bool sets_of_roles) : sets_of_roles_(sets_of_roles) {}

  ScriptedAnswer operator()(const std::string& statement) const {
    const std::string sql = lower(one_line(statement));
    static const std::string name = "[a-z_][a-z0-9_]*";
    static const std::string path = name + "(\\." + name + "){0,2}", schema = name + "(\\." + name + ")?";
    static const std::regex others("create role( if not exists)? " + name + "( with)? login|drop role " +
                                   name + "|show grants for " + name + "|select .*|set .*"),
        privileges("(grant|revoke) (.+) on (table " + path + "|database " + name + "|schema " + schema +
                   ") (to|from) " + name),
        setting("alter role (" + name + ") set (" + name + ") = '?([a-z]+)'?");
    std::smatch part;
    if (std::regex_match(sql, part, privileges)) return privilege(part[1], part[2], part[3], part[5 + 1]);
    if (std::regex_match(sql, part, setting) && sets_of_roles_) return role_setting(part[2], part[3]);
    if (sql == "select version()")
      return value_of("CockroachDB CCL v22.1.7 (x86_64, built 2022/09/15, go1.17)");
    if (std::regex_match(sql, others)) return done(sql.substr(0, sql.find(' ')));
    return refused("42601", "at or near \"" + sql.substr(0, 20) + "\": syntax error");
  }

 private:
  static ScriptedAnswer privilege(const std::string& verb, std::string names, const std::string& on,
                                  const std::string& preposition) {
    if ((verb == "grant") != (preposition == "to")) return refused("42601", "syntax error");
    const std::string kind = on.substr(0, on.find(' '));
    const std::vector<std::string> known =
        kind == "table"
            ? std::vector<std::string>{"all", "create", "drop", "select", "insert", "delete", "update"}
        : kind == "database" ? std::vector<std::string>{"all", "create", "drop", "connect"}
                             : std::vector<std::string>{"all", "create", "usage"};
    std::istringstream list(names);
    for (std::string one; std::getline(list, one, ',');) {
      one.erase(0, one.find_first_not_of(' '));
      if (std::find(known.begin(), known.end(), one) == known.end())
        return refused("0LP01", "invalid privilege type " + one + " for " + kind);
    }
    return done(verb);
  }
  static ScriptedAnswer role_setting(const std::string& name, const std::string& value) {
    static const std::map<std::string, std::vector<std::string>> known = {
        {"experimental_enable_temp_tables", {"on", "off"}},
        {"default_transaction_use_follower_reads", {"on", "off"}},
        {"default_transaction_quality_of_service", {"background", "regular", "critical"}}};
    const auto found = known.find(name);
    if (found == known.end())
      return refused("42704", "unrecognized configuration parameter \"" + name + "\"");
    const auto& values = found->second;
    if (std::find(values.begin(), values.end(), value) == values.end())
      return refused("22023", "invalid value for parameter \"" + name + "\"");
    return done("ALTER ROLE");
  }
  const bool sets_of_roles_;
};

class ReplayedGrants : public ::testing::Test {
 protected:
  static Session session(const ScriptedServer& server) {
    ConnectOptions options;
    options.dsn = server.dsn();
    auto opened = Session::open(options);
    if (!opened) throw std::runtime_error(opened.error().to_string());
    return *std::move(opened);
  }
  static std::map<std::string, std::string> parameters() {
    return {{"server_version", "13.0.0"}, {"client_encoding", "UTF8"}, {"standard_conforming_strings", "on"}};
  }
  static std::vector<std::string> all_of(const char* file) {
    const Script script = script_for(file, "app", "firmquery_reader");
    std::vector<std::string> statements = script.read;
    statements.insert(statements.end(), script.write.begin(), script.write.end());
    statements.insert(statements.end(), script.take_back.begin(), script.take_back.end());
    return statements;
  }
  // The codes of those that are refused.
  static std::vector<std::string> refusals(const std::vector<std::string>& statements, bool sets_of_roles) {
    ScriptedServer server(parameters(), Roles(sets_of_roles));
    Session here = session(server);
    std::vector<std::string> codes;
    for (const std::string& sql : statements) {
      const auto done = here.execute(sql);
      if (!done) codes.push_back(done.error().sqlstate + " " + one_line(sql));
    }
    return codes;
  }
};

TEST_F(ReplayedGrants, EveryStatementIsOneOfItsVersion) {
  EXPECT_EQ(refusals(all_of(kGrants), true), std::vector<std::string>{});
  EXPECT_EQ(refusals(all_of(kGrants), false), std::vector<std::string>{});
  EXPECT_EQ(all_of(kGrantsOfNewer).size(), 5U);
  EXPECT_EQ(refusals(all_of(kGrantsOfNewer), true), std::vector<std::string>{});
  // The reason for two files: before, the settings of a role are a syntax error.
  EXPECT_EQ(refusals(all_of(kGrantsOfNewer), false).size(), 3U);
}

// The script itself says no to what is none.
TEST_F(ReplayedGrants, ASlipWouldShow) {
  EXPECT_EQ(refusals({"grant usages on schema app.public to r", "alter role r set no_such_setting = 'on'",
                      "alter role r set default_transaction_quality_of_service = 'low'",
                      "grant create on schemas app.public to r", "grant select on table a.b.c.d to r"},
                     true)
                .size(),
            5U);
}

// Where a table may not be made, the grant and the file are those of the version; all that are replayed are newer than
// v22.1. The older ones have a server of their own (cockroach_role_test).
class ReplayedRefusal : public ReplayedCase {};

TEST_P(ReplayedRefusal, NamesTheGrantAndItsFile) {
  ReplayedCluster cluster(GetParam());
  cluster.may_create = false;
  ScriptedServer server(parameters(), cluster);
  Job wanted = job(server);
  wanted.strategy = StrategyKind::staging_table;
  const std::string remedy = "GRANT CREATE ON SCHEMA to this role, as role_and_grants_v22_1.sql does";
  Progress progress;
  const auto made = plan_job(wanted, progress, {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::permission);
  EXPECT_THAT(made.error().remedy, HasSubstr(remedy));
  const auto diagnosis = examine_job(wanted, {});
  ASSERT_TRUE(diagnosis) << diagnosis.error().to_string();
  EXPECT_EQ(diagnosis->exit_code(), 5);
  bool named = false;
  for (const Check& check : diagnosis->checks)
    named |= check.status == CheckStatus::fail && has(check.remedy, remedy);
  EXPECT_TRUE(named) << to_json(*diagnosis);
  const Outcome outcome = run(wanted);
  ASSERT_FALSE(outcome.result);
  EXPECT_THAT(outcome.result.error().remedy, HasSubstr(remedy));
  // Nobody needs it for anything else.
  wanted.strategy = StrategyKind::automatic;
  const auto automatic = plan_job(wanted, progress, {});
  ASSERT_TRUE(automatic) << automatic.error().to_string();
  EXPECT_EQ(automatic->strategy, "temp-table");
}

INSTANTIATE_TEST_SUITE_P(Each, ReplayedRefusal, ::testing::ValuesIn(kReplayedVersions),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace firmquery::test

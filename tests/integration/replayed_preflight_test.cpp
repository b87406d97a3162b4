// `plan` and `doctor` as whole commands against versions of CockroachDB that no test here can start, replayed: they ask
// for nothing that a version refuses, write nothing, and say what the run would meet.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "firmquery/preflight/doctor.hpp"
#include "firmquery/preflight/plan_report.hpp"
#include "integration/replayed_cluster.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Each statement that changes something begins with its verb.
MATCHER(Writes, "") {
  const std::string sql = lower(arg);
  const std::string verb = sql.substr(0, sql.find(' '));
  return verb == "create" || verb == "drop" || verb == "insert" || verb == "delete" || verb == "truncate" ||
         verb == "grant" || (verb == "copy" && has(sql, "from stdin"));
}

std::vector<Check> named(const Diagnosis& diagnosis, std::string_view name) {
  std::vector<Check> found;
  for (const Check& check : diagnosis.checks) {
    if (check.name == name) found.push_back(check);
  }
  return found;
}

class ReplayedPreflight : public ReplayedCase {
 protected:
  static PlanReport plan(const Job& job) {
    Progress progress;
    auto made = plan_job(job, progress, {});
    if (!made) throw std::runtime_error(made.error().to_string());
    return *std::move(made);
  }
  static Diagnosis examine(const Job& job) {
    auto diagnosis = examine_job(job, {});
    if (!diagnosis) throw std::runtime_error(diagnosis.error().to_string());
    return *std::move(diagnosis);
  }
  // Those of versions with a fault in joins are another test's.
  static std::vector<std::string> warnings_of(const PlanReport& plan) {
    std::vector<std::string> warnings;
    for (const std::string& warning : plan.warnings) {
      if (!has(warning, "join")) warnings.push_back(warning);
    }
    return warnings;
  }
  static bool has_join_fault() {
    return std::string_view(GetParam().number) == "v24.3.5" ||
           std::string_view(GetParam().number) == "v25.4.2";
  }
};

TEST_P(ReplayedPreflight, Plan) {
  ScriptedServer server(parameters(), ReplayedCluster(GetParam()));
  const PlanReport made = plan(job(server));
  EXPECT_EQ(made.server.dialect.version, GetParam().number);
  EXPECT_EQ(made.server.gc_window_s, 14'400);
  EXPECT_EQ(made.strategy, "temp-table");
  EXPECT_EQ(made.snapshot, "as of system time");
  EXPECT_THAT(made.query.key.indexes, ElementsAre("firm_pkey"));
  EXPECT_THAT(made.query.row_security,
              HasSubstr(GetParam().row_security ? "hides nothing from role tester" : "has none"));
  EXPECT_THAT(made.explain, Contains(HasSubstr("lookup join")));
  EXPECT_THAT(warnings_of(made), IsEmpty());
  EXPECT_EQ(made.warnings.size(), has_join_fault() ? 1U : 0U) << "of wrong results in joins";
  EXPECT_TRUE(nlohmann::json::accept(to_json(made)));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
  const auto statements = server.statements();
  EXPECT_THAT(statements, Each(Not(Writes())));
  // Neither what v26.1 gates, nor the identity of the cluster, which only a run that is gone on with asks for.
  EXPECT_THAT(statements, Each(Not(HasSubstr("crdb_internal"))));
}

TEST_P(ReplayedPreflight, PlanOfEachStrategy) {
  for (const StrategyKind strategy :
       {StrategyKind::staging_table, StrategyKind::array, StrategyKind::in_list, StrategyKind::scan}) {
    SCOPED_TRACE(to_string(strategy));
    ScriptedServer server(parameters(), ReplayedCluster(GetParam()));
    Job wanted = job(server);
    wanted.strategy = strategy;
    const PlanReport made = plan(wanted);
    EXPECT_EQ(made.strategy, to_string(strategy));
    EXPECT_THAT(made.explain, Not(IsEmpty()));
    EXPECT_THAT(warnings_of(made), IsEmpty());
    EXPECT_THAT(server.statements(), Each(Not(Writes())));
  }
}

TEST_P(ReplayedPreflight, Doctor) {
  ScriptedServer server(parameters(), ReplayedCluster(GetParam()));
  const Diagnosis diagnosis = examine(job(server));
  EXPECT_EQ(diagnosis.exit_code(), 0) << to_json(diagnosis);
  for (const Check& check : diagnosis.checks) {
    const bool fault = check.name == "join results" && has_join_fault();
    // A proposal rather than a lack: the free disk is this machine's. And no rows are replayed to hold the list against.
    if (check.name == "free disk" || check.name == "list against the column") continue;
    EXPECT_EQ(check.status, fault ? CheckStatus::warn : CheckStatus::ok)
        << check.name << ": " << check.detail << "\n"
        << check.remedy;
  }
  EXPECT_THAT(server.statements(), Each(Not(Writes())));
  EXPECT_THAT(server.statements(), Each(Not(HasSubstr("crdb_internal"))));
}

// The program itself, as an operator calls it.
TEST_P(ReplayedPreflight, TheCommands) {
  ScriptedServer server(parameters(), ReplayedCluster(GetParam()));
  const auto list = directory_.write("ids.txt", "1\n2\n3\n4\n5\n");
  for (const char* command : {"plan", "doctor"}) {
    SCOPED_TRACE(command);
    const ProcessResult ended = run_process(
        FIRMQUERY_BINARY,
        {command, "--json", "--quiet", "--ids", list, "--dsn", server.dsn(), "--out", directory_ / "out",
         "--sql", "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})"});
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_TRUE(nlohmann::json::accept(ended.out)) << ended.out;
    EXPECT_THAT(ended.out, HasSubstr(GetParam().number));
  }
}

// From v26.3 on a longer list than optimizer_span_limit does not constrain the scan.
TEST_P(ReplayedPreflight, AListThatIsLongerThanTheSpanLimit) {
  ReplayedCluster cluster(GetParam());
  cluster.span_limit = 1000;
  ScriptedServer server(parameters(), cluster);
  Job wanted = job(server, numbers(1, 2000));
  wanted.strategy = StrategyKind::in_list;
  wanted.in_list = {2000, 100'000};
  const std::string
      what =
          "every range would read the whole of firm@firm_pkey (about 1000000 rows), because 2000 IDs "
          "are more than optimizer_span_limit, 1000",
      remedy = "--chunk-size 1000 or less, or --strategy temp-table or array, which look each ID up";
  const std::string sentence = "full scan: " + what + "; " + remedy;
  const bool limited = GetParam().limits_spans;

  const std::vector<std::string> planned = warnings_of(plan(wanted));
  const std::vector<Check> checks = named(examine(wanted), "full scans");
  const Outcome outcome = run(wanted);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  ASSERT_EQ(checks.size(), 1U);
  if (limited) {
    EXPECT_THAT(planned, ElementsAre(sentence));
    EXPECT_EQ(checks[0].status, CheckStatus::warn);
    EXPECT_EQ(checks[0].detail, what);
    EXPECT_EQ(checks[0].remedy, remedy);
    EXPECT_THAT(outcome.log.warnings, Contains(sentence));
  } else {
    EXPECT_THAT(planned, IsEmpty());
    EXPECT_EQ(checks[0].status, CheckStatus::ok) << checks[0].detail;
    EXPECT_THAT(outcome.log.warnings, Not(Contains(HasSubstr("full scan"))));
  }
  // What the warning says helps.
  for (const StrategyKind strategy : {StrategyKind::in_list, StrategyKind::array, StrategyKind::temp_table}) {
    SCOPED_TRACE(to_string(strategy));
    Job better = wanted;
    better.strategy = strategy;
    better.in_list.max_ids = 1000;
    EXPECT_THAT(warnings_of(plan(better)), IsEmpty());
    EXPECT_EQ(named(examine(better), "full scans").at(0).status, CheckStatus::ok);
  }
}

// The first lists are short because their IDs are long; the full scan is one of those that follow.
TEST_P(ReplayedPreflight, AnyListMayBeTheLongest) {
  ReplayedCluster cluster(GetParam());
  cluster.span_limit = 1000;
  ScriptedServer server(parameters(), cluster);
  constexpr long lowest = -9'000'000'000'000'000'000;
  Job wanted = job(server, numbers(lowest, lowest + 2'999) + numbers(1, 5'000));
  wanted.strategy = StrategyKind::in_list;
  wanted.in_list = {2000, 27'000};
  const auto warned = Contains(AllOf(HasSubstr("full scan: a range of 2000 IDs from "),
                                     HasSubstr("because 2000 IDs are more than optimizer_span_limit, 1000; "
                                               "--chunk-size 1000 or less")));
  const PlanReport planned = plan(wanted);
  EXPECT_LT(planned.sample_ids, 1000U) << "what is shown is the first range";
  const std::vector<Check> checks = named(examine(wanted), "full scans");
  ASSERT_EQ(checks.size(), 1U);
  const Outcome outcome = run(wanted);  // ends where the script gives rows that were not asked for
  if (GetParam().limits_spans) {
    EXPECT_THAT(planned.warnings, warned);
    EXPECT_EQ(checks[0].status, CheckStatus::warn);
    EXPECT_THAT(outcome.log.warnings, warned);
  } else {
    EXPECT_THAT(planned.warnings, Not(warned));
    EXPECT_EQ(checks[0].status, CheckStatus::ok);
    EXPECT_THAT(outcome.log.warnings, Not(warned));
  }
}

// No list that can be asked for is longer than the limit as servers have it.
TEST_P(ReplayedPreflight, TheLongestListIsFarFromTheSpanLimitAsItIs) {
  ScriptedServer server(parameters(), ReplayedCluster(GetParam()));
  Job wanted = job(server, numbers(1, 10'000));
  wanted.strategy = StrategyKind::in_list;
  wanted.in_list = {10'000, 1'000'000};  // the most that --chunk-size takes
  const PlanReport made = plan(wanted);
  EXPECT_EQ(made.sample_ids, 10'000U);
  EXPECT_THAT(warnings_of(made), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Each, ReplayedPreflight, ::testing::ValuesIn(kReplayedVersions),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace firmquery::test

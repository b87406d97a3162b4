// run against a real PostgreSQL, as people and schedulers see it: summary, report, files, exit codes,
// progress and both stages of an interrupt.
#include <csignal>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "firmquery/db/session.hpp"
#include "firmquery/output/run_directory.hpp"
#include "golden.hpp"
#include "support/postgres.hpp"

namespace firmquery::test {
namespace {

using std::chrono::seconds;

constexpr const char* kIds = "firm_root_id\n3\n12\n007\n12\nx9\n\n1.23E+12\n100\n";

class ServerRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "set client_min_messages = warning; drop table if exists firm; drop role if exists reader;"
        "create table firm (firm_root_id bigint primary key, name text, city text);"
        "insert into firm select n, 'Firm ' || n, case when n % 2 = 0 then '' end from generate_series(1, "
        "20) n;"
        "analyze firm; create role reader login");
  }

  static Scene scene(const std::vector<std::string>& more, int exit_code = 0) {
    Scene result{.arguments = {"run", "--ids", "ids.csv", "--query", "firms.sql", "--out", "out"},
                 .exit_code = exit_code,
                 .files = {{"ids.csv", kIds},
                           {"firms.sql",
                            "select firm_root_id, name, city\nfrom firm\nwhere firm_root_id in "
                            "({ID_PLACEHOLDER})\n"}}};
    result.arguments.insert(result.arguments.end(), more.begin(), more.end());
    result.environment = {{"PGHOST", shared_server().socket_directory().string()},
                          {"PGPORT", std::to_string(shared_server().port())},
                          {"PGUSER", shared_server().user()},
                          {"PGDATABASE", "postgres"}};
    return result;
  }

  // What differs from run to run and from machine to machine.
  static std::string masked(std::string text) {
    replace_all(text, shared_server().socket_directory().string(), "$SOCKET");
    static const std::vector<std::pair<std::regex, std::string>> kMasks = {
        {std::regex("\\d{8}T\\d{6}Z-[0-9a-f]{6}"), "RUN_ID"},
        {std::regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"), "TIME"},
        {std::regex("exported snapshot [0-9A-F-]+"), "exported snapshot VALUE"},
        {std::regex("(\"value\": )\"[0-9A-F-]+\""), "$1\"VALUE\""},
        {std::regex("\\d+\\.\\d+ s\\b"), "N s"},
        {std::regex("[0-9,]+ IDs/s"), "N IDs/s"},
        {std::regex("\\d+\\.\\d+ MiB"), "N MiB"},
        {std::regex("postgresql \\d+[^,]*"), "postgresql VERSION"},
        {std::regex("(\"server_version\": )\"[^\"]*\""), "$1\"VERSION\""},
        {std::regex("(\"(?:\\w+_s|seconds)\": )[-+.e0-9]+"), "$1N"},
        {std::regex("(\"peak_rss_bytes\": )\\d+"), "$1N"}};
    for (const auto& [pattern, mask] : kMasks) text = std::regex_replace(text, pattern, mask);
    return text;
  }

  static void expect_masked_golden(const std::string& name, const Scene& scene) {
    const TempDir directory;
    expect_golden_text("run/" + name, masked(play_to_text(scene, directory)));
  }
};

TEST_F(ServerRun, SummaryAndFiles) {
  auto wanted = scene({});
  wanted.shown = {"out/results.csv", "out/missing.csv", "out/rejected.csv", "out/duplicates.csv"};
  expect_masked_golden("summary", wanted);
}

TEST_F(ServerRun, JsonIsTheReport) {
  auto wanted = scene({"--json", "--quiet", "--strategy", "in-list", "--connections", "1"});
  const TempDir directory;
  const ProcessResult result = play(wanted, directory);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, read_text(directory / "out/report.json"));
  expect_golden_text("run/json", masked(result.out));
}

TEST_F(ServerRun, JsonOfABreach) {
  const TempDir directory;
  const ProcessResult result = play(scene({"--json", "--quiet", "--fail-on", "missing>0"}, 1), directory);
  EXPECT_EQ(result.exit_code, 1) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json.at("status"), "complete");
  EXPECT_EQ(json.at("breached").size(), 1u);
}

TEST_F(ServerRun, JsonOfAFailureIsTheReportAndTheError) {
  const TempDir directory;
  auto wanted = scene({"--json", "--quiet"}, 5);
  wanted.environment["PGUSER"] = "reader";
  const ProcessResult result = play(wanted, directory);
  EXPECT_EQ(result.exit_code, 5) << result.err;
  auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json.at("error").at("kind"), "permission");
  EXPECT_EQ(json.at("error").at("sqlstate"), "42501");
  json.erase("error");
  EXPECT_EQ(json, nlohmann::json::parse(read_text(directory / "out/report.json")));
}

TEST_F(ServerRun, JsonOfAResumedCompleteRunIsItsReport) {
  const TempDir directory;
  ASSERT_EQ(play(scene({"--quiet"}), directory).exit_code, 0);
  const ProcessResult result = play({.arguments = {"resume", "out", "--json"}}, directory);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, read_text(directory / "out/report.json"));
}

TEST_F(ServerRun, TheLogOfAShortRunHasItsStartPlanAndEnd) {
  const TempDir directory;
  ASSERT_EQ(play(scene({"--quiet", "--log-file", "run.log"}), directory).exit_code, 0);
  const std::string log = read_text(directory / "run.log");
  const std::size_t start = log.find("] start: firmquery "), plan = log.find("] plan: postgresql "),
                    end = log.find("] end: complete: 4 unique, 3 found, 1 missing, 0 unresolved, 3 rows");
  EXPECT_LT(start, plan) << log;
  EXPECT_LT(plan, end) << log;
  EXPECT_NE(end, std::string::npos) << log;
}

TEST_F(ServerRun, QuietPrintsNothing) {
  const TempDir directory;
  const ProcessResult result = play(scene({"--quiet"}), directory);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out + result.err, "");
}

TEST_F(ServerRun, BreachedThresholdsExitOne) {
  auto wanted = scene({"--fail-on", "missing>0", "--fail-on", "rejected>50%", "--quiet"}, 1);
  wanted.shown = {"out/missing.csv"};
  expect_masked_golden("threshold", wanted);
}

TEST_F(ServerRun, ListsThatAreRefused) {
  auto empty = scene({}, 2);
  empty.files["ids.csv"] = "firm_root_id\n";
  empty.shown = {"out"};
  expect_masked_golden("empty", empty);
  auto rejects = scene({}, 2);
  rejects.files["ids.csv"] = "name\nBob\nAnn\n7\n";
  rejects.shown = {"out"};
  expect_masked_golden("rejects", rejects);
  auto column = scene({}, 2);
  column.files["ids.csv"] = "name,customer\nBob,7\nAnn,8\n";
  expect_masked_golden("column", column);
}

TEST_F(ServerRun, ListsThatAreAccepted) {
  auto empty = scene({"--allow-empty"});
  empty.files["ids.csv"] = "";
  empty.shown = {"out/results.csv", "out/missing.csv"};
  expect_masked_golden("empty-allowed", empty);
  // The threshold decides, one way and the other.
  auto rejects = scene({"--quiet", "--fail-on", "rejected>70%"});
  rejects.files["ids.csv"] = "name\nBob\nAnn\n7\n";
  rejects.shown = {"out/rejected.csv"};
  expect_masked_golden("rejects-threshold", rejects);
  rejects.arguments.back() = "rejected>1";
  rejects.exit_code = 1;
  expect_masked_golden("rejects-breached", rejects);
  auto column = scene({});
  column.files["ids.csv"] = "customer,name\n7,Bob\n8,Ann\n";
  expect_masked_golden("column-guessed", column);
}

TEST_F(ServerRun, TooManyIdsExitTwo) {
  auto wanted = scene({"--max-input-ids", "2", "--quiet"}, 2);
  wanted.shown = {"out/results.csv"};
  expect_masked_golden("too-many", wanted);
}

TEST_F(ServerRun, MissingPrivilegeExitsFiveAndNamesTheGrant) {
  auto wanted = scene({"--quiet", "--connections", "1"}, 5);
  wanted.environment["PGUSER"] = "reader";
  wanted.shown = {"out/results.csv"};
  expect_masked_golden("permission", wanted);
}

TEST_F(ServerRun, UnknownTableExitsSix) {
  auto wanted = scene({"--quiet"}, 6);
  wanted.files["firms.sql"] = "select firm_root_id from frim where firm_root_id in ({ID_PLACEHOLDER})";
  expect_masked_golden("unknown-table", wanted);
}

TEST_F(ServerRun, VerifyAcceptsARunAndFindsAChangedFile) {
  const TempDir directory;
  ASSERT_EQ(play(scene({"--quiet"}), directory).exit_code, 0);
  const Scene verify{.arguments = {"verify", "out"}};
  EXPECT_EQ(play(verify, directory).exit_code, 0);
  write_text(directory / "out/missing.csv", "firm_root_id\n101\n");
  EXPECT_EQ(play(verify, directory).exit_code, 3);
  const ProcessResult told = play({.arguments = {"verify", "out", "--json"}}, directory);
  EXPECT_EQ(told.exit_code, 3);
  const auto json = nlohmann::json::parse(told.out);
  EXPECT_EQ(json.at("status"), "failed");
  EXPECT_EQ(json.at("error").at("kind"), "integrity");
}

// A run that waits inside its first range for a lock that the test holds.
class HeldRun : public ServerRun {
 protected:
  HeldRun() {
    ConnectOptions options;
    options.dsn = shared_server().dsn();
    auto opened = Session::open(options);
    if (!opened) throw std::runtime_error(opened.error().to_string());
    holder_.emplace(std::move(*opened));
    execute("select pg_advisory_lock(42)");
  }

  std::string execute(const std::string& sql) {
    auto rows = holder_->execute(sql);
    if (!rows) throw std::runtime_error(rows.error().to_string());
    return rows->size() == 0 ? "" : std::string(rows->at(0, 0));
  }

  Process start(const std::vector<std::string>& more) {
    Scene wanted = scene(more);
    wanted.files["firms.sql"] =
        "select firm_root_id from firm where firm_root_id in ({ID_PLACEHOLDER}) and "
        "pg_advisory_xact_lock_shared(42) is not null";
    for (const auto& [name, text] : wanted.files) directory_.write(name, text);
    ProcessOptions options;
    options.environment = clean_environment(directory_);
    for (const auto& [name, text] : wanted.environment) options.environment[name] = text;
    options.directory = directory_.path();
    options.death_signal = SIGKILL;
    return Process::start(FIRMQUERY_BINARY, wanted.arguments, options);
  }

  bool wait_for_waiting(bool waiting) {
    const char* count =
        "select count(*) from pg_stat_activity, pg_sleep(0.01) where application_name like 'firmquery%' "
        "and pid <> pg_backend_pid() and wait_event = 'advisory'";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(10);
    while ((execute(count) != "0") != waiting) {
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    return true;
  }

  TempDir directory_;
  std::optional<Session> holder_;
};

TEST_F(HeldRun, AnInterruptCancelsTheStatementsAndLeavesAConsistentDirectory) {
  Process process = start({"--json"});
  ASSERT_TRUE(wait_for_waiting(true)) << process.err();
  ASSERT_TRUE(process.signal(SIGINT));
  EXPECT_EQ(process.wait(std::chrono::minutes(10)), 130) << process.err();
  const auto told = nlohmann::json::parse(process.out());
  EXPECT_EQ(told.at("status"), "interrupted");
  EXPECT_EQ(told.at("error").at("kind"), "interrupted");
  EXPECT_NE(process.err().find("firmquery: interrupted: stopping (again: at once)"), std::string::npos)
      << process.err();
  EXPECT_TRUE(wait_for_waiting(false)) << "a statement still waits on the server";

  const auto report = nlohmann::json::parse(read_text(directory_ / "out/report.json"));
  EXPECT_EQ(report.at("status"), "interrupted");
  EXPECT_EQ(report.at("result").at("rows"), 0);
  const auto audit = verify_audit(directory_ / "out/audit.jsonl");
  EXPECT_TRUE(audit) << audit.error().to_string();
  // Only what is whole has a final name; the rows of an unfinished run have none.
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory_ / "out")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.')) names.insert(name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"audit.jsonl", "duplicates.csv", "journal.jsonl", "rejected.csv",
                                          "report.html", "report.json"}));
  const Scene verify{.arguments = {"verify", "out"}};
  EXPECT_NE(play(verify, directory_).exit_code, 0) << "an interrupted run must not pass for a finished one";
}

TEST_F(HeldRun, ATerminationIsAnInterruptWithItsOwnCode) {
  Process process = start({"--quiet"});
  ASSERT_TRUE(wait_for_waiting(true)) << process.err();
  ASSERT_TRUE(process.signal(SIGTERM));
  EXPECT_EQ(process.wait(std::chrono::minutes(10)), 143) << process.err();
  EXPECT_TRUE(wait_for_waiting(false)) << "a statement still waits on the server";
}

TEST_F(HeldRun, TheSecondInterruptDoesNotWaitForTheServer) {
  Process process = start({});
  ASSERT_TRUE(wait_for_waiting(true)) << process.err();
  // A server that takes no connections takes no cancel request either, so the first signal cannot succeed.
  shared_server().signal(SIGSTOP);
  EXPECT_TRUE(process.signal(SIGINT));
  EXPECT_TRUE(process.wait_for_err("interrupted: stopping", std::chrono::minutes(10))) << process.err();
  EXPECT_TRUE(process.signal(SIGINT));
  EXPECT_EQ(process.wait(std::chrono::minutes(10)), 130) << process.err();
  shared_server().signal(SIGCONT);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out/manifest.json"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out/results.csv"));
}

TEST_F(HeldRun, ProgressIsOneJsonObjectALine) {
  Process process = start({"--progress", "json"});
  EXPECT_TRUE(process.wait_for_err("\"event\":\"progress\",\"phase\":\"querying\"", std::chrono::minutes(10)))
      << process.err();
  execute("select pg_advisory_unlock(42)");
  ASSERT_EQ(process.wait(std::chrono::minutes(10)), 0) << process.err();
  std::istringstream lines(process.err());
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    const auto object = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(object.is_discarded()) << line;
    names.insert(object.at("event").get<std::string>());
    if (object.at("event") != "progress") {
      EXPECT_EQ(object.at("v"), 1) << line;
    } else if (object.at("phase") == "querying") {
      EXPECT_EQ(object.at("ids_total"), 4);
    }
  }
  for (const char* name :
       {"progress", "started", "connected", "list_read", "instant_taken", "file_finished", "ended"})
    EXPECT_EQ(names.count(name), 1u) << name;
  EXPECT_EQ(names.count("rows_arrived"), 0u) << "what is counted is in the progress lines";
}

TEST_F(HeldRun, TheBarShowsPhaseAndIds) {
  Process process = start({"--progress", "always"});
  EXPECT_TRUE(
      process.wait_for_err("[........................] querying  0.0 %  0/4 IDs", std::chrono::minutes(10)))
      << process.err();
  execute("select pg_advisory_unlock(42)");
  EXPECT_EQ(process.wait(std::chrono::minutes(10)), 0) << process.err();
}

TEST_F(HeldRun, WithoutATerminalThereIsALogLineEveryFewSeconds) {
  Process process = start({});
  EXPECT_TRUE(process.wait_for_err("] querying  0.0 %  0/4 IDs", std::chrono::minutes(10))) << process.err();
  execute("select pg_advisory_unlock(42)");
  EXPECT_EQ(process.wait(std::chrono::minutes(10)), 0) << process.err();
  EXPECT_EQ(process.err().find('\r'), std::string::npos) << "carriage returns are for terminals";
}

}  // namespace
}  // namespace firmquery::test

// A week of nights, with a clock and a table that move: what the exit codes, the metrics, the history and the alerts said.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "integration/run_case.hpp"
#include "support/moving_clock.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr long kIds = 6000;  // the even ones are in the table

// From Monday, 23 November 2026, 00:00 UTC.
constexpr std::chrono::sys_days kMonday = std::chrono::year(2026) / 11 / 23;
enum Day { monday, tuesday, wednesday, thursday, friday, saturday, sunday, next_monday };
std::chrono::minutes at(Day day, int hour, int minute = 0) {
  return std::chrono::days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute);
}

using Metrics = std::map<std::string, double>;  // by name and labels

Metrics parse(const std::string& text) {
  Metrics metrics;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.rfind(' ');
    if (!line.starts_with('#') && blank != std::string::npos)
      metrics[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
  }
  return metrics;
}

class Week : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string obstacle = MovingClock::obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
    shared_server().execute(
        "create table week (firm_root_id bigint primary key, n int);"
        "insert into week select n * 2, n from generate_series(1, 3000) n; analyze week;"
        "create table ill (firm_root_id bigint)");
    // Some rows wait for the test, and those of ill IDs fail as a busy server's do.
    shared_server().execute(R"(
      create function ail(id bigint) returns boolean language plpgsql stable cost 1 as $$
      begin
        if id % 1000 <> 0 then return true; end if;
        perform pg_advisory_xact_lock_shared(4242);
        if exists (select from ill where firm_root_id = id) then raise exception using errcode = '40001'; end if;
        return true;
      end $$)");
    directory_.write("firms.sql",
                     "select firm_root_id, n from week where firm_root_id in ({ID_PLACEHOLDER}) and "
                     "ail(firm_root_id)");
    directory_.write("ids.csv", numbers(1, kIds));
    directory_.write("job.yaml",
                     "application:\n  job: nightly\ninput:\n  ids: ids.csv\nquery:\n  file: firms.sql\n"
                     "output:\n  default_directory: runs\n  filename_pattern: \"firms_{timestamp}\"\n");
  }

  ProcessOptions here() const {
    ProcessOptions options;
    options.directory = directory_.path();
    options.environment = {{"FIRMQUERY_DSN", shared_server().dsn()}, {"TZ", "UTC"}};
    clock_.show_to(options);
    return options;
  }
  // The line of the guide's crontab, and what a night adds.
  static std::vector<std::string> command(const std::vector<std::string>& more) {
    std::vector<std::string> words = {
        "run",          "job.yaml",       "--resume", "--on-overlap",    "skip", "--quiet",
        "--json",       "--fail-on",      "new>0",    "--keep-runs",     "4",    "--metrics-file",
        "nightly.prom", "--max-retries",  "1",        "--retry-delay",   "0.01", "--strategy",
        "temp-table",   "--lock-timeout", "3600",     "--query-timeout", "7200"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void set_clock(std::chrono::minutes time) const {
    clock_.stop_at(std::chrono::system_clock::time_point(kMonday) + time);
  }
  ProcessResult night(std::chrono::minutes time, const std::vector<std::string>& more = {}) {
    set_clock(time);
    ProcessResult ended = run_process(FIRMQUERY_BINARY, command(more), here());
    look_at_metrics(time);
    return ended;
  }
  Process begin_night(std::chrono::minutes time) const {
    set_clock(time);
    return Process::start(FIRMQUERY_BINARY, command({}), here());
  }

  // While the test holds this lock a run that reads stands still.
  static void wait_until_reading(Process& process) {
    while (
        sql_value(
            shared_server().dsn(),
            "select count(*) from pg_locks where locktype = 'advisory' and not granted and objid = 4242") ==
        "0") {
      if (process.wait(5ms)) throw std::runtime_error("the run has ended: " + process.err());
    }
  }
  static Session hold_readers() {
    ConnectOptions options;
    options.dsn = shared_server().dsn();
    options.application_name = "test";
    Session session = Session::open(options).value();
    EXPECT_TRUE(session.execute("select pg_advisory_lock(4242)"));
    return session;
  }
  static void wait_until_disconnected() {
    while (sql_value(shared_server().dsn(),
                     "select count(*) from pg_stat_activity where application_name like 'firmquery%'") != "0")
      std::this_thread::sleep_for(5ms);
  }

  void look_at_metrics(std::chrono::minutes time) {
    seen_.emplace_back(time, parse(read_text(directory_ / "nightly.prom")));
  }
  double metric(const std::string& name) const {
    const auto found = seen_.back().second.find("firmquery_" + name + "{job=\"nightly\"}");
    return found == seen_.back().second.end() ? -1 : found->second;
  }
  static double seconds(std::chrono::minutes time) {
    return static_cast<double>((kMonday.time_since_epoch() + std::chrono::seconds(time)).count());
  }
  // Of the last start: when, how it ended; and when the last one succeeded.
  void expect_metrics(std::chrono::minutes attempt, int exit_code, std::chrono::minutes success) const {
    EXPECT_EQ(metric("last_attempt_timestamp_seconds"), seconds(attempt));
    EXPECT_EQ(metric("last_attempt_exit_code"), exit_code);
    EXPECT_EQ(metric("last_success_timestamp_seconds"), seconds(success));
  }

  // The rules of docs/operations, over what the week's metrics were: which of them fire when.
  void expect_alerts(
      const std::vector<std::pair<std::chrono::minutes, std::vector<std::string>>>& expected) const {
    // A sample every five minutes, as Prometheus forgets what is older.
    constexpr std::chrono::minutes kStep(5);
    const auto samples_until = [&](std::chrono::minutes time) { return time / kStep; };
    std::set<std::string> names;
    for (const auto& [when, metrics] : seen_) {
      for (const auto& [name, value] : metrics) names.insert(name);
    }
    std::map<std::string, std::string> series;
    for (const std::string& name : names) {
      // promtool's clock begins at 0.
      const double zero = name.find("_timestamp_seconds") != std::string::npos ? seconds(0min) : 0;
      std::string& values = series[name];
      values = fmt::format("_x{}", samples_until(seen_.front().first));
      for (std::size_t i = 0; i < seen_.size(); ++i) {
        const auto end =
            i + 1 < seen_.size() ? seen_[i + 1].first : std::chrono::minutes(std::chrono::days(8));
        const auto count = samples_until(end) - samples_until(seen_[i].first);
        const auto found = seen_[i].second.find(name);
        values += found == seen_[i].second.end() ? fmt::format(" _x{}", count)
                                                 : fmt::format(" {}+0x{}", found->second - zero, count - 1);
      }
    }
    std::string text = "rule_files: [" FIRMQUERY_SOURCE_DIR
                       "/docs/operations/prometheus/alerts.yml]\nevaluation_interval: 5m\ntests:\n"
                       "  - interval: 5m\n    input_series:\n";
    for (const auto& [name, values] : series)
      text += fmt::format("      - {{series: '{}', values: '{}'}}\n", name, values);
    text += "    promql_expr_test:\n";
    for (const auto& [time, alerts] : expected) {
      text += fmt::format(
          "      - expr: 'count by (alertname) (ALERTS{{alertstate=\"firing\"}})'\n        eval_time: {}m\n"
          "        exp_samples:\n",
          time.count());
      if (alerts.empty()) text.replace(text.size() - 1, 1, " []\n");
      for (const std::string& alert : alerts)
        text += fmt::format("          - {{labels: '{{alertname=\"{}\"}}', value: 1}}\n", alert);
    }
    directory_.write("week.yml", text);
    const ProcessResult tested = run_process("promtool", {"test", "rules", directory_ / "week.yml"});
    EXPECT_EQ(tested.exit_code, 0) << tested.out << tested.err << text;
  }

  nlohmann::json history() const {
    const ProcessResult ended = run_process(FIRMQUERY_BINARY, {"history", "job.yaml", "--json"}, here());
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return nlohmann::json::parse(ended.out);
  }

  const TempDir directory_;
  const MovingClock clock_{directory_};
  std::vector<std::pair<std::chrono::minutes, Metrics>> seen_;
};

TEST_F(Week, OfNightsThatAreKilledOverlapArePartialAndRefused) {
  // Monday: the first run. Nothing is new, because there is nothing before it.
  ProcessResult ended = night(at(monday, 2));
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  expect_metrics(at(monday, 2), 0, at(monday, 2));
  EXPECT_EQ(metric("missing_ids"), 3000);
  EXPECT_EQ(metric("new_missing_ids"), -1);

  // Tuesday: five rows have gone.
  shared_server().execute("delete from week where firm_root_id between 101 and 110");
  ended = night(at(tuesday, 2));
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  expect_metrics(at(tuesday, 2), 1, at(tuesday, 2));
  EXPECT_EQ(metric("new_missing_ids"), 5);
  EXPECT_EQ(metric("thresholds_breached"), 1);

  // Wednesday: two of them are back.
  shared_server().execute("insert into week values (102, 51), (104, 52)");
  ended = night(at(wednesday, 2));
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  expect_metrics(at(wednesday, 2), 0, at(wednesday, 2));
  EXPECT_EQ(metric("new_missing_ids"), 0);
  EXPECT_EQ(metric("resolved_ids"), 2);
  EXPECT_EQ(metric("thresholds_breached"), 0);

  // Thursday: killed while it reads. A killed run says nothing to anybody.
  {
    const std::string before = read_text(directory_ / "nightly.prom");
    const Session held = hold_readers();
    Process killed = begin_night(at(thursday, 2));
    wait_until_reading(killed);
    killed.signal(SIGKILL);
    EXPECT_EQ(killed.wait(10min), 137);
    EXPECT_EQ(read_text(directory_ / "nightly.prom"), before);
  }
  wait_until_disconnected();
  EXPECT_EQ(history()["runs"].back()["status"], "unfinished");

  // Friday: it is gone on with; a second start an hour later finds it at work.
  {
    std::optional<Session> held = hold_readers();
    Process first = begin_night(at(friday, 2));
    wait_until_reading(first);
    ended = night(at(friday, 3));
    EXPECT_EQ(ended.exit_code, 7) << ended.err;
    expect_metrics(at(friday, 3), 7, at(wednesday, 2));
    EXPECT_EQ(metric("last_attempt_skipped"), 1);
    EXPECT_EQ(metric("missing_ids"), 3003);  // of Wednesday
    set_clock(at(friday, 4, 30));
    held.reset();
    EXPECT_EQ(first.wait(10min), 0) << first.err();
    look_at_metrics(at(friday, 4, 30));
    expect_metrics(at(friday, 4, 30), 0, at(friday, 4, 30));
    EXPECT_EQ(metric("last_attempt_skipped"), 0);
    EXPECT_EQ(metric("new_missing_ids"), 0);
  }

  // Saturday: a part of the table cannot be read; at noon it can.
  shared_server().execute("insert into ill values (3000)");
  ended = night(at(saturday, 2));
  EXPECT_EQ(ended.exit_code, 4) << ended.err;
  expect_metrics(at(saturday, 2), 4, at(friday, 4, 30));
  EXPECT_GT(metric("unresolved_ids"), 0);
  EXPECT_EQ(metric("missing_ids"), 3003);  // a partial run does not know it
  shared_server().execute("truncate ill");
  ended = night(at(saturday, 12));
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  expect_metrics(at(saturday, 12), 0, at(saturday, 12));
  EXPECT_EQ(metric("unresolved_ids"), 0);

  // Sunday: there is no time for it; later its query is broken.
  ended = night(at(sunday, 2), {"--deadline", "0.001"});
  EXPECT_EQ(ended.exit_code, 4) << ended.err;
  expect_metrics(at(sunday, 2), 4, at(saturday, 12));
  EXPECT_EQ(metric("refused_for_time"), 1);
  const std::string query = read_text(directory_ / "firms.sql");
  directory_.write("firms.sql",
                   "select firm_root_id, no_such from week where firm_root_id in ({ID_PLACEHOLDER})");
  ended = night(at(sunday, 6));
  EXPECT_EQ(ended.exit_code, 6) << ended.err;
  expect_metrics(at(sunday, 6), 6, at(saturday, 12));
  EXPECT_EQ(metric("refused_for_time"), 0);
  directory_.write("firms.sql", query);

  // Monday: all is well, and the three rows are back.
  shared_server().execute("insert into week values (106, 53), (108, 54), (110, 55)");
  ended = night(at(next_monday, 2));
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  expect_metrics(at(next_monday, 2), 0, at(next_monday, 2));
  EXPECT_EQ(metric("resolved_ids"), 3);
  EXPECT_EQ(metric("missing_ids"), 3000);
  // Missing since the first night, whose directory is gone.
  EXPECT_EQ(metric("oldest_missing_timestamp_seconds"), seconds(at(monday, 2)));

  std::vector<std::string> told;
  const nlohmann::json listed = history();
  for (const auto& run : listed["runs"]) {
    told.push_back(fmt::format("{} {} {}", run["read_at"].get<std::string>().substr(0, 13),
                               run["status"].get<std::string>(),
                               run.contains("exit") ? run["exit"].dump() : "-"));
    if (run["removed"]) told.back() += " removed";
  }
  EXPECT_THAT(told, testing::ElementsAre("2026-11-23T02 complete 0 removed",
                                         "2026-11-24T02 complete 1 removed", "2026-11-25T02 complete 0",
                                         "2026-11-26T02 complete 0", "2026-11-27T03 skipped 7",
                                         "2026-11-28T02 complete 0", "2026-11-29T02 refused_for_time 4",
                                         "2026-11-29T06 failed 6", "2026-11-30T02 complete 0"));
  const ProcessResult ages = run_process(FIRMQUERY_BINARY, {"history", "job.yaml", "--ages"}, here());
  EXPECT_EQ(ages.exit_code, 0) << ages.err;
  EXPECT_THAT(ages.out, HasSubstr("\n1,2026-11-23T02:00:00"));
  EXPECT_THAT(
      read_text(directory_ / "runs" /
                fs::path(listed["runs"].back()["directory"].get<std::string>()).filename() / "missing.csv"),
      HasSubstr("\n1,,,,2026-11-23T02:00:00"));

  if (run_process("sh", {"-c", "command -v promtool"}).exit_code != 0)
    GTEST_SKIP() << "NOT TESTED: no promtool; run scripts/setup";
  expect_alerts({{at(monday, 3), {}},
                 {at(tuesday, 3), {"FirmqueryNewMissing", "FirmqueryThreshold"}},
                 {at(wednesday, 3), {}},
                 {at(thursday, 5), {"FirmqueryNoSuccess", "FirmqueryNotStarted"}},
                 {at(friday, 3, 50), {"FirmqueryNoSuccess"}},
                 {at(friday, 6), {}},
                 {at(saturday, 4), {"FirmqueryPartial"}},
                 {at(saturday, 13), {}},
                 {at(sunday, 3), {"FirmqueryRefusedForTime"}},
                 {at(sunday, 7), {"FirmqueryNeedsAPerson"}},
                 {at(sunday, 15), {"FirmqueryNeedsAPerson", "FirmqueryNoSuccess"}},
                 {at(next_monday, 3), {}}});
}

}  // namespace
}  // namespace firmquery::test

// A job of every night, whose table changes by day: what each run says of the one before it.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "firmquery/core/csv.hpp"
#include "firmquery/history/diff.hpp"
#include "firmquery/output/xlsx_reader.hpp"
#include "integration/run_case.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Json = nlohmann::json;

struct Age {
  std::string since;
  std::uint64_t runs = 0;
  friend bool operator==(const Age&, const Age&) = default;
};

class SinceLastRun : public ::testing::Test {
 protected:
  void SetUp() override {
    shared_server().execute(
        "drop table if exists moving; create table moving (firm_root_id bigint primary key, n int); "
        "insert into moving select n, n from generate_series(1, 40) n; analyze moving");
    directory_.write("firms.sql",
                     "select firm_root_id, n from moving where firm_root_id in ({ID_PLACEHOLDER})");
    directory_.write("ids.csv", numbers(1, 50));
    directory_.write("job.yaml",
                     "input:\n  ids: ids.csv\nquery:\n  file: firms.sql\n"
                     "output:\n  default_directory: runs\n  filename_pattern: \"firms_{timestamp}\"\n");
  }
  ProcessOptions here() const {
    ProcessOptions options;
    options.directory = directory_.path();
    options.environment = {{"FIRMQUERY_DSN", shared_server().dsn()}};
    return options;
  }
  ProcessResult firmquery(const std::vector<std::string>& words) const {
    return run_process(FIRMQUERY_BINARY, words, here());
  }
  ProcessResult night(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"run", "job.yaml", "--resume", "--json", "--progress", "never"};
    words.insert(words.end(), more.begin(), more.end());
    const auto before = runs();
    ProcessResult result = firmquery(words);
    for (const std::string& name : runs()) {
      if (!before.contains(name)) last_ = name;
    }
    report_ = Json::parse(result.out, nullptr, false);
    return result;
  }
  std::set<std::string> runs() const {
    std::set<std::string> names;
    std::error_code none_yet;
    for (const auto& entry : fs::directory_iterator(directory_ / "runs", none_yet))
      if (entry.is_directory()) names.insert(entry.path().filename().string());
    return names;
  }
  std::string read_at() const { return report_["readings"][0]["started_at"]; }
  std::map<std::string, Age> ages() const {
    return ages_in(read_text(directory_ / ("runs/" + last_ + "/missing.csv")));
  }
  static std::map<std::string, Age> ages_in(const std::string& text) {
    std::map<std::string, Age> ages;
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "firm_root_id,suggestion,rule,matches,first_missing,runs_missing");
    while (std::getline(lines, line)) {
      const auto fields = csv_fields(line);
      if (!fields || fields->size() != 6) throw std::runtime_error("not a line of missing.csv: " + line);
      ages[fields->at(0)] = {fields->at(4), std::stoull(fields->at(5))};
    }
    return ages;
  }
  // What `history` says of the same.
  std::map<std::string, Age> ages_of_history() const {
    const ProcessResult result = firmquery({"history", "job.yaml", "--ages"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::map<std::string, Age> ages;
    std::istringstream lines(result.out);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      const auto fields = csv_fields(line);
      if (!fields || fields->size() != 3) throw std::runtime_error("not an age: " + line);
      ages[fields->at(0)] = {fields->at(1), std::stoull(fields->at(2))};
    }
    return ages;
  }
  void expect_verified() const {
    const ProcessResult result = firmquery({"verify", "runs/" + last_});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  }

  const TempDir directory_;
  std::string last_;
  Json report_;
};

TEST_F(SinceLastRun, IsKnownWhenTheRunEnds) {
  const std::vector<std::string> thresholds = {"--fail-on", "new>2",   "--fail-on",      "resolved>40%",
                                               "--fail-on", "age>2",   "--metrics-file", "nightly.prom",
                                               "--format",  "csv,xlsx"};
  ProcessResult result = night(thresholds);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(
      result.err,
      HasSubstr(
          "there is no earlier complete run to compare with, so new>2, resolved>40%, age>2 check nothing"));
  EXPECT_FALSE(report_.contains("history"));
  const std::string first = read_at(), first_run = last_;
  ASSERT_EQ(ages().size(), 10u);
  for (const auto& [id, age] : ages()) EXPECT_EQ(age, (Age{first, 1})) << id;
  EXPECT_THAT(read_text(directory_ / "nightly.prom"), Not(HasSubstr("firmquery_new_missing_ids")));

  // Three go, one comes.
  shared_server().execute(
      "delete from moving where firm_root_id in (1, 2, 3); insert into moving values (41, 41)");
  result = night(thresholds);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("threshold breached: new>2: 3 of 50 (6.00 %)"));
  EXPECT_THAT(result.err, Not(HasSubstr("breached: resolved")));
  EXPECT_THAT(result.err, HasSubstr(": 3 new, 1 resolved; the oldest has been missing for 2 runs, since "));
  const Json& history = report_["history"];
  EXPECT_EQ(history["since"]["directory"], first_run);
  EXPECT_EQ(history["since"]["read_at"], first);
  EXPECT_EQ(history["since"]["missing"], 10);
  EXPECT_EQ(history["new"], 3);
  EXPECT_EQ(history["resolved"], 1);
  EXPECT_EQ(history["persisting"], 9);
  EXPECT_EQ(history["added"], 0);
  EXPECT_EQ(history["not_asked"], 0);
  EXPECT_EQ(history["oldest_first_missing"], first);
  EXPECT_EQ(history["oldest_runs_missing"], 2);
  const std::string second = read_at();
  EXPECT_EQ(ages().at("1"), (Age{second, 1}));
  EXPECT_EQ(ages().at("50"), (Age{first, 2}));
  EXPECT_EQ(ages_of_history(), ages());
  expect_verified();
  EXPECT_THAT(read_text(directory_ / "nightly.prom"),
              AllOf(HasSubstr("\nfirmquery_new_missing_ids 3\n"), HasSubstr("\nfirmquery_resolved_ids 1\n"),
                    HasSubstr("\nfirmquery_oldest_missing_timestamp_seconds ")));
  const std::string page = read_text(directory_ / ("runs/" + last_ + "/report.html"));
  EXPECT_THAT(page, AllOf(HasSubstr("Since the last run"), HasSubstr("Missing since"), HasSubstr(first_run)));

  // Another list, and the directory that the ages go back to is gone; the results have another format.
  fs::remove_all(directory_ / ("runs/" + first_run));
  directory_.write("ids.csv", numbers(2, 49) + numbers(60, 61));
  shared_server().execute("insert into moving values (2, 2); delete from moving where firm_root_id = 10");
  result = night(thresholds);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err,
              HasSubstr("threshold breached: age>2: the oldest has been missing for 3 runs, since " + first));
  EXPECT_THAT(result.err, HasSubstr(": 1 new, 1 resolved, 2 missing of those added to the list; "));
  EXPECT_EQ(report_["history"]["new"], 1);
  EXPECT_EQ(report_["history"]["resolved"], 1);
  EXPECT_EQ(report_["history"]["persisting"], 9);  // 3 and 42 to 49
  EXPECT_EQ(report_["history"]["added"], 2);
  EXPECT_EQ(report_["history"]["not_asked"], 2);  // 1 and 50
  EXPECT_EQ(ages().at("49"), (Age{first, 3}));
  EXPECT_EQ(ages().at("3"), (Age{second, 2}));
  EXPECT_EQ(ages().at("60").runs, 1u);
  EXPECT_EQ(ages_of_history(), ages());
  expect_verified();

  // What comes back begins anew, and a workbook says the same.
  const std::string third = read_at(), third_run = last_;
  shared_server().execute("delete from moving where firm_root_id = 2; insert into moving values (49, 49)");
  ASSERT_EQ(night({"--format", "csv,xlsx"}).exit_code, 0);
  EXPECT_EQ(ages().at("2").runs, 1u);
  EXPECT_EQ(ages().at("10"), (Age{third, 2}));
  const auto workbook = XlsxWorkbook::open(directory_ / ("runs/" + last_ + "/results.xlsx"));
  ASSERT_TRUE(workbook) << workbook.error().to_string();
  std::size_t sheet = 0;
  while (sheet < workbook->sheets().size() && workbook->sheets()[sheet].name != "Missing") ++sheet;
  auto rows = workbook->rows(sheet);
  ASSERT_TRUE(rows) << rows.error().to_string();
  std::map<std::string, Age> of_workbook;
  for (auto more = rows->next(); more && *more; more = rows->next()) {
    std::map<std::uint32_t, std::string> cells;
    for (const XlsxCell& cell : rows->cells()) cells[cell.column] = cell.text;
    if (rows->row() == 0) {
      EXPECT_EQ(cells[4] + "," + cells[5], "first_missing,runs_missing");
    } else {
      of_workbook[cells[0]] = {cells[4], std::stoull(cells[5])};
    }
  }
  EXPECT_EQ(of_workbook, ages());
  // What the run before has found and this one has not, and an earlier one had not either, is reopened.
  const ProcessResult diff = firmquery({"diff", "runs/" + third_run, "runs/" + last_, "--json"});
  ASSERT_EQ(diff.exit_code, 0) << diff.err;
  EXPECT_EQ(Json::parse(diff.out)["missing"]["new"], 1);
  EXPECT_EQ(Json::parse(diff.out)["missing"]["reopened"], 1) << diff.out << diff.err;
}

TEST_F(SinceLastRun, AcceptedMissesAreAcceptedUntilTheirEnd) {
  ASSERT_EQ(night().exit_code, 0);
  const std::string first = read_at();
  ProcessResult written = firmquery({"history", "job.yaml", "--ages", "--accept-until", "2099-12-31"});
  ASSERT_EQ(written.exit_code, 0) << written.err;
  EXPECT_THAT(written.out, HasSubstr("firm_root_id,until,first_missing\n41,2099-12-31," + first + "\n"));
  // One has expired, and one is not in it.
  std::string text = written.out;
  text.replace(text.find("42,2099-12-31"), 13, "42,2020-12-31");
  text.erase(text.find("50,"));
  directory_.write("baseline.csv", text);

  ProcessResult result = night({"--fail-on", "missing>0", "--baseline", "baseline.csv"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err,
              HasSubstr("10 missing, 8 of them accepted by baseline.csv (1 acceptance has expired)"));
  EXPECT_THAT(result.err, HasSubstr("threshold breached: missing>0: 2 of 50"));
  EXPECT_EQ(report_["baseline"]["accepted"], 8);
  EXPECT_EQ(report_["baseline"]["expired"], 1);
  EXPECT_EQ(report_["result"]["missing"], 10);
  EXPECT_EQ(ages().size(), 10u);
  EXPECT_EQ(night({"--fail-on", "missing>2", "--fail-on", "age>3", "--baseline", "baseline.csv"}).exit_code,
            0);

  // It comes back, and goes again: that is another miss.
  shared_server().execute("insert into moving values (41, 41)");
  ASSERT_EQ(night({"--fail-on", "missing>2", "--baseline", "baseline.csv"}).exit_code, 0);
  EXPECT_EQ(report_["history"]["resolved"], 1);
  shared_server().execute("delete from moving where firm_root_id = 41");
  result = night({"--fail-on", "new>0", "--baseline", "baseline.csv"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_EQ(report_["baseline"]["returned"], 1);
  EXPECT_EQ(report_["baseline"]["new"], 1);
  EXPECT_THAT(result.err, HasSubstr("1 acceptance has expired, 1 had come back since"));
  // Without an episode it is accepted.
  text.replace(text.find("41,2099-12-31," + first), 14 + first.size(), "41,2099-12-31,");
  directory_.write("baseline.csv", text);
  shared_server().execute("insert into moving values (41, 41)");
  ASSERT_EQ(night().exit_code, 0);
  shared_server().execute("delete from moving where firm_root_id = 41");
  EXPECT_EQ(night({"--fail-on", "new>0", "--baseline", "baseline.csv"}).exit_code, 0);
  EXPECT_EQ(report_["history"]["new"], 1);
  EXPECT_EQ(report_["baseline"]["new"], 0);

  // In a directory of its own, too.
  result = firmquery({"run", "job.yaml", "--out", "alone", "--fail-on", "missing>2", "--baseline",
                      "baseline.csv", "--progress", "never"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(read_text(directory_ / "alone/missing.csv"), Not(HasSubstr("first_missing")));
}

TEST_F(SinceLastRun, WhatCannotBeComparedIsRefusedBeforeItBegins) {
  directory_.write("baseline.csv", "firm_root_id,until\n41,\n");
  ProcessResult result = night({"--baseline", "baseline.csv"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("baseline.csv:2: 41 is accepted without an end"));
  EXPECT_THAT(runs(), IsEmpty());
  result = night({"--baseline", "absent.csv"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("cannot read the baseline"));
  result = firmquery({"run", "job.yaml", "--out", "alone", "--fail-on", "age>7d"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("age>7d compares a run with the one before"), HasSubstr("leave --out out")));
  EXPECT_FALSE(fs::exists(directory_ / "alone"));
  result = firmquery({"history", "job.yaml", "--accept-until", "2026-12-31"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("give --ages, too"));
  result = firmquery({"history", "job.yaml", "--ages", "--accept-until", "soon"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("\"soon\" is no time"));
}

// `resume` names a directory, but the run stays one of its job.
TEST_F(SinceLastRun, ARunThatIsGoneOnWithIsComparedToo) {
  ASSERT_EQ(night().exit_code, 0);
  const std::string first = read_at();
  shared_server().execute("delete from moving where firm_root_id = 5");
  for (const bool by_name : {true, false}) {
    const auto before = runs();
    Process process = Process::start(FIRMQUERY_BINARY,
                                     {"run", "job.yaml", "--fail-on", "new>0", "--strategy", "in-list",
                                      "--chunk-size", "1", "--pace", "10", "--quiet"},
                                     here());
    for (bool read = false; !read;) {
      for (const std::string& name : runs()) {
        if (before.contains(name)) continue;
        last_ = name;
        const auto journal = read_file(directory_ / ("runs/" + name + "/journal.jsonl"));
        read = journal && journal->find("\"unit\"") != std::string::npos;
      }
      if (!read) {
        ASSERT_FALSE(process.wait(5ms)) << process.err();
      }
    }
    process.signal(SIGKILL);
    process.wait(10min);
    const ProcessResult result =
        by_name ? firmquery({"resume", "runs/" + last_, "--json", "--pace", "1000000"})
                : firmquery({"run", "job.yaml", "--fail-on", "new>0", "--resume", "--json"});
    report_ = Json::parse(result.out, nullptr, false);
    ASSERT_TRUE(report_.contains("history")) << result.err;
    EXPECT_EQ(result.exit_code, by_name ? 1 : 0) << result.err;
    EXPECT_EQ(report_["history"]["new"], by_name ? 1 : 0);
    EXPECT_EQ(report_["starts"].size(), 2u);
    EXPECT_EQ(ages().at("50"), (Age{first, by_name ? 2u : 3u}));
    EXPECT_EQ(ages().at("5").runs, by_name ? 1u : 2u);
    EXPECT_EQ(runs().size(), before.size() + 1);
  }
}

TEST_F(SinceLastRun, ARunThatCannotBeReadIsAWarning) {
  ASSERT_EQ(night().exit_code, 0);
  write_text(directory_ / ("runs/" + last_ + "/missing.csv"), "something else\n");
  const ProcessResult result = night({"--fail-on", "new>0"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("ages begin anew"));
  EXPECT_THAT(report_["warnings"].dump(), HasSubstr("ages begin anew"));
  EXPECT_EQ(ages().at("50"), (Age{read_at(), 1}));
  ASSERT_EQ(night().exit_code, 0);
  EXPECT_EQ(ages().at("50").runs, 2u);
}

}  // namespace
}  // namespace firmquery::test

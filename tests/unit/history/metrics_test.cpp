#include "firmquery/history/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Report complete() {
  Report report;
  report.status = "complete";
  report.input = {1010, 1, 1, 1005, 3, 5, 1000, {}};
  report.result.rows = 1200;
  report.result.found = 943;
  report.result.missing = 57;
  report.history =
      HistoryReport{{"20270114T020000Z-0a1b2c", "firms_20270114T020000Z", "2027-01-14T02:00:01.250Z", 59},
                    3,
                    5,
                    54,
                    0,
                    0,
                    "2026-11-18T02:00:00.500Z",
                    12};
  report.baseline = BaselineReport{"baseline.csv", 60, 50, 3, 0, 7, 3, "2026-12-20T02:00:00.500Z", 4};
  report.retries = 2;
  report.timing = {0.25, 0.5, 1.5, 0.125, 2.5};
  report.statements = {12, 0.75, 0.25, 0.5};
  report.peak_rss_bytes = 40'000'000;
  report.starts.resize(1);
  report.starts[0].retried_for = {{"40001", "transient", 2, "restart transaction"},
                                  {"", "transient", 1, "lost"}};
  report.estimate = EstimateReport{"history", 2.25, 5, 1000};
  report.left = {3600, 14'000};
  return report;
}

JobEnd end_of(const Report& report) {
  return {"nightly", 1'800'000'000.5, 0, false, 0, &report};
}

TEST(Metrics, OfAStartThatWasRefusedForTimeKeepTheRest) {
  const Report report = complete();
  JobEnd end{"nightly", 1'800'086'400, 4, false, 0, nullptr};
  end.refused_for_time = true;
  const std::string now = metrics_text(end, metrics_text(end_of(report), ""));
  EXPECT_THAT(now, HasSubstr("firmquery_refused_for_time{job=\"nightly\"} 1\n"));
  EXPECT_THAT(now, HasSubstr("firmquery_gc_window_left_seconds{job=\"nightly\"} 14000\n"));
  EXPECT_THAT(metrics_text(end_of(report), now),
              HasSubstr("firmquery_refused_for_time{job=\"nightly\"} 0\n"));
}

TEST(Metrics, WithoutATicketOrAWindowHaveNone) {
  Report report = complete();
  const std::string with = metrics_text(end_of(report), "");
  EXPECT_THAT(with, HasSubstr("firmquery_ticket_left_seconds{job=\"nightly\"} 3600\n"));
  report.left = {};
  report.estimate = EstimateReport{};
  const std::string without = metrics_text(end_of(report), with);
  for (const char* name : {"ticket_left", "gc_window_left", "estimated_duration"})
    EXPECT_THAT(without, Not(HasSubstr(name)));
}

// The file that the lint of rules and dashboard goes by.
TEST(Metrics, AreThoseOfTheDocumentation) {
  const Report report = complete();
  const std::string path = FIRMQUERY_SOURCE_DIR "/docs/operations/prometheus/example.prom";
  const std::string text = metrics_text(end_of(report), "");
  if (std::getenv("FIRMQUERY_UPDATE_GOLDENS") != nullptr) test::write_text(path, text);
  EXPECT_EQ(test::read_text(path), text);
}

TEST(Metrics, KeepTheLastSuccessOfAJobThatFails) {
  const Report report = complete();
  const std::string then = metrics_text(end_of(report), "");
  Report failed;
  failed.status = "partial";
  failed.result.unresolved = 4;
  failed.result.missing = 99;
  JobEnd end{"nightly", 1'800'086'400, 4, false, 0, &failed};
  const std::string now = metrics_text(end, then);
  EXPECT_THAT(now, HasSubstr("firmquery_last_attempt_exit_code{job=\"nightly\"} 4\n"));
  EXPECT_THAT(now, HasSubstr("firmquery_last_attempt_timestamp_seconds{job=\"nightly\"} 1800086400\n"));
  EXPECT_THAT(now, HasSubstr("firmquery_last_success_timestamp_seconds{job=\"nightly\"} 1800000000.5\n"));
  EXPECT_THAT(now, HasSubstr("firmquery_missing_ids{job=\"nightly\"} 57\n"));
  EXPECT_THAT(now, HasSubstr("firmquery_unresolved_ids{job=\"nightly\"} 4\n"));
  // A start that never began says nothing about the run before it.
  end.report = nullptr;
  end.exit_code = 7;
  end.skipped = true;
  const std::string later = metrics_text(end, now);
  EXPECT_THAT(later, HasSubstr("firmquery_last_attempt_skipped{job=\"nightly\"} 1\n"));
  EXPECT_THAT(later, HasSubstr("firmquery_unresolved_ids{job=\"nightly\"} 4\n"));
  EXPECT_THAT(later, HasSubstr("phase=\"query\"} 1.5\n"));
  EXPECT_THAT(later, HasSubstr("firmquery_new_missing_ids{job=\"nightly\"} 3\n"));
  // And a success replaces everything.
  EXPECT_EQ(metrics_text(end_of(report), later), then);
}

TEST(Metrics, OfARunThatNothingCanBeComparedWithHaveNoChanges) {
  Report report = complete();
  const std::string then = metrics_text(end_of(report), "");
  EXPECT_THAT(then, HasSubstr("firmquery_oldest_missing_timestamp_seconds{job=\"nightly\"} 1794967200.5\n"));
  report.history.reset();
  report.baseline.reset();
  const std::string now = metrics_text(end_of(report), then);
  for (const char* name : {"new_missing", "firmquery_resolved", "oldest", "accepted"})
    EXPECT_THAT(now, Not(HasSubstr(name)));
  // And where nothing is missing, nothing is the oldest.
  report.history.emplace();
  EXPECT_THAT(metrics_text(end_of(report), then), Not(HasSubstr("oldest_missing_timestamp_seconds")));
}

TEST(Metrics, OfAJobThatHasNeverSucceededHaveNoSuccess) {
  const std::string text = metrics_text({"", 1, 2, false, 0, nullptr}, "not metrics at all\n\x01{{{");
  EXPECT_THAT(text, HasSubstr("firmquery_last_attempt_exit_code 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("success")));
  EXPECT_THAT(text, Not(HasSubstr("job=")));
}

TEST(Metrics, EscapeTheJob) {
  EXPECT_THAT(metrics_text({"a\"b\\c\nd", 1, 2, false, 0, nullptr}, ""),
              HasSubstr("{job=\"a\\\"b\\\\c\\nd\"}"));
}

TEST(Metrics, AreAFileThatEverybodyMayRead) {
  const test::TempDir directory;
  const auto file = directory / "nightly.prom";
  const Report report = complete();
  ASSERT_TRUE(write_metrics(file, end_of(report)));
  ASSERT_TRUE(write_metrics(file, {"nightly", 1'800'086'400, 4, false, 0, nullptr}));
  EXPECT_THAT(test::read_text(file), HasSubstr("firmquery_found_ids{job=\"nightly\"} 943\n"));
  struct stat status = {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644u);
  EXPECT_FALSE(write_metrics(directory / "absent/nightly.prom", end_of(report)));
}

}  // namespace
}  // namespace firmquery

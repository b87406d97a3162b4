#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../orchestrator/cli/messages.hpp"
#include "../orchestrator/cli/progress_display.hpp"
#include "../orchestrator/cli/summary.hpp"

namespace firmquery::cli {
namespace {

TEST(Messages, Numbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(byte_count(1023), "1023 B");
  EXPECT_EQ(byte_count(1536), "1.5 KiB");
  EXPECT_EQ(byte_count(3ull << 30), "3.0 GiB");
}

TEST(ProgressText, NamesWhatIsLeft) {
  ProgressSample sample;
  sample.phase = Phase::querying;
  sample.ids_total = 1'000'000;
  sample.ids_done = 250'000;
  sample.rows = 200'000;
  sample.phase_s = 2.0;
  EXPECT_EQ(progress_text(sample),
            "querying  25.0 %  250,000/1,000,000 IDs  6 s left  200,000 rows  100,000/s");
  EXPECT_LT(progress_text(sample).size(), 80u);
  sample.retries = 3;
  EXPECT_NE(progress_text(sample).find("  3 retries"), std::string::npos);
}

TEST(ProgressText, NothingDoneYet) {
  ProgressSample sample;
  sample.phase = Phase::querying;
  EXPECT_EQ(progress_text(sample), "querying  0.0 %  0/0 IDs  0 rows");
}

TEST(ProgressLine, HasABarWhereItFits) {
  ProgressSample sample;
  sample.phase = Phase::loading;
  sample.ids_total = 4;
  sample.ids_loaded = 1;
  EXPECT_EQ(progress_line(sample, 100).substr(0, 26), "[######..................]");
  EXPECT_EQ(progress_line(sample, 30), progress_text(sample));
  sample.ids_loaded = 9;  // counters are read one by one and may be ahead of the total
  EXPECT_EQ(progress_line(sample, 100).substr(0, 26), "[########################]");
  sample.phase = Phase::cleaning;
  EXPECT_EQ(progress_line(sample, 100), progress_text(sample));
}

TEST(ProgressJson, IsOneLineOfJson) {
  ProgressSample sample;
  sample.phase = Phase::loading;
  sample.ids_loaded = 7;
  const std::string text = progress_json(sample);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto object = nlohmann::json::parse(text);
  EXPECT_EQ(object.at("phase"), "loading");
  EXPECT_EQ(object.at("ids_loaded"), 7);
}

TEST(RunSummary, HoldsEveryFigure) {
  Job job;
  RunOutcome outcome;
  outcome.out = "results";
  Report& report = outcome.report;
  report.run_id = "RUN";
  report.status = "complete";
  report.dialect = "postgresql";
  report.server_version = "15.18";
  report.server = "db:5432/production";
  report.strategy = "temp-table";
  report.strategy_reason = "because";
  report.connections = 2;
  report.input = {20, 1, 1, 17, 1, 2, 15, {}};
  report.result.rows = 12;
  report.result.found = 11;
  report.result.missing = 4;
  report.timing.total_s = 2;
  report.files = {{"results.csv", 12, 345, ""}};
  report.warnings = {"something was odd"};
  outcome.profile.problems = {{"scientific", 1}};
  outcome.profile.suspicions = {"zeros were lost"};
  const std::string text = run_summary(job, outcome);
  for (const char* part :
       {"RUN: complete", "lines       20", "rejected     1   scientific 1", "unique      15",
        "found       11", "missing      4", "postgresql 15.18 at db:5432/production, 2 connections",
        "temp-table: because", "files in results:", "results.csv  12 rows   345 B", "zeros were lost",
        "something was odd"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find("unresolved"), std::string::npos);
}

}  // namespace
}  // namespace firmquery::cli

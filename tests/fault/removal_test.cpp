// kill -9 while older runs are removed, and while the index is written: no half of a run is ever taken for one, and the next
// command makes an end of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "firmquery/output/run_directory.hpp"
#include "support/made_run.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

#ifndef FIRMQUERY_FAULT_LAYER
#define FIRMQUERY_FAULT_LAYER ""
#endif

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class KilledRemoval : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::string(FIRMQUERY_FAULT_LAYER).empty())
      GTEST_SKIP() << "NOT TESTED under a sanitizer: its runtime must come before a preloaded library";
    directory.write("nightly.yaml",
                    "query: {key: id}\noutput: {default_directory: runs, filename_pattern: n}\n");
    fs::create_directory(directory / "runs");
    for (const int night : {1, 2, 3}) add(night);
  }
  void add(int night) {
    MadeRun run;
    run.job_file = directory / "nightly.yaml";
    run.pattern = "n";
    run.run_id = "2026010" + std::to_string(night) + "T020000Z-0a1b2c";
    run.read_at = "2026-01-0" + std::to_string(night) + "T02:00:00.000Z";
    run.missing = {"1"};
    const fs::path path = directory / ("runs/night" + std::to_string(night));
    write_run(path, run, random);
    Manifest manifest;
    manifest.run_id = run.run_id;
    for (const auto& entry : fs::directory_iterator(path))
      manifest.files.push_back({entry.path().filename().string(), 0, 1, std::string(64, 'a')});
    ASSERT_TRUE(write_manifest(path, manifest));
  }
  // Killed at the call that the fault layer holds.
  void kill_at(const std::string& call) {
    ProcessOptions options;
    options.directory = directory.path();
    options.death_signal = SIGKILL;
    options.environment = {{"LD_PRELOAD", FIRMQUERY_FAULT_LAYER},
                           {"FIRMQUERY_FAULT", call},
                           {"FIRMQUERY_FAULT_FIRED", directory / "fired"}};
    Process process =
        Process::start(FIRMQUERY_BINARY, {"history", "nightly.yaml", "--keep-runs", "1"}, options);
    while (!fs::exists(directory / "fired"))
      ASSERT_FALSE(process.wait(std::chrono::milliseconds(2))) << call << ": " << process.err();
    process.signal(SIGKILL);
    process.wait(std::chrono::minutes(1));
    fs::remove(directory / "fired");
  }
  ProcessResult history(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"history", "nightly.yaml"};
    words.insert(words.end(), more.begin(), more.end());
    ProcessOptions options;
    options.directory = directory.path();
    return run_process(FIRMQUERY_BINARY, words, options);
  }
  // The runs that are there, by the program's own words.
  std::vector<std::string> listed() const {
    const ProcessResult result = history({"--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<std::string> names;
    const auto json = nlohmann::json::parse(result.out);
    for (const auto& run : json["runs"]) {
      if (run["removed"] == false) names.push_back(fs::path(run["directory"].get<std::string>()).filename());
    }
    return names;
  }
  void expect_finished() {
    const ProcessResult result = history({"--keep-runs", "1"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    std::set<std::string> there;
    for (const auto& entry : fs::directory_iterator(directory / "runs"))
      there.insert(entry.path().filename().string());
    EXPECT_EQ(there, (std::set<std::string>{"history.jsonl", "night3"}));
    EXPECT_THAT(listed(), ElementsAre("night3"));
  }

  TempDir directory;
  Random random{1};
};

// The first run has its hidden name, and nothing in it is gone yet.
TEST_F(KilledRemoval, BehindTheNewName) {
  kill_at("sync:1:HOLD:/runs");
  EXPECT_TRUE(fs::exists(directory / "runs/.night1.removed/manifest.json"));
  EXPECT_THAT(listed(), ElementsAre("night2", "night3"));
  expect_finished();
}

TEST_F(KilledRemoval, BeforeAndBehindTheLineOfTheIndex) {
  kill_at("write:1:HOLD:/history.jsonl");
  EXPECT_THAT(listed(), ElementsAre("night2", "night3"));
  add(1);
  fs::remove_all(directory / "runs/.night1.removed");
  kill_at("sync:1:HOLD:/history.jsonl");
  EXPECT_THAT(read_text(directory / "runs/history.jsonl"), HasSubstr("night1"));
  EXPECT_THAT(listed(), ElementsAre("night2", "night3"));
  expect_finished();
}

// The first of two is gone with all its files; then the second has its hidden name.
TEST_F(KilledRemoval, BetweenTwoRuns) {
  kill_at("sync:3:HOLD:/runs");  // the new name, the index, the directory that is gone
  EXPECT_FALSE(fs::exists(directory / "runs/.night1.removed"));
  EXPECT_THAT(listed(), ElementsAre("night2", "night3"));
  kill_at("sync:1:HOLD:/history.jsonl");
  EXPECT_THAT(listed(), ElementsAre("night3"));
  expect_finished();
}

}  // namespace
}  // namespace firmquery::test

// Several formats out of one run, which is killed or loses its disk in the middle of writing one of them: what goes on
// ends with the bytes of a run that nobody disturbed, and nothing half written ever has a final name.
#include "fault/fault_case.hpp"

namespace firmquery::test {
namespace {

#ifndef FIRMQUERY_FAULT_LAYER
#define FIRMQUERY_FAULT_LAYER ""
#endif

using std::chrono::milliseconds;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const std::vector<std::string> kFiles = {"results.csv", "results.tsv", "results.jsonl", "results.xlsx",
                                         "merged.csv",  "merged.tsv",  "merged.xlsx"};

class FaultFormats : public FaultCase {
 protected:
  void SetUp() override {
    if (*FIRMQUERY_FAULT_LAYER == '\0')
      GTEST_SKIP() << "NOT TESTED under a sanitizer: its runtime must come before a preloaded library";
    strategy_ = "temp-table";
  }

  std::vector<std::string> command() {
    return arguments(server().dsn(), {"--format", "csv,tsv,jsonl,xlsx", "--connections", "1", "--merge"});
  }

  // Every file of the results, as a run without faults has them.
  std::vector<std::string> undisturbed_files() {
    static const std::vector<std::string> files = [this] {
      out_ = directory_ / "whole";
      expect_complete(run(command()));
      return files_of(out());
    }();
    return files;
  }

  static std::vector<std::string> files_of(const fs::path& directory) {
    std::vector<std::string> contents;
    for (const std::string& name : kFiles) contents.push_back(read_text(directory / name));
    return contents;
  }

  void expect_same_files() {
    const auto expected = undisturbed_files();
    const auto found = files_of(out());
    for (std::size_t i = 0; i < kFiles.size(); ++i) EXPECT_TRUE(found[i] == expected[i]) << kFiles[i];
    expect_verified();
  }

  Process start_with(const std::string& fault, const fs::path& mark) {
    ProcessOptions options;
    options.environment = {
        {"LD_PRELOAD", FIRMQUERY_FAULT_LAYER}, {"FIRMQUERY_FAULT", fault}, {"FIRMQUERY_FAULT_FIRED", mark}};
    options.death_signal = SIGKILL;
    return Process::start(FIRMQUERY_BINARY, command(), options);
  }
};

TEST_F(FaultFormats, KilledInTheMiddleOfEach) {
  undisturbed_files();
  for (const std::string held :
       {"write:2:HOLD:results.csv", "write:2:HOLD:results.tsv", "write:2:HOLD:results.jsonl",
        "write:1:HOLD:results.xlsx", "write:3:HOLD:results.xlsx", "rename:1:HOLD:results.xlsx",
        "write:2:HOLD:merged.csv", "write:1:HOLD:merged.xlsx", "rename:1:HOLD:merged.xlsx",
        "write:1:HOLD:/.firmquery"}) {
    SCOPED_TRACE(held);
    out_ = directory_ / "killed";
    fs::remove_all(out());
    const fs::path mark = directory_ / "held";
    Process process = start_with(held, mark);
    while (!fs::exists(mark)) ASSERT_FALSE(process.wait(milliseconds(1))) << process.err();
    ASSERT_TRUE(process.signal(SIGKILL));
    process.wait(milliseconds(60'000));
    fs::remove(mark);
    const std::string cut = held.substr(held.rfind(':') + 1);
    EXPECT_FALSE(fs::exists(out() / cut));
    EXPECT_FALSE(fs::exists(out() / "manifest.json"));
    const Ended resumed = resume();
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    expect_same_files();
    for (const auto& entry : fs::directory_iterator(out()))
      EXPECT_THAT(entry.path().filename().string(), ::testing::Not(::testing::EndsWith(".part")));
  }
}

TEST_F(FaultFormats, WithoutRoomForOneOfThem) {
  undisturbed_files();
  for (const std::string fault :
       {"write:2:ENOSPC:results.xlsx", "sync:1:EIO:results.xlsx", "write:2:ENOSPC:merged.csv",
        "sync:1:EIO:merged.xlsx", "write:1:ENOSPC:/.firmquery"}) {
    SCOPED_TRACE(fault);
    out_ = directory_ / "full";
    fs::remove_all(out());
    Process process = start_with(fault, directory_ / "fired");
    const auto code = process.wait(milliseconds(600'000));
    ASSERT_TRUE(code);
    EXPECT_NE(*code, 0);
    const std::string name = fault.substr(fault.find_last_of(":/") + 1);
    EXPECT_THAT(flat(process.err()), HasSubstr(name.starts_with('.') ? "the index of rows" : name));
    EXPECT_FALSE(fs::exists(out() / name));
    for (const std::string& file : kFiles) {
      EXPECT_FALSE(fs::exists(out() / file)) << file;
      EXPECT_FALSE(fs::exists(out() / ("." + file + ".part"))) << file;
    }
    fs::remove(directory_ / "fired");
    const Ended resumed = resume();
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    expect_same_files();
  }
}

}  // namespace
}  // namespace firmquery::test

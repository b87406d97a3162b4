// The machine has no threads or no memory left: a run ends with its report and its exit code, and can be
// resumed.
#include <nlohmann/json.hpp>

#include "fault/fault_case.hpp"

namespace firmquery::test {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;

// A sanitizer wants to be loaded first, and terabytes of addresses.
#ifdef FIRMQUERY_NO_THREADS

class Resources : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string ids;
    for (long n = 1; n <= 3 * kFirms; ++n) ids += std::to_string(n) + "\n";
    directory_.write("ids.csv", ids);
    directory_.write("firms.sql",
                     "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})");
  }
  // Started by a shell that first says `limits`.
  ProcessResult run(const std::string& limits,
                    const std::map<std::string, std::optional<std::string>>& environment,
                    const std::string& strategy = "staging-table") const {
    ProcessOptions options;
    options.directory = directory_.path();
    options.environment = environment;
    return run_process("/bin/sh",
                       {"-c", limits + " exec \"$0\" \"$@\"", FIRMQUERY_BINARY, "run", "--ids", "ids.csv",
                        "--query", "firms.sql", "--out", "out", "--resume", "--strategy", strategy,
                        "--max-retries", "0", "--progress", "never", "--dsn", fault_server().dsn()},
                       options);
  }
  // Either the run went well, or it says that it did not, in its report as well.
  void expect_an_end(const ProcessResult& result, const std::string& when) const {
    EXPECT_THAT(result.exit_code, AnyOf(Eq(0), Eq(4))) << when << result.err;
    if (result.exit_code == 0) return;
    EXPECT_THAT(result.err, HasSubstr("firmquery: error: ")) << when;
    std::error_code ignored;
    const auto report = directory_ / "out/report.json";
    if (!std::filesystem::exists(report, ignored)) return;
    EXPECT_EQ(nlohmann::json::parse(read_text(report))["status"], "failed") << when;
  }

  const TempDir directory_;
};

TEST_F(Resources, NoMoreThreads) {
  bool reported = false, finished = false;
  for (int thread = 1; !finished; ++thread) {
    ASSERT_LT(thread, 40);
    const ProcessResult result =
        run("", {{"LD_PRELOAD", FIRMQUERY_NO_THREADS}, {"FAIL_THREAD", std::to_string(thread)}});
    expect_an_end(result, "thread " + std::to_string(thread) + ": ");
    finished = result.exit_code == 0;
    std::error_code ignored;
    reported = reported || (!finished && std::filesystem::exists(directory_ / "out/report.json", ignored));
    // Also what the run had made on the server is gone.
    EXPECT_EQ(fault_server().value("select count(*) from pg_class where relname like 'firmquery_staging%'"),
              "0");
  }
  EXPECT_TRUE(reported);
  EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", (directory_ / "out").string()}).exit_code, 0);
}

TEST_F(Resources, NoMoreMemory) {
  std::set<int> ends;
  for (int mib = 40; mib <= 400; mib += 30) {
    std::filesystem::remove_all(directory_ / "out");
    const std::string limit = "ulimit -v " + std::to_string(mib * 1024) + ";";
    ProcessOptions options;
    const ProcessResult version =
        run_process("/bin/sh", {"-c", limit + " exec \"$0\" --version", FIRMQUERY_BINARY});
    if (version.exit_code != 0) continue;  // not even the libraries find room
    const ProcessResult result = run(limit, {});
    expect_an_end(result, std::to_string(mib) + " MiB: ");
    ends.insert(result.exit_code);
  }
  EXPECT_EQ(ends, (std::set<int>{0, 4})) << "the limits tried were all too high or all too low";
}

#else
TEST(Resources, Skipped) {
  GTEST_SKIP() << "not under a sanitizer";
}
#endif

}  // namespace
}  // namespace firmquery::test

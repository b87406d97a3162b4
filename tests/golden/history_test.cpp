// `history` as a person sees it.
#include "golden.hpp"
#include "support/made_run.hpp"

namespace firmquery::test {
namespace {

class HistoryCommand : public ::testing::Test {
 protected:
  HistoryCommand() {
    directory.write("nightly.yaml",
                    "query: {key: firm_id}\noutput: {default_directory: runs, filename_pattern: n}\n");
    std::filesystem::create_directory(directory / "runs");
    Random random(1);
    for (int night = 1; night <= 3; ++night) {
      MadeRun run;
      run.key = "firm_id";
      run.columns = {"firm_id", "name"};
      run.job_file = directory / "nightly.yaml";
      run.pattern = "n";
      run.read_at = "2026-01-0" + std::to_string(night) + "T02:00:01.250Z";
      run.run_id = "2026010" + std::to_string(night) + "T020000Z-0a1b2c";
      run.found = {{"F1", {{"Ash"}}}, {"F2", {{"Birch"}}}};
      run.missing = {"F3", "F4"};
      if (night == 2) run.status = "partial", run.unresolved = {"F5"};
      if (night == 3) {
        run.found.erase("F2");
        run.missing = {"F2", "F4"};
        run.found["F3"] = {{"Oak"}};
      }
      write_run(directory / ("runs/night" + std::to_string(night)), run, random);
    }
  }
  void expect(const std::string& golden, std::vector<std::string> arguments, int exit_code = 0) {
    arguments.insert(arguments.begin(), "history");
    expect_golden_text("history/" + golden,
                       play_to_text({.arguments = std::move(arguments), .exit_code = exit_code}, directory));
  }
  TempDir directory;
};

TEST_F(HistoryCommand, ListsTheRuns) {
  expect("text", {"nightly.yaml"});
}
TEST_F(HistoryCommand, ListsThemAsJson) {
  expect("json", {"nightly.yaml", "--json"});
}
TEST_F(HistoryCommand, PrintsAges) {
  expect("ages", {"nightly.yaml", "--ages"});
}
TEST_F(HistoryCommand, PrintsABaseline) {
  expect("accept", {"nightly.yaml", "--ages", "--accept-until", "2026-12-31"});
  expect("accept_soon", {"nightly.yaml", "--accept-until", "soon"}, 2);
}
TEST_F(HistoryCommand, OfAJobWithoutRuns) {
  expect("none", {});
  expect("no_ages", {"--ages"}, 2);
}

}  // namespace
}  // namespace firmquery::test

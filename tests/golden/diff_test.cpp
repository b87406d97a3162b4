// `diff` as a person sees it, and what it leaves.
#include "golden.hpp"
#include "support/made_run.hpp"

namespace firmquery::test {
namespace {

class DiffCommand : public ::testing::Test {
 protected:
  DiffCommand() {
    Random random(1);
    MadeRun then, now;
    then.key = now.key = "firm_id";
    then.columns = now.columns = {"firm_id", "name", "city"};
    then.run_id = "20260101T020000Z-0a1b2c";
    now.run_id = "20260102T020000Z-3d4e5f";
    now.read_at = "2026-01-02T02:00:00.000Z";
    then.found = {{"F1", {{"Ash", "Bonn"}}}, {"F2", {{"Birch", "Kiel"}}}, {"F3", {{"Oak", std::nullopt}}}};
    then.missing = {"F4", "F5", "F6"};
    now.found = {{"F1", {{"Ash", "Bonn"}}}, {"F3", {{"Oak, Ltd", "Trier"}}}, {"F4", {{"Fir", "Ulm"}}}};
    now.missing = {"F2", "F5", "F7"};
    write_run(directory.path() / "monday", then, random);
    write_run(directory.path() / "tuesday", now, random);
  }
  void expect(const std::string& golden, std::vector<std::string> arguments, int exit_code,
              std::vector<std::string> shown = {}) {
    arguments.insert(arguments.begin(), "diff");
    expect_golden_text(
        "diff/" + golden,
        play_to_text({.arguments = std::move(arguments), .exit_code = exit_code, .shown = std::move(shown)},
                     directory));
  }
  TempDir directory;
};

TEST_F(DiffCommand, SaysWhatChanged) {
  expect("text", {"monday", "tuesday"}, 0);
}
TEST_F(DiffCommand, LeavesEachChangeInAFile) {
  expect("files", {"monday", "tuesday", "--out", "changes", "--quiet", "--exit-code"}, 1,
         {"changes/diff.csv", "changes/diff.json"});
}
TEST_F(DiffCommand, SaysThatNothingChanged) {
  expect("same", {"monday", "monday", "--exit-code"}, 0);
}
TEST_F(DiffCommand, ComparesIdsOnly) {
  expect("ids_only", {"monday", "tuesday", "--ids-only", "--json"}, 0);
}
TEST_F(DiffCommand, IsInTroubleAsDiffIs) {
  expect("trouble", {"monday", "wednesday", "--exit-code"}, 2);
  expect("column", {"monday", "tuesday", "--ignore-columns", "name,town", "--out", "changes"}, 2,
         {"changes/diff.csv"});
}

}  // namespace
}  // namespace firmquery::test

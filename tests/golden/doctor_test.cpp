// plan and doctor, as far as they go without a server.
#include "golden.hpp"

namespace firmquery::test {
namespace {

TEST(Plan, Help) {
  expect_golden("plan/help", {.arguments = {"plan", "--help"}});
}
TEST(Plan, NeedsAListAndAQuery) {
  expect_golden("plan/nothing", {.arguments = {"plan"}, .exit_code = 2});
}
TEST(Doctor, Help) {
  expect_golden("doctor/help", {.arguments = {"doctor", "--help"}});
}
TEST(Doctor, AnAgeHasAUnit) {
  expect_golden("doctor/age", {.arguments = {"doctor", "--clean-staging", "3", "--dsn", "host=/nonexistent"},
                               .exit_code = 2});
}
TEST(Doctor, TablesAreDroppedOnTheCommandLineOnly) {
  expect_golden("doctor/age-of-environment", {.arguments = {"doctor", "--dsn", "host=/nonexistent"},
                                              .exit_code = 2,
                                              .environment = {{"FIRMQUERY_CLEAN_STAGING", "0s"}}});
}

}  // namespace
}  // namespace firmquery::test

// A strategy that does not give the rows that the others give is caught before anything is timed.
#include <nlohmann/json.hpp>

#include "fault/fault_case.hpp"
#include "fault/lost_rows.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

class StrategiesDiffer : public FaultCase, public ::testing::WithParamInterface<const char*> {};

TEST_P(StrategiesDiffer, AWrongOneIsCaughtWithExamples) {
  const std::string wrong = GetParam();
  TcpProxy proxy(server().port());
  proxy.lose_rows({[wrong](std::string_view statement) { return reads_by(wrong, statement); }, is_lost});
  arguments({});  // writes the list
  const ProcessResult ended = run_process(
      FIRMQUERY_BINARY, {"compare", "--candidates", wrong == "array" ? "temp-table,array" : "array," + wrong,
                         "--sample", "all", "--budget", "0", "--json", "--ids", directory_ / "ids.txt",
                         "--sql", kQuery, "--dsn", dsn_through(proxy)});
  EXPECT_EQ(ended.exit_code, 3) << ended.err;
  EXPECT_GE(proxy.rows_lost(), kLost);
  EXPECT_THAT(ended.err, HasSubstr("do not give the same rows"));
  const auto json = nlohmann::json::parse(ended.out);
  EXPECT_FALSE(json["same_rows"]);
  EXPECT_FALSE(json.contains("best"));
  ASSERT_EQ(json["strategies"].size(), 3u);
  for (const auto& strategy : json["strategies"]) {
    EXPECT_EQ(strategy["differs"], strategy["name"] == wrong) << strategy.dump();
    EXPECT_TRUE(strategy["turns"].empty());
  }
  EXPECT_EQ(json["differences"][0], wrong + " gives 0 of the 1 rows of ID 40002");
  EXPECT_EQ(json["differences"].back(), "and 196 more IDs");
}

INSTANTIATE_TEST_SUITE_P(Strategies, StrategiesDiffer,
                         ::testing::Values("temp-table", "staging-table", "array", "scan"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace firmquery::test

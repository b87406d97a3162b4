#include "reading/recheck.hpp"

#include <gtest/gtest.h>

namespace firmquery {
namespace {

TEST(SecondWay, HasLeastInCommonWithTheFirst) {
  EXPECT_EQ(second_way({"temp-table"}), StrategyKind::array);
  EXPECT_EQ(second_way({"staging-table"}), StrategyKind::array);
  EXPECT_EQ(second_way({"in-list"}), StrategyKind::array);
  EXPECT_EQ(second_way({"array"}), StrategyKind::in_list);
  EXPECT_EQ(second_way({"scan"}), StrategyKind::in_list);  // which reads the rest by arrays
  EXPECT_EQ(second_way({"staging-table", "array"}), StrategyKind::in_list);
}

TEST(FoundSample, IsATenthButNotTiny) {
  EXPECT_EQ(found_sample(1), 1u);
  EXPECT_EQ(found_sample(100), 100u);
  EXPECT_EQ(found_sample(1'000), 200u);
  EXPECT_EQ(found_sample(10'000), 1'000u);
}

}  // namespace
}  // namespace firmquery

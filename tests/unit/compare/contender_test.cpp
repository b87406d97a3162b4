#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/compare/compare.hpp"

namespace firmquery {
namespace {

std::vector<std::string> names(std::string_view list) {
  const auto parsed = parse_contenders(list, Job(), "--candidates");
  EXPECT_TRUE(parsed) << parsed.error().to_string();
  std::vector<std::string> names;
  for (const Contender& who : *parsed) names.push_back(who.name);
  return names;
}

TEST(Contenders, TheBaselineIsAlwaysTheFirst) {
  EXPECT_THAT(names("temp-table"), testing::ElementsAre("in-list:250", "temp-table"));
  EXPECT_THAT(names("array,in-list:250,temp-table"),
              testing::ElementsAre("in-list:250", "array", "temp-table"));
  EXPECT_THAT(names(""), testing::ElementsAre("in-list:250", "temp-table", "array", "auto"));
}

TEST(Contenders, HaveSizesAndConnections) {
  const auto parsed = parse_contenders("in-list:1000@4, temp-table@8 ,in-list,array@2,array", Job(), "here");
  ASSERT_TRUE(parsed);
  EXPECT_THAT(names("in-list:1000@4, temp-table@8 ,in-list,array@2,array"),
              testing::ElementsAre("in-list:250", "in-list:1000@4", "temp-table@8", "array"));
  EXPECT_EQ((*parsed)[1].chunk_size, 1000u);
  EXPECT_EQ((*parsed)[1].connections, 4u);
  EXPECT_EQ((*parsed)[2].chunk_size, 0u);
  EXPECT_EQ((*parsed)[2].strategy, StrategyKind::temp_table);
}

TEST(Contenders, WhatIsNoneIsNamed) {
  for (const char* bad : {"tmp-table", "array:5", "in-list:0", "in-list:x", "in-list:", "array@0", "array@65",
                          "array@", "temp-table,", ",", "in-list:250:1", "in-list:99999999999999999999"}) {
    const auto parsed = parse_contenders(bad, Job(), "--candidates");
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    EXPECT_THAT(parsed.error().to_string(), testing::HasSubstr("--candidates"));
    EXPECT_THAT(parsed.error().to_string(), testing::HasSubstr("separate them by commas"));
  }
}

}  // namespace
}  // namespace firmquery

#include "../orchestrator/job/fail_on.hpp"

#include <gtest/gtest.h>

namespace firmquery {
namespace {

using Count = FailOn::Count;

TEST(FailOnText, CountsAndPercentages) {
  const auto count = parse_fail_on("missing>5", "--fail-on");
  ASSERT_TRUE(count) << count.error().to_string();
  EXPECT_EQ(count->count, Count::missing);
  EXPECT_EQ(count->limit, 5);
  EXPECT_FALSE(count->percent);
  EXPECT_EQ(count->text, "missing>5");

  const auto share = parse_fail_on(" rejected > 0.5 % ", "--fail-on");
  ASSERT_TRUE(share) << share.error().to_string();
  EXPECT_EQ(share->count, Count::rejected);
  EXPECT_EQ(share->limit, 0.5);
  EXPECT_TRUE(share->percent);

  const auto newly = parse_fail_on("new>0.1%", "--fail-on");
  ASSERT_TRUE(newly) << newly.error().to_string();
  EXPECT_EQ(newly->count, Count::newly);
  EXPECT_TRUE(newly->percent && newly->of_change());
  const auto resolved = parse_fail_on("resolved>7", "--fail-on");
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->count, Count::resolved);

  const auto runs = parse_fail_on("age>3", "--fail-on");
  ASSERT_TRUE(runs) << runs.error().to_string();
  EXPECT_EQ(runs->count, Count::age);
  EXPECT_FALSE(runs->days);
  const auto days = parse_fail_on("age > 7 d", "--fail-on");
  ASSERT_TRUE(days) << days.error().to_string();
  EXPECT_EQ(days->limit, 7);
  EXPECT_TRUE(days->days);
  EXPECT_FALSE(days->percent);
  EXPECT_FALSE(share->of_change());

  const auto zero = parse_fail_on("duplicates>0", "--fail-on");
  ASSERT_TRUE(zero);
  EXPECT_EQ(zero->count, Count::duplicates);
  EXPECT_EQ(zero->limit, 0);
}

TEST(FailOnText, RefusesTheRest) {
  for (const char* text :
       {"",           ">5",          "missing",      "missing>",    "missing<5",   "missing>x",
        "missing>-1", "missing>1.5", "missing>101%", "missing>nan", "missing>inf", "missing>1e400",
        "lost>3",     "missing>5%%", "age>5%",       "age>d",       "age>-1d",     "new>7d",
        "age>1.5d",   "new"}) {
    const auto parsed = parse_fail_on(text, "--fail-on");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    EXPECT_EQ(parsed.error().place, "--fail-on");
    EXPECT_FALSE(parsed.error().remedy.empty()) << text;
  }
}

TEST(FailOnText, AnUnquotedSignIsExplained) {
  const auto parsed = parse_fail_on("missing", "--fail-on");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().remedy.find("'missing>0'"), std::string::npos);
}

}  // namespace
}  // namespace firmquery

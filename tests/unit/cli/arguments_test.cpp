#include "../orchestrator/cli/arguments.hpp"

#include <gtest/gtest.h>

namespace firmquery::cli {
namespace {

TEST(Arguments, AreOverwrittenInTheArguments) {
  char words[4][64] = {"firmquery", "--dsn=postgres://me:hunter2@db/x", "host=db password=a", "--key=k"};
  char* argv[] = {words[0], words[1], words[2], words[3], nullptr};
  const Words taken = take_words(4, argv);
  EXPECT_TRUE(taken.password);
  EXPECT_EQ(taken.texts[1], "--dsn=postgres://me:hunter2@db/x");
  EXPECT_EQ(taken.texts[2], "host=db password=a");
  for (const char* bytes : words) {
    const std::string all(bytes, 64);
    EXPECT_EQ(all.find("hunter2"), std::string::npos) << bytes;
    EXPECT_EQ(all.find("@db"), std::string::npos) << bytes;
  }
  EXPECT_STREQ(words[1], "--dsn=postgres://me:***");
  EXPECT_STREQ(words[2], "host=db password=*");
  EXPECT_STREQ(words[3], "--key=k");
}

TEST(Arguments, OnlyADsnIsWarnedAbout) {
  char words[3][64] = {"firmquery", "--sql", "select 1 from t where password = 'x'"};
  char* argv[] = {words[0], words[1], words[2], nullptr};
  const Words taken = take_words(3, argv);
  EXPECT_FALSE(taken.password);
  EXPECT_EQ(taken.texts[2], "select 1 from t where password = 'x'");
}

}  // namespace
}  // namespace firmquery::cli

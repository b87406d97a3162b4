#include "../orchestrator/cli/wrap.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace firmquery::cli {
namespace {

class Wrap : public testing::Test {
 protected:
  void SetUp() override { ::unsetenv("COLUMNS"); }  // whoever runs the tests may have set it
};

std::string repeated(const char* word, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += (i == 0 ? "" : " ") + std::string(word);
  return text;
}

TEST_F(Wrap, ShortTextStaysAsItIs) {
  EXPECT_EQ(wrapped("two  spaces", 4), "two  spaces");
  EXPECT_EQ(wrapped(std::string(80, 'x'), 4), std::string(80, 'x'));
  EXPECT_EQ(wrapped("", 4), "");
}

TEST_F(Wrap, BreaksAtSpacesAndIndents) {
  EXPECT_EQ(wrapped(repeated("word", 17), 2), repeated("word", 16) + "\n  word");
  EXPECT_EQ(wrapped(repeated("word", 16), 2, 2), repeated("word", 15) + "\n  word");
}

TEST_F(Wrap, RatherAfterASemicolon) {
  const std::string first = repeated("word", 10) + ";";
  EXPECT_EQ(wrapped(first + " " + repeated("more", 10), 2), first + "\n  " + repeated("more", 10));
}

TEST_F(Wrap, LongWordsAndNumbersStayWhole) {
  const std::string path = "/" + std::string(100, 'p');
  EXPECT_EQ(wrapped("in " + path + " now", 2), "in\n  " + path + "\n  now");
  const std::string before = repeated("word", 14) + " is";  // 72 columns
  EXPECT_EQ(wrapped(before + " 1,234 567 IDs", 2), before + "\n  1,234 567 IDs");
}

TEST_F(Wrap, CountsCharactersNotBytes) {
  const std::string text = repeated("w\xC3\xB6rt", 16);
  EXPECT_EQ(wrapped(text, 2), text);
}

TEST_F(Wrap, LinesKeepTheirOwnIndent) {
  EXPECT_EQ(wrapped_lines("\n  b", 2), "\n  b");
  EXPECT_EQ(wrapped_lines("a\n  " + repeated("word", 16) + "\n", 2),
            "a\n  " + repeated("word", 15) + "\n    word\n");
}

}  // namespace
}  // namespace firmquery::cli

#include "orchestrator/cli/on_finish.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/temp_dir.hpp"

namespace firmquery::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> words(std::string_view command) {
  const auto all = command_words(command);
  EXPECT_TRUE(all) << all.error().to_string();
  return all ? *all : std::vector<std::string>();
}

TEST(CommandWords, AreSeparatedByBlanksAndHeldTogetherByQuotes) {
  EXPECT_THAT(words("notify"), ElementsAre("notify"));
  EXPECT_THAT(words("  /usr/bin/notify  a\tb "), ElementsAre("/usr/bin/notify", "a", "b"));
  EXPECT_THAT(words(R"(n 'a b' "c d" e\ f g'h i'j "" '')"),
              ElementsAre("n", "a b", "c d", "e f", "gh ij", "", ""));
  EXPECT_THAT(words(R"(n "a\"b" 'a\b' \\)"), ElementsAre("n", "a\"b", "a\\b", "\\"));
  EXPECT_THAT(words("n $HOME `id` $(id) *; a | b > c"),
              ElementsAre("n", "$HOME", "`id`", "$(id)", "*;", "a", "|", "b", ">", "c"));
  for (const char* wrong : {"", "  ", "n 'a", "n \"a", "''"}) EXPECT_FALSE(command_words(wrong)) << wrong;
}

class OnFinish : public ::testing::Test {
 protected:
  // A program that writes down how it was started, and then does as `more` says.
  std::string program(const std::string& more) {
    const std::string path =
        directory.write("hook", "#!/bin/bash\n{ printf '<%s>' \"$@\"; env | grep ^FIRMQUERY_ | sort; } > " +
                                    (directory / "said").string() + "\n" + more + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  std::string said() const { return test::read_text(directory / "said"); }
  test::TempDir directory;
  const RunEnd end{4, "partial", "20260101T000000Z-0a1b2c", "/runs/one"};
};

TEST_F(OnFinish, IsToldHowTheRunEnded) {
  ::setenv("FIRMQUERY_STATUS", "of another run", 1);
  const auto done = start_on_finish({program(""), "a b", "$HOME"}, end, std::chrono::minutes(1));
  ::unsetenv("FIRMQUERY_STATUS");
  EXPECT_TRUE(done) << done.error().to_string();
  EXPECT_THAT(said(), HasSubstr("<a b><$HOME>"));
  EXPECT_THAT(said(),
              HasSubstr("FIRMQUERY_EXIT_CODE=4\nFIRMQUERY_REPORT=/runs/one/report.json\n"
                        "FIRMQUERY_RUN_DIRECTORY=/runs/one\nFIRMQUERY_RUN_ID=20260101T000000Z-0a1b2c\n"
                        "FIRMQUERY_STATUS=partial\n"));
  EXPECT_TRUE(start_on_finish({program("")}, {2, "failed", {}, {}}, std::chrono::minutes(1)));
  EXPECT_THAT(said(), ::testing::Not(HasSubstr("FIRMQUERY_REPORT")));
}

TEST_F(OnFinish, SaysHowTheProgramFailed) {
  const auto fails = [&](const std::vector<std::string>& words) {
    const auto done = start_on_finish(words, end, std::chrono::minutes(1));
    return done ? std::string("no failure") : done.error().to_string();
  };
  EXPECT_THAT(fails({program("exit 3")}), HasSubstr("ended with exit code 3"));
  EXPECT_THAT(fails({program("kill -9 $$")}), HasSubstr("ended by signal 9"));
  EXPECT_THAT(fails({(directory / "absent").string()}), HasSubstr("cannot start"));
}

// It waits for a pipe that nobody writes to, whatever the machine does.
TEST_F(OnFinish, EndsAProgramThatDoesNotEnd) {
  const auto done = start_on_finish(
      {program("mkfifo " + (directory / "pipe").string() + "; exec cat " + (directory / "pipe").string())},
      end, std::chrono::seconds(1));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().to_string(), HasSubstr("was ended: it ran for more than 1 s"));
}

}  // namespace
}  // namespace firmquery::cli

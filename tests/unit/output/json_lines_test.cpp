#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/output/run_directory.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

TEST(JsonLines, AppendsAcrossOpenings) {
  const TempDir dir;
  for (const char* line : {R"({"n":1})", R"({"n":2})"}) {
    auto lines = JsonLines::open(dir / "journal.jsonl");
    ASSERT_TRUE(lines) << lines.error().to_string();
    ASSERT_TRUE(lines->append(line));
  }
  EXPECT_EQ(test::read_text(dir / "journal.jsonl"), "{\"n\":1}\n{\"n\":2}\n");
}

TEST(JsonLines, RefusesWhatWouldBeTwoLines) {
  const TempDir dir;
  auto lines = JsonLines::open(dir / "j");
  ASSERT_TRUE(lines);
  EXPECT_FALSE(lines->append("{\n}"));
  EXPECT_EQ(test::read_text(dir / "j"), "");
}

TEST(JsonLines, DropsTheLineThatACrashToreOff) {
  const TempDir dir;
  const std::string whole = "{\"n\":1}\n";
  for (const std::string& torn : {std::string("{\"n\""), std::string(10'000, 'x'), std::string()}) {
    dir.write("j", whole + torn);
    auto lines = JsonLines::open(dir / "j");
    ASSERT_TRUE(lines && lines->append("{}"));
    EXPECT_EQ(test::read_text(dir / "j"), whole + "{}\n");
  }
  dir.write("j", std::string(4096, 'x'));
  auto lines = JsonLines::open(dir / "j");
  ASSERT_TRUE(lines && lines->append("{}"));
  EXPECT_EQ(test::read_text(dir / "j"), "{}\n");
}

TEST(JsonLines, NamesADirectoryThatIsNotThere) {
  const TempDir dir;
  const auto lines = JsonLines::open(dir / "no/j");
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().place, (dir / "no/j").string());
}

}  // namespace
}  // namespace firmquery

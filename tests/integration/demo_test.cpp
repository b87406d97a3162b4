// `firmquery demo` from nothing: needs the packages ieee-data and arp-scan, as scripts/setup installs them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

class DemoTest : public testing::Test {
 protected:
  ~DemoTest() override { firmquery({"local", "stop"}); }

  test::ProcessResult firmquery(const std::vector<std::string>& arguments) const {
    test::ProcessOptions options;
    options.environment["FIRMQUERY_LOCAL_DIR"] = temp_ / "local";
    options.directory = temp_.path();
    return test::run_process(FIRMQUERY_BINARY, arguments, options);
  }

  std::ptrdiff_t lines(std::string_view name) const {
    const std::string text = test::read_text(temp_ / name);
    return std::count(text.begin(), text.end(), '\n');
  }

  // Lines that a pipeline prints.
  static std::ptrdiff_t count_of(const std::string& pipeline) {
    const auto ran = test::run_process("bash", {"-c", "export LC_ALL=C; " + pipeline + " | wc -l"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return std::stol(ran.out);
  }

  test::TempDir temp_;
};

TEST_F(DemoTest, GivesTheFiguresOfItsDataAndFilesThatVerify) {
  const auto demo = firmquery({"demo", "--out", "out"});
  ASSERT_EQ(demo.exit_code, 0) << demo.out << demo.err;
  // Other versions of the two packages have other figures, so they are made with other tools from the files
  // there are.
  const std::string known = "grep -v '^#' /usr/share/arp-scan/ieee-oui.txt | cut -f1 | grep . | sort -u";
  const std::string registered = "grep '^MA-L,' /usr/share/ieee-data/oui.csv | cut -d, -f2 | sort -u";
  const std::ptrdiff_t unique = count_of(known),
                       missing = count_of("comm -23 <(" + known + ") <(" + registered + ")");
  std::string said = test::flat(demo.out);
  std::erase(said, ',');
  EXPECT_NE(said.find(fmt::format("{} unique IDs {} found {} missing", unique, unique - missing, missing)),
            std::string::npos)
      << demo.out;
  EXPECT_NE(test::flat(demo.out).find("The same 900,000 rows both times"), std::string::npos) << demo.out;
  EXPECT_EQ(lines("out/oui/missing.csv"), missing + 1);
  for (const char* strategy : {"temp-table", "in-list"}) {
    const std::string run = std::string("out/") + strategy;
    EXPECT_EQ(lines(run + "/results.csv"), 900'000 + 1);
    EXPECT_EQ(lines(run + "/missing.csv"), 100'000 + 1);
    EXPECT_EQ(lines(run + "/duplicates.csv"), 2'000 + 1);
    EXPECT_EQ(lines(run + "/rejected.csv"), 1'000 + 1);
    EXPECT_EQ(firmquery({"verify", run}).exit_code, 0);
  }
}

TEST_F(DemoTest, ADirectoryInUseIsRefusedBeforeAServerIsMade) {
  temp_.write("out/precious.txt", "mine");
  const auto demo = firmquery({"demo", "--out", "out"});
  EXPECT_EQ(demo.exit_code, 2) << demo.err;
  EXPECT_NE(test::flat(demo.err).find("not empty"), std::string::npos) << demo.err;
  EXPECT_FALSE(std::filesystem::exists(temp_ / "local"));
}

}  // namespace
}  // namespace firmquery

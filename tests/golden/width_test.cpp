// Lines of 80 columns: what people read in a terminal is not broken by it.
#include <sstream>

#include <gmock/gmock.h>

#include "golden.hpp"

namespace firmquery::test {
namespace {

// Machine output, statements, plans and lines of logs have no width; nor has one word, such as a path.
bool is_for_people(const std::string& line) {
  for (const char* start : {"$ firmquery", "  \"", "      \""}) {
    if (line.starts_with(start)) return false;
  }
  if (line.starts_with("TIME ")) return false;
  return line.find(' ', line.find_first_not_of(' ')) != std::string::npos;
}

std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (const char c : line) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

std::vector<std::string> too_long(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (columns(line) > 80 && is_for_people(line)) found.push_back(line);
  }
  return found;
}

TEST(Width, OfAllHelp) {
  const TempDir directory;
  for (const char* command : {"run", "resume", "clean", "plan", "doctor", "verify", "keep", "local", "demo",
                              "config", "help", "version"}) {
    const ProcessResult help = play({.arguments = {command, "--help"}}, directory);
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(too_long(help.out), testing::IsEmpty()) << command;
  }
  EXPECT_THAT(too_long(play({.arguments = {"--help"}}, directory).out), testing::IsEmpty());
}

TEST(Width, OfEveryGolden) {
  const std::filesystem::path data = std::filesystem::path(FIRMQUERY_SOURCE_DIR) / "tests/golden/data";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    if (!entry.is_regular_file()) continue;
    EXPECT_THAT(too_long(read_text(entry.path())), testing::IsEmpty()) << entry.path();
  }
}

}  // namespace
}  // namespace firmquery::test

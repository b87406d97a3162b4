#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "firmquery/output/run_directory.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::istringstream text(test::read_text(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

void write_events(const std::filesystem::path& path, int count) {
  auto log = AuditLog::open(path);
  ASSERT_TRUE(log) << log.error().to_string();
  for (int i = 0; i < count; ++i) ASSERT_TRUE(log->event("range_done", {{"rows", std::to_string(i)}}));
}

TEST(AuditLog, WritesChainedLines) {
  const TempDir dir;
  const auto path = dir / "audit.jsonl";
  auto log = AuditLog::open(path);
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->event("start", {{"user", "a \"b\"\n,\"chain\":\"x"}, {"host", "caf\xE9"}}));
  ASSERT_TRUE(log->event("end", {}));
  const auto lines = lines_of(path);
  ASSERT_EQ(lines.size(), 2u);
  const auto first = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(first["seq"], 1);
  EXPECT_EQ(first["event"], "start");
  EXPECT_EQ(first["user"], "a \"b\"\n,\"chain\":\"x");
  EXPECT_EQ(first["chain"].get<std::string>().size(), 64u);
  EXPECT_EQ(nlohmann::json::parse(lines[1])["seq"], 2);
  const auto verified = verify_audit(path);
  EXPECT_TRUE(verified) << verified.error().to_string();
}

// The documented rule, written out once by hand:
//   printf '%064d{"seq":1,"at":"t","event":"start"}' 0 | sha256sum
TEST(AuditLog, UsesTheDocumentedHash) {
  const TempDir dir;
  const auto path = dir.write("a",
                              "{\"seq\":1,\"at\":\"t\",\"event\":\"start\",\"chain\":"
                              "\"d503283dcaa32c64b37df0b8cdf9eb11d39df8503a2f38b1895629ed71c9bb00\"}\n");
  const auto verified = verify_audit(path);
  EXPECT_TRUE(verified) << verified.error().to_string();
}

TEST(AuditLog, GoesOnWithTheChainWhenOpenedAgain) {
  const TempDir dir;
  write_events(dir / "a", 2);
  write_events(dir / "a", 3);
  EXPECT_EQ(lines_of(dir / "a").size(), 5u);
  EXPECT_TRUE(verify_audit(dir / "a"));
}

TEST(AuditLog, StaysWholeUnderSeveralThreads) {
  const TempDir dir;
  {
    auto log = AuditLog::open(dir / "a");
    ASSERT_TRUE(log);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) EXPECT_TRUE(log->event("tick", {}));
      });
    }
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(lines_of(dir / "a").size(), 100u);
  EXPECT_TRUE(verify_audit(dir / "a"));
}

TEST(AuditLog, ShowsEveryAlteration) {
  const TempDir dir;
  write_events(dir / "a", 5);
  const auto whole = lines_of(dir / "a");
  const auto expect_broken = [&](std::vector<std::string> lines, const std::string& place) {
    dir.write("b", join(lines));
    const auto verified = verify_audit(dir / "b");
    ASSERT_FALSE(verified) << join(lines);
    EXPECT_EQ(verified.error().kind, ErrorKind::integrity);
    EXPECT_EQ(verified.error().place, (dir / "b").string() + place);
  };

  auto lines = whole;
  lines.erase(lines.begin() + 2);
  expect_broken(lines, ":3");
  lines = whole;
  std::swap(lines[1], lines[2]);
  expect_broken(lines, ":2");
  lines = whole;
  lines.insert(lines.begin() + 1, lines[0]);
  expect_broken(lines, ":2");
  expect_broken({whole.begin() + 1, whole.end()}, ":1");
  expect_broken({}, ":1");
  // One byte anywhere in a line, its chain included. A letter more or less never leaves the line valid.
  for (std::size_t at = 0; at < whole[2].size(); ++at) {
    lines = whole;
    lines[2][at] = lines[2][at] == '7' ? '8' : '7';
    expect_broken(lines, ":3");
  }
}

TEST(AuditLog, ShowsATornLastLine) {
  const TempDir dir;
  write_events(dir / "a", 2);
  const std::string text = test::read_text(dir / "a");
  const auto torn = dir.write("b", text.substr(0, text.size() - 1));
  EXPECT_THAT(verify_audit(torn).error().message, testing::HasSubstr("cut off"));
}

TEST(AuditLog, DoesNotGoOnAfterAForeignLine) {
  const TempDir dir;
  const auto log = AuditLog::open(dir.write("a", "{\"n\":1}\n"));
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::integrity);
}

TEST(AuditLog, RefusesFieldsWithTheNamesOfItsOwn) {
  const TempDir dir;
  auto log = AuditLog::open(dir / "a");
  ASSERT_TRUE(log);
  for (const char* name : {"seq", "at", "event", "chain"})
    EXPECT_FALSE(log->event("x", {{name, "1"}})) << name;
  ASSERT_TRUE(log->event("x", {{"n", "1"}}));
  EXPECT_TRUE(verify_audit(dir / "a"));
}

}  // namespace
}  // namespace firmquery

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "firmquery/output/files.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
namespace fs = std::filesystem;

TEST(JoinParts, WritesHeaderAndPartsInOrderAndKeepsTheParts) {
  const TempDir dir;
  const std::vector<fs::path> parts = {dir.write("1", "a\n"), dir.write("2", ""), dir.write("3", "b\nc\n")};
  const auto joined = join_parts("id\n", parts, dir / "results.csv");
  ASSERT_TRUE(joined) << joined.error().to_string();
  EXPECT_EQ(test::read_text(dir / "results.csv"), "id\na\nb\nc\n");
  struct stat status = {};
  ASSERT_EQ(::stat((dir / "results.csv").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  for (const auto& part : parts) EXPECT_TRUE(fs::exists(part)) << part;  // the run may be resumed yet
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 4);
}

TEST(JoinParts, WhatIsPreparedHasNoNameBeforeItsCommit) {
  const TempDir dir;
  const std::vector<fs::path> parts = {dir.write("1", "a\n"), dir.write("2", "b\n")};
  {
    auto prepared = prepare_joined("id\n", parts, dir / "results.csv");
    ASSERT_TRUE(prepared) << prepared.error().to_string();
    EXPECT_FALSE(fs::exists(dir / "results.csv"));
    EXPECT_EQ(prepared->bytes(), 7u);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 2);  // it is gone
  auto prepared = prepare_joined("id\n", parts, dir / "results.csv");
  ASSERT_TRUE(prepared) << prepared.error().to_string();
  ASSERT_TRUE(prepared->commit());
  EXPECT_EQ(test::read_text(dir / "results.csv"), "id\na\nb\n");
  const auto of_parts = digest_joined("id\n", parts), of_file = digest_file(dir / "results.csv");
  ASSERT_TRUE(of_parts && of_file);
  EXPECT_EQ(of_parts->sha256, of_file->sha256);
  EXPECT_EQ(of_parts->bytes, of_file->bytes);
}

TEST(JoinParts, WritesTheHeaderAloneWithoutParts) {
  const TempDir dir;
  ASSERT_TRUE(join_parts("id\n", {}, dir / "results.csv"));
  EXPECT_EQ(test::read_text(dir / "results.csv"), "id\n");
}

TEST(JoinParts, AStopRequestLeavesNothingHalfWritten) {
  const TempDir dir;
  std::stop_source stop;
  stop.request_stop();
  const auto joined = join_parts("id\n", {dir.write("1", "a\n")}, dir / "results.csv", stop.get_token());
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
  EXPECT_EQ(digest_file(dir / "1", stop.get_token()).error().kind, ErrorKind::interrupted);
}

TEST(JoinParts, CopiesLargePartsExactly) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const TempDir dir;
  std::string expected = "h\n";
  std::vector<fs::path> parts;
  for (const std::size_t size : {3u << 20, 1u, (1u << 20) + 1}) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    parts.push_back(dir.write("part" + std::to_string(parts.size()), text));
    expected += text;
  }
  ASSERT_TRUE(join_parts("h\n", parts, dir / "all"));
  EXPECT_TRUE(test::read_text(dir / "all") == expected);
}

// From another file system copy_file_range answers EXDEV, and the bytes go through user space.
TEST(JoinParts, CopiesAcrossFileSystems) {
  const TempDir dir;
  std::string pattern = "/dev/shm/fq-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) GTEST_SKIP() << "cannot write to /dev/shm";
  const fs::path other = pattern;
  struct stat here = {}, there = {};
  ASSERT_EQ(::stat(dir.path().c_str(), &here), 0);
  ASSERT_EQ(::stat(other.c_str(), &there), 0);
  const std::string text((5u << 20) + 7, 'x');
  test::write_text(other / "part", text);
  const auto joined = join_parts("h\n", {other / "part"}, dir / "all");
  fs::remove_all(other);
  if (here.st_dev == there.st_dev) GTEST_SKIP() << "the temporary directory is on the same file system";
  ASSERT_TRUE(joined) << joined.error().to_string();
  EXPECT_TRUE(test::read_text(dir / "all") == "h\n" + text);
}

TEST(JoinParts, LeavesEverythingAsItWasWhenAPartIsMissing) {
  const TempDir dir;
  dir.write("1", "a\n");
  const auto joined = join_parts("id\n", {dir / "1", dir / "2"}, dir / "results.csv");
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().place, (dir / "2").string());
  EXPECT_EQ(test::read_text(dir / "1"), "a\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
}

TEST(JoinParts, RefusesAPartWithTheNameOfTheTarget) {
  const TempDir dir;
  dir.write("all", "a\n");
  dir.write(".all.part", "b\n");
  EXPECT_FALSE(join_parts("", {dir / "all"}, dir / "all"));
  EXPECT_FALSE(join_parts("", {dir / ".all.part"}, dir / "all"));
  EXPECT_EQ(test::read_text(dir / "all"), "a\n");
  EXPECT_EQ(test::read_text(dir / ".all.part"), "b\n");
}

}  // namespace
}  // namespace firmquery

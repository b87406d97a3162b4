#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>

#include "firmquery/output/files.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  const TempDir dir;
  auto file = AtomicFile::create(dir / "results.csv");
  ASSERT_TRUE(file) << file.error().to_string();
  ASSERT_TRUE(file->write("a,b\n"));
  EXPECT_FALSE(fs::exists(dir / "results.csv"));
  EXPECT_TRUE(fs::exists(dir / ".results.csv.part"));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(test::read_text(dir / "results.csv"), "a,b\n");
  EXPECT_EQ(mode_of(dir / "results.csv"), 0600u);
  EXPECT_FALSE(fs::exists(dir / ".results.csv.part"));
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
  const TempDir dir;
  {
    auto file = AtomicFile::create(dir / "a");
    ASSERT_TRUE(file && file->write(std::string(1 << 20, 'x')));
  }
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(AtomicFile, KeepsTheOldFileUntilTheNewOneIsWhole) {
  const TempDir dir;
  dir.write("a", "old");
  {
    auto file = AtomicFile::create(dir / "a");
    ASSERT_TRUE(file && file->write("new"));
  }
  EXPECT_EQ(test::read_text(dir / "a"), "old");
  auto file = AtomicFile::create(dir / "a");
  ASSERT_TRUE(file && file->write("new") && file->commit());
  EXPECT_EQ(test::read_text(dir / "a"), "new");
}

TEST(AtomicFile, ReplacesWhatACrashLeft) {
  const TempDir dir;
  dir.write("elsewhere", "precious");
  fs::create_symlink(dir / "elsewhere", dir / ".a.part");
  auto file = AtomicFile::create(dir / "a");
  ASSERT_TRUE(file && file->write("new") && file->commit());
  EXPECT_EQ(test::read_text(dir / "elsewhere"), "precious");
  EXPECT_EQ(test::read_text(dir / "a"), "new");
  EXPECT_FALSE(fs::is_symlink(dir / "a"));
}

TEST(AtomicFile, KeepsTheOrderOfWritesOfAnySize) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const TempDir dir;
  auto file = AtomicFile::create(dir / "a");
  ASSERT_TRUE(file);
  std::string expected;
  for (int i = 0; i < 60; ++i) {
    constexpr std::size_t kBuffer = 256 * 1024;
    const std::size_t sizes[] = {0,       1,           random() % 1000,         kBuffer - 1,
                                 kBuffer, kBuffer + 1, random() % (3 * kBuffer)};
    const std::string block(sizes[random() % std::size(sizes)], static_cast<char>('a' + i % 26));
    ASSERT_TRUE(file->write(block));
    expected += block;
    ASSERT_EQ(file->bytes(), expected.size());
  }
  ASSERT_TRUE(file->commit());
  EXPECT_TRUE(test::read_text(dir / "a") == expected);
}

TEST(AtomicFile, MovesWithItsBufferedBytes) {
  const TempDir dir;
  auto first = AtomicFile::create(dir / "a");
  auto second = AtomicFile::create(dir / "b");
  ASSERT_TRUE(first && second && first->write("one") && second->write("two"));
  AtomicFile moved(std::move(*first));
  moved = std::move(*second);
  ASSERT_TRUE(moved.commit());
  EXPECT_EQ(test::read_text(dir / "b"), "two");
  EXPECT_FALSE(fs::exists(dir / "a"));
}

TEST(AtomicFile, RefusesToGoOnAfterCommit) {
  const TempDir dir;
  auto file = AtomicFile::create(dir / "a");
  ASSERT_TRUE(file && file->write("x") && file->commit());
  EXPECT_FALSE(file->write("y"));
  EXPECT_FALSE(file->commit());
  EXPECT_EQ(test::read_text(dir / "a"), "x");
}

TEST(AtomicFile, NamesThePathThatCannotBeWritten) {
  const TempDir dir;
  const auto missing = AtomicFile::create(dir / "no/such/file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::usage);
  EXPECT_THAT(missing.error().place, testing::HasSubstr("no/such/.file.part"));
  EXPECT_THAT(missing.error().message, testing::HasSubstr("No such file or directory"));
  EXPECT_FALSE(missing.error().remedy.empty());
  EXPECT_FALSE(AtomicFile::create(dir / ""));
  EXPECT_FALSE(AtomicFile::create(""));
}

TEST(AtomicFile, RemovesItsTemporaryFileWhenTheRenameFails) {
  const TempDir dir;
  dir.write("a/inside", "x");  // a directory in the way that is not empty
  {
    auto file = AtomicFile::create(dir / "a");
    ASSERT_TRUE(file && file->write("x"));
    const auto committed = file->commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().place, (dir / "a").string());
  }
  EXPECT_FALSE(fs::exists(dir / ".a.part"));
}

}  // namespace
}  // namespace firmquery

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "firmquery/output/files.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

TEST(PartFile, StaysAfterItsWriter) {
  const TempDir dir;
  {
    auto part = PartFile::open(dir / "p", 0);
    ASSERT_TRUE(part) << part.error().to_string();
    ASSERT_TRUE(part->write("abc") && part->sync());
    ASSERT_TRUE(part->write("lost, because never synced"));
  }
  EXPECT_EQ(test::read_text(dir / "p"), "abc");
}

TEST(PartFile, GoesOnFromTheJournalledOffset) {
  const TempDir dir;
  dir.write("p", "finished|torn");
  auto part = PartFile::open(dir / "p", 9);
  ASSERT_TRUE(part) << part.error().to_string();
  EXPECT_EQ(part->offset(), 9u);
  ASSERT_TRUE(part->write("next") && part->sync());
  EXPECT_EQ(test::read_text(dir / "p"), "finished|next");
}

TEST(PartFile, StartsOverAtOffsetZero) {
  const TempDir dir;
  dir.write("p", "old");
  auto part = PartFile::open(dir / "p", 0);
  ASSERT_TRUE(part && part->write("n") && part->sync());
  EXPECT_EQ(test::read_text(dir / "p"), "n");
}

TEST(PartFile, RefusesAFileShorterThanTheJournalSays) {
  const TempDir dir;
  dir.write("p", "12345");
  const auto part = PartFile::open(dir / "p", 6);
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().kind, ErrorKind::integrity);
  EXPECT_THAT(part.error().message, testing::HasSubstr("5 bytes"));
  EXPECT_EQ(test::read_text(dir / "p"), "12345");
}

TEST(PartFile, CannotBeCutToMoreThanItHas) {
  const TempDir dir;
  auto part = PartFile::open(dir / "p", 0);
  ASSERT_TRUE(part && part->write("abc"));
  EXPECT_FALSE(part->truncate(4));
  EXPECT_TRUE(part->truncate(3));
}

TEST(PartFile, DropsBufferedBytesBeyondTheCut) {
  const TempDir dir;
  auto part = PartFile::open(dir / "p", 0);
  ASSERT_TRUE(part && part->write("abcdef"));
  ASSERT_TRUE(part->truncate(2));
  EXPECT_EQ(part->offset(), 2u);
  ASSERT_TRUE(part->write("X") && part->sync());
  EXPECT_EQ(test::read_text(dir / "p"), "abX");
}

// Against a string that is cut and extended alike.
TEST(PartFile, BehavesLikeAStringUnderWritesSyncsAndCuts) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const TempDir dir;
  auto part = PartFile::open(dir / "p", 0);
  ASSERT_TRUE(part);
  std::string expected;
  for (int i = 0; i < 400; ++i) {
    switch (random() % 4) {
      case 0:
        ASSERT_TRUE(part->sync());
        ASSERT_TRUE(test::read_text(dir / "p") == expected);
        break;
      case 1: {
        const std::size_t cut = expected.empty() ? 0 : random() % (expected.size() + 1);
        const std::size_t kept =
            random() % 2 ? cut : expected.size() - std::min<std::size_t>(expected.size(), cut % 100);
        ASSERT_TRUE(part->truncate(kept));
        expected.resize(kept);
        break;
      }
      default: {
        const std::size_t size = random() % 8 ? random() % 100'000 : 200'000 + random() % 200'000;
        const std::string block(size, static_cast<char>('a' + i % 26));
        ASSERT_TRUE(part->write(block));
        expected += block;
      }
    }
    ASSERT_EQ(part->offset(), expected.size());
  }
  ASSERT_TRUE(part->sync());
  EXPECT_TRUE(test::read_text(dir / "p") == expected);
}

}  // namespace
}  // namespace firmquery

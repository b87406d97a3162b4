#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/output/files.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

std::string sha256_of(const TempDir& dir, const std::string& text) {
  const auto digest = digest_file(dir.write("f", text));
  if (!digest) return digest.error().to_string();
  EXPECT_EQ(digest->bytes, text.size());
  return digest->sha256;
}

// The first three are the examples of FIPS 180-4; the last goes over the size of a block.
TEST(DigestFile, GivesTheHashesOfTheStandard) {
  const TempDir dir;
  EXPECT_EQ(sha256_of(dir, ""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of(dir, "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of(dir, std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(sha256_of(dir, std::string((3u << 20) + 5, 'z')),
            "c2b61a09caa7ff7f3b0bfebb384e86923018b17022a071bb61af2c3d925db99e");
}

TEST(DigestFile, NamesAFileThatIsNotThere) {
  const TempDir dir;
  const auto digest = digest_file(dir / "none");
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().place, (dir / "none").string());
  EXPECT_FALSE(digest_file(dir.path()));
}

TEST(ReadFile, ReadsWithinItsLimit) {
  const TempDir dir;
  const std::string text(100'000, 'q');
  const auto path = dir.write("f", text);
  EXPECT_EQ(read_file(path).value_or("failed"), text);
  EXPECT_TRUE(read_file(path, text.size()).has_value());
  const auto too_large = read_file(path, text.size() - 1);
  ASSERT_FALSE(too_large);
  EXPECT_THAT(too_large.error().message, testing::HasSubstr("larger than 99999 bytes"));
  EXPECT_EQ(read_file(dir.write("empty", ""), 0).value_or("failed"), "");
}

}  // namespace
}  // namespace firmquery

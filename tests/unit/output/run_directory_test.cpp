#include "firmquery/output/run_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>
#include <vector>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
namespace fs = std::filesystem;

TEST(RunDirectory, IsCreatedPrivateWithItsParents) {
  const TempDir dir;
  const auto created = create_run_directory(dir / "a/b/run/");
  ASSERT_TRUE(created) << created.error().to_string();
  struct stat status = {};
  ASSERT_EQ(::stat((dir / "a/b/run").c_str(), &status), 0);
  EXPECT_TRUE(S_ISDIR(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777, 0700u);
}

TEST(RunDirectory, MayExistWhenItIsEmpty) {
  const TempDir dir;
  EXPECT_TRUE(create_run_directory(dir.path()).has_value());
}

TEST(RunDirectory, IsNeverMixedWithOtherFiles) {
  const TempDir dir;
  dir.write("run/x", "");
  const auto created = create_run_directory(dir / "run");
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::usage);
  EXPECT_THAT(created.error().to_string(), testing::HasSubstr("not empty"));
  EXPECT_THAT(created.error().remedy, testing::HasSubstr("remove this one"));
  EXPECT_THAT(create_run_directory(dir / "run/x").error().message, testing::HasSubstr("in the way"));
  EXPECT_FALSE(create_run_directory(dir / "run/x/y"));
  EXPECT_FALSE(create_run_directory(""));
}

TEST(Clock, IsRfc3339WithMilliseconds) {
  EXPECT_THAT(utc_now(), testing::MatchesRegex("20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:"
                                               "[0-9][0-9]\\.[0-9][0-9][0-9]Z"));
  EXPECT_LE(utc_now(), utc_now());
}

TEST(RunId, IsUniqueAndSortsByTime) {
  std::set<std::string> ids;
  std::string stamp;
  for (int i = 0; i < 50; ++i) {
    const std::string id = make_run_id();
    EXPECT_THAT(id, testing::MatchesRegex("20[0-9]+T[0-9]+Z-[0-9a-f]+"));
    ASSERT_EQ(id.size(), 23u);
    EXPECT_GE(id.substr(0, 16), stamp);
    stamp = id.substr(0, 16);
    ids.insert(id);
  }
  EXPECT_GT(ids.size(), 45u);
}

TEST(PeakMemory, GrowsWithWhatIsTouched) {
  const std::uint64_t before = peak_rss_bytes();
  EXPECT_GT(before, 1u << 20);
  const std::vector<char> block(before + (32u << 20), 'x');
  EXPECT_GT(peak_rss_bytes(), block.size());
}

}  // namespace
}  // namespace firmquery

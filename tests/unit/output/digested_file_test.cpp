#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "firmquery/output/digested_file.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
namespace fs = std::filesystem;

// The header and the parts in order, as results are written.
Result<DigestedFile> joined(const std::string& header, const std::vector<fs::path>& parts,
                            const fs::path& path, const std::stop_token& stop = {}) {
  FQ_TRY_ASSIGN(DigestedFile file, DigestedFile::create(path));
  FQ_TRY(file.write(header));
  for (const fs::path& part : parts) FQ_TRY(file.append_file(part, stop));
  return file;
}

Result<FileDigest> join(const std::string& header, const std::vector<fs::path>& parts, const fs::path& path,
                        const std::stop_token& stop = {}) {
  FQ_TRY_ASSIGN(DigestedFile file, joined(header, parts, path, stop));
  FQ_TRY_ASSIGN(const FileDigest digest, file.finish());
  FQ_TRY(file.commit());
  return digest;
}

std::ptrdiff_t files_in(const TempDir& dir) {
  return std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator());
}

TEST(DigestedFile, HoldsWhatWasWrittenAndFilesInOrderWhichStay) {
  const TempDir dir;
  const std::vector<fs::path> parts = {dir.write("1", "a\n"), dir.write("2", ""), dir.write("3", "b\nc\n")};
  const auto digest = join("id\n", parts, dir / "results.csv");
  ASSERT_TRUE(digest) << digest.error().to_string();
  EXPECT_EQ(test::read_text(dir / "results.csv"), "id\na\nb\nc\n");
  struct stat status = {};
  ASSERT_EQ(::stat((dir / "results.csv").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  for (const auto& part : parts) EXPECT_TRUE(fs::exists(part)) << part;  // the run may be resumed yet
  EXPECT_EQ(files_in(dir), 4);
}

TEST(DigestedFile, HasNoNameBeforeItsCommitAndTheDigestOfItsBytes) {
  const TempDir dir;
  const std::vector<fs::path> parts = {dir.write("1", "a\n"), dir.write("2", "b\n")};
  {
    auto file = joined("id\n", parts, dir / "results.csv");
    ASSERT_TRUE(file && file->finish());
    EXPECT_FALSE(fs::exists(dir / "results.csv"));
  }
  EXPECT_EQ(files_in(dir), 2);  // it is gone
  auto file = joined("id\n", parts, dir / "results.csv");
  ASSERT_TRUE(file && file->write("c\n"));
  const auto digest = file->finish();
  ASSERT_TRUE(digest && file->commit());
  EXPECT_EQ(test::read_text(dir / "results.csv"), "id\na\nb\nc\n");
  const auto of_file = digest_file(dir / "results.csv");
  ASSERT_TRUE(of_file);
  EXPECT_EQ(digest->sha256, of_file->sha256);
  EXPECT_EQ(digest->bytes, of_file->bytes);
}

TEST(DigestedFile, ManyShortRowsHaveTheDigestOfTheirBytes) {
  const TempDir dir;
  auto file = DigestedFile::create(dir / "missing.csv");
  ASSERT_TRUE(file);
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(file->write(std::to_string(i) + "\n"));
  const auto digest = file->finish();
  ASSERT_TRUE(digest && file->commit());
  const auto of_file = digest_file(dir / "missing.csv");
  ASSERT_TRUE(of_file);
  EXPECT_EQ(digest->sha256, of_file->sha256);
  EXPECT_EQ(digest->bytes, of_file->bytes);
}

TEST(DigestedFile, AStopRequestLeavesNothingHalfWritten) {
  const TempDir dir;
  std::stop_source stop;
  stop.request_stop();
  const auto result = join("id\n", {dir.write("1", "a\n")}, dir / "results.csv", stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(files_in(dir), 1);
  EXPECT_EQ(digest_file(dir / "1", stop.get_token()).error().kind, ErrorKind::interrupted);
}

TEST(DigestedFile, CopiesLargePartsExactly) {
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
  ASSERT_TRUE(join("h\n", parts, dir / "all"));
  EXPECT_TRUE(test::read_text(dir / "all") == expected);
}

// From another file system copy_file_range answers EXDEV, and the bytes go through user space.
TEST(DigestedFile, CopiesAcrossFileSystems) {
  const TempDir dir;
  std::string pattern = "/dev/shm/fq-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) GTEST_SKIP() << "cannot write to /dev/shm";
  const fs::path other = pattern;
  struct stat here = {}, there = {};
  ASSERT_EQ(::stat(dir.path().c_str(), &here), 0);
  ASSERT_EQ(::stat(other.c_str(), &there), 0);
  const std::string text((5u << 20) + 7, 'x');
  test::write_text(other / "part", text);
  const auto result = join("h\n", {other / "part"}, dir / "all");
  fs::remove_all(other);
  if (here.st_dev == there.st_dev) GTEST_SKIP() << "the temporary directory is on the same file system";
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_TRUE(test::read_text(dir / "all") == "h\n" + text);
}

TEST(DigestedFile, LeavesEverythingAsItWasWhenAPartIsMissing) {
  const TempDir dir;
  dir.write("1", "a\n");
  const auto result = join("id\n", {dir / "1", dir / "2"}, dir / "results.csv");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().place, (dir / "2").string());
  EXPECT_EQ(test::read_text(dir / "1"), "a\n");
  EXPECT_EQ(files_in(dir), 1);
}

}  // namespace
}  // namespace firmquery

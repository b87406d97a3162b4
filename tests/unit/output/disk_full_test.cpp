// Full disks for real: /dev/full for appends, a tmpfs of a few pages for files that are created and renamed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <thread>

#include "firmquery/output/digested_file.hpp"
#include "firmquery/output/run_directory.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// Mounts a file system of 64 KiB on `where`, seen by this thread alone and gone with it, and runs `body`.
// Returns why it could not, or "".
std::string on_small_disk(const fs::path& where, const std::function<void()>& body) {
  std::string obstacle;
  std::thread([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", where.c_str(), "tmpfs", 0, "size=65536") != 0) {
      obstacle = std::string("cannot mount a small file system: ") + std::strerror(errno);
      return;
    }
    body();
  }).join();
  return obstacle;
}

void expect_disk_full(const Result<void>& outcome, const fs::path& path) {
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().kind, ErrorKind::transient);
  EXPECT_THAT(outcome.error().place, HasSubstr(path.string()));
  EXPECT_THAT(outcome.error().message, HasSubstr("No space left on device"));
  EXPECT_THAT(outcome.error().remedy, HasSubstr("free space"));
  EXPECT_THAT(outcome.error().remedy, HasSubstr("free space"));
}

TEST(JsonLines, IsNoDevice) {
  const auto lines = JsonLines::open("/dev/full");
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().kind, ErrorKind::integrity);
  EXPECT_THAT(lines.error().message, HasSubstr("not a regular file"));
}

TEST(DiskFull, FailsAnAtomicFileAndLeavesNothing) {
  const TempDir dir;
  const std::string obstacle = on_small_disk(dir.path(), [&] {
    {
      auto file = AtomicFile::create(dir / "a");
      ASSERT_TRUE(file) << file.error().to_string();
      ASSERT_TRUE(file->write(std::string(100'000, 'x'))) << "still in the buffer";
      expect_disk_full(file->commit(), dir / "a");
    }
    EXPECT_TRUE(fs::is_empty(dir.path()));
  });
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
}

TEST(DiskFull, LetsAPartFileGoOnOnceThereIsSpace) {
  const TempDir dir;
  const std::string obstacle = on_small_disk(dir.path(), [&] {
    test::write_text(dir / "ballast", std::string(32'768, 'b'));
    auto part = PartFile::open(dir / "p", 0);
    ASSERT_TRUE(part) << part.error().to_string();
    ASSERT_TRUE(part->write("done|") && part->sync());
    ASSERT_TRUE(part->write(std::string(50'000, 'x')));
    expect_disk_full(part->sync(), dir / "p");
    ASSERT_TRUE(part->truncate(5));
    EXPECT_EQ(test::read_text(dir / "p"), "done|");
    fs::remove(dir / "ballast");
    ASSERT_TRUE(part->write(std::string(50'000, 'y')) && part->sync());
    EXPECT_TRUE(test::read_text(dir / "p") == "done|" + std::string(50'000, 'y'));
  });
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
}

TEST(DiskFull, KeepsThePartsOfAJoin) {
  const TempDir dir;
  const std::string obstacle = on_small_disk(dir.path(), [&] {
    test::write_text(dir / "1", std::string(20'000, '1'));
    test::write_text(dir / "2", std::string(20'000, '2'));
    auto file = DigestedFile::create(dir / "all");
    ASSERT_TRUE(file && file->write("h\n"));
    expect_disk_full(
        [&]() -> Result<void> {
          FQ_TRY(file->append_file(dir / "1", {}));
          FQ_TRY(file->append_file(dir / "2", {}));
          FQ_TRY(file->finish());
          return {};
        }(),
        dir / "all");
    file = DigestedFile();
    EXPECT_EQ(fs::file_size(dir / "1"), 20'000u);
    EXPECT_EQ(fs::file_size(dir / "2"), 20'000u);
    EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 2);
  });
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
}

TEST(DiskFull, LeavesNoHalfLineInTheJournal) {
  const TempDir dir;
  const std::string obstacle = on_small_disk(dir.path(), [&] {
    auto lines = JsonLines::open(dir / "journal.jsonl");
    ASSERT_TRUE(lines && lines->append(R"({"n":1})"));
    const std::string large = R"({"text":")" + std::string(100'000, 'x') + R"("})";
    expect_disk_full(lines->append(large), dir / "journal.jsonl");
    ASSERT_TRUE(lines->append(R"({"n":2})"));
    EXPECT_EQ(test::read_text(dir / "journal.jsonl"), "{\"n\":1}\n{\"n\":2}\n");
  });
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
}

TEST(ReadOnlyDisk, IsNamedWithARemedy) {
  const TempDir dir;
  const std::string obstacle = on_small_disk(dir.path(), [&] {
    ASSERT_EQ(::mount(nullptr, dir.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    const auto file = AtomicFile::create(dir / "a");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, ErrorKind::usage);
    EXPECT_THAT(file.error().message, HasSubstr("Read-only file system"));
    EXPECT_THAT(file.error().remedy, HasSubstr("another"));
  });
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
}

TEST(FileFailure, ChoosesKindAndRemedyByTheReason) {
  const struct {
    int number;
    ErrorKind kind;
    const char* remedy;
  } cases[] = {{ENOSPC, ErrorKind::transient, "free space"}, {EDQUOT, ErrorKind::transient, "quota"},
               {EACCES, ErrorKind::usage, "right to write"}, {EROFS, ErrorKind::usage, "read-only"},
               {EFBIG, ErrorKind::transient, "ulimit -f"},   {EMFILE, ErrorKind::transient, "ulimit -n"},
               {EIO, ErrorKind::transient, "storage"},       {ENOENT, ErrorKind::usage, "does not exist"}};
  for (const auto& expected : cases) {
    const Error error = file_failure("/data/run/results.csv", "write", expected.number).value();
    EXPECT_EQ(error.kind, expected.kind) << error.to_string();
    EXPECT_EQ(error.place, "/data/run/results.csv");
    EXPECT_THAT(error.message, HasSubstr("cannot write: "));
    EXPECT_THAT(error.message, HasSubstr(std::strerror(expected.number)));
    EXPECT_THAT(error.remedy, HasSubstr(expected.remedy));
  }
}

}  // namespace
}  // namespace firmquery

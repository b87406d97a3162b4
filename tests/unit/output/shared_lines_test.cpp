#include "firmquery/output/shared_lines.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <sstream>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class SharedLines : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return directory / "shared.jsonl"; }
  // Processes of their own, each of which writes lines of its own; `meanwhile` runs until all have ended.
  template <class Meanwhile>
  void write_from(int processes, int lines, Meanwhile meanwhile) {
    std::vector<pid_t> children;
    for (int process = 0; process < processes; ++process) {
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        bool written = true;
        for (int n = 0; n < lines; ++n) written &= append_shared_line(file(), text(process, n)).has_value();
        ::_exit(written ? 0 : 1);
      }
      children.push_back(child);
    }
    while (!children.empty()) {
      meanwhile();
      int status = 0;
      const pid_t ended = ::waitpid(-1, &status, WNOHANG);
      if (ended <= 0) continue;
      EXPECT_EQ(status, 0);
      std::erase(children, ended);
    }
  }
  // Of different lengths, so that bytes of one in another would show.
  static std::string text(int process, int n) {
    return std::to_string(process) + ":" + std::to_string(n) + std::string(1 + n % 7 * 97, 'x') + ".";
  }
  void count(const std::filesystem::path& path, std::map<std::string, int>& counts) const {
    std::istringstream all(test::read_text(path));
    for (std::string line; std::getline(all, line);) ++counts[line];
  }
  static std::map<std::string, int> all(int processes, int lines) {
    std::map<std::string, int> counts;
    for (int process = 0; process < processes; ++process)
      for (int n = 0; n < lines; ++n) counts[text(process, n)] = 1;
    return counts;
  }
  const test::TempDir directory;
};

TEST_F(SharedLines, OfSeveralProcessesAreWhole) {
  write_from(4, 50, [] {});
  std::map<std::string, int> counts;
  count(file(), counts);
  EXPECT_EQ(counts, all(4, 50));
}

TEST_F(SharedLines, AreAllThereWhenTheFileIsRenamedMeanwhile) {
  int rotations = 0;
  write_from(4, 50, [&] {
    ::usleep(2000);
    const auto rotated = directory / ("shared.jsonl." + std::to_string(rotations));
    if (::rename(file().c_str(), rotated.c_str()) == 0) ++rotations;
  });
  EXPECT_GT(rotations, 2);
  std::map<std::string, int> counts;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) count(entry.path(), counts);
  EXPECT_EQ(counts, all(4, 50));
}

// Copied, then cut to nothing, as copytruncate does; with the lock held nothing is lost in between.
TEST_F(SharedLines, BeginAnewWhereTheFileIsCut) {
  std::map<std::string, int> counts;
  int cuts = 0;
  const auto rotate = [&] {
    const int fd = ::open(file().c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    while (::flock(fd, LOCK_EX) != 0) continue;
    count(file(), counts);
    EXPECT_EQ(::ftruncate(fd, 0), 0);
    ::close(fd);
    ++cuts;
  };
  write_from(4, 50, [&] {
    ::usleep(2000);
    rotate();
  });
  rotate();
  EXPECT_GT(cuts, 2);
  EXPECT_EQ(counts, all(4, 50));  // none torn, none behind a hole
}

TEST_F(SharedLines, EndALineThatACrashHasLeft) {
  directory.write("shared.jsonl", "one\n{\"to");
  ASSERT_TRUE(append_shared_line(file(), "two"));
  ASSERT_TRUE(append_shared_line(file(), "three"));
  EXPECT_EQ(test::read_text(file()), "one\n{\"to\ntwo\nthree\n");
}

TEST_F(SharedLines, AreReadByTheirOwnerAlone) {
  ASSERT_TRUE(check_shared_lines(file()));
  struct stat status = {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(status.st_size, 0);
  // As who made the file wants it.
  ASSERT_EQ(::chmod(file().c_str(), 0660), 0);
  ASSERT_TRUE(append_shared_line(file(), "one"));
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660u);
}

TEST_F(SharedLines, AreNotWrittenWhereTheyProveNothing) {
  const auto expect_refused = [&](const std::string& why) {
    for (const auto& done : {append_shared_line(file(), "one"), check_shared_lines(file())}) {
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().kind, ErrorKind::usage);
      EXPECT_THAT(done.error().message, HasSubstr(why));
    }
  };
  directory.write("shared.jsonl", "");
  ASSERT_EQ(::chmod(file().c_str(), 0666), 0);
  expect_refused("anybody may write");
  std::filesystem::remove(file());
  directory.write("target", "");
  std::filesystem::create_symlink("target", file());
  expect_refused("not a regular file");
  std::filesystem::remove(file());
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  expect_refused("not a regular file");
  EXPECT_FALSE(append_shared_line(directory / "absent/file", "one"));
  EXPECT_FALSE(append_shared_line(directory / "file", "one\ntwo"));
}

TEST_F(SharedLines, DoNotWaitForEver) {
  directory.write("shared.jsonl", "");
  const int fd = ::open(file().c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(fd, LOCK_EX), 0);
  const auto done = append_shared_line(file(), "one", 50ms);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::transient);
  ::close(fd);
  EXPECT_TRUE(append_shared_line(file(), "one", 50ms));
}

}  // namespace
}  // namespace firmquery

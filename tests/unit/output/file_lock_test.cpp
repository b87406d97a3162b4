#include "firmquery/output/file_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

// flock() locks belong to open files, so that two in one process exclude each other like two processes.
TEST(FileLock, FailsWaitsOrSkipsWhileItIsHeld) {
  const test::TempDir dir;
  auto held = lock_file(dir / "lock", true, "this job", OnOverlap::fail, {});
  ASSERT_TRUE(held && *held);
  const auto second = lock_file(dir / "lock", true, "this job", OnOverlap::fail, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::overlap);
  EXPECT_THAT(second.error().message, ::testing::HasSubstr("another run of this job"));
  const auto skipped = lock_file(dir / "lock", true, "this job", OnOverlap::skip, {});
  ASSERT_TRUE(skipped);
  EXPECT_FALSE(*skipped);

  std::atomic<bool> released{false};
  std::thread other([&] {
    const auto waited = lock_file(dir / "lock", true, "this job", OnOverlap::wait, {});
    EXPECT_TRUE(waited && *waited);
    EXPECT_TRUE(released);
  });
  released = true;
  held->reset();
  other.join();
}

TEST(FileLock, AStopEndsTheWait) {
  const test::TempDir dir;
  const auto held = lock_file(dir / "lock", true, "this job", OnOverlap::fail, {});
  std::stop_source stop;
  std::thread other([&] {
    const auto waited = lock_file(dir / "lock", true, "this job", OnOverlap::wait, stop.get_token());
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().kind, ErrorKind::interrupted);
  });
  stop.request_stop();
  other.join();
}

int descriptors_of(const std::filesystem::path& path) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    count += std::filesystem::read_symlink(entry.path(), ignored) == path ? 1 : 0;
  }
  return count;
}

// Whoever waits for a file that its holder removes has to take the one that has the name afterwards.
TEST(FileLock, IsOnTheFileThatHasTheName) {
  const test::TempDir dir;
  auto first = lock_file(dir / "lock", true, "this job", OnOverlap::fail, {});
  ASSERT_TRUE(first && *first);
  std::thread other([&] {
    const auto waited = lock_file(dir / "lock", true, "this job", OnOverlap::wait, {});
    ASSERT_TRUE(waited && *waited);
    const auto third = lock_file(dir / "lock", true, "this job", OnOverlap::skip, {});
    ASSERT_TRUE(third);
    EXPECT_FALSE(*third) << "two hold the lock";
  });
  while (descriptors_of(dir / "lock") < 2) std::this_thread::yield();  // it waits with a file of its own
  std::filesystem::remove(dir / "lock");
  first->reset();
  other.join();
}

TEST(FileLock, DoesNotMakeAJobFile) {
  const test::TempDir dir;
  EXPECT_FALSE(lock_file(dir / "job.yaml", false, "this job", OnOverlap::fail, {}));
}

}  // namespace
}  // namespace firmquery

#include "firmquery/file_lock.hpp"

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
  EXPECT_EQ(second.error().kind, ErrorKind::transient);
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

TEST(FileLock, DoesNotMakeAJobFile) {
  const test::TempDir dir;
  EXPECT_FALSE(lock_file(dir / "job.yaml", false, "this job", OnOverlap::fail, {}));
}

}  // namespace
}  // namespace firmquery

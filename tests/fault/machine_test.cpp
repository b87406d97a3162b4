// The machine the program runs on: full and read-only disks, limits of file sizes, clocks that jump.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "fault/fault_case.hpp"
#include "support/moving_clock.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

class Machine : public FaultCase {
 protected:
  // Mounts a file system on out()'s parent that this thread and the program alone see. Why it could not, or
  // "". The program is started by the same thread, so it inherits the mount.
  std::string on_small_disk(const char* size, const std::function<void()>& body) {
    std::string obstacle;
    std::thread([&] {
      std::filesystem::create_directory(disk());
      if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("tmpfs", disk().c_str(), "tmpfs", 0, size) != 0) {
        obstacle = std::string("NOT TESTED: cannot mount a small file system: ") + std::strerror(errno);
        return;
      }
      body();
    }).join();
    return obstacle;
  }
  std::filesystem::path disk() const { return directory_ / "disk"; }
  std::vector<std::string> on_disk() {
    out_ = disk() / "run";
    return arguments(server().dsn(), {"--max-retries", "1"});
  }
  // Nothing under a final name that is not whole.
  void expect_nothing_half_written(const std::filesystem::path& directory) {
    for (const char* name : {"results.csv", "missing.csv", "manifest.json"}) {
      EXPECT_FALSE(std::filesystem::exists(directory / name)) << name;
    }
    const auto report = directory / "report.json";
    if (std::filesystem::exists(report)) {
      EXPECT_NE(report_of(directory).status, "complete");
    }
  }
};

TEST_F(Machine, TheDiskFillsUpWhileRowsArrive) {
  const std::string obstacle = on_small_disk("size=3m", [&] {
    const Ended ended = run(on_disk());
    EXPECT_EQ(ended.exit_code, 4) << ended.err;
    EXPECT_THAT(flat(ended.err), HasSubstr("No space left on device"));
    EXPECT_THAT(flat(ended.err), HasSubstr("free space"));
    expect_nothing_half_written(out());
    // Somebody makes room.
    ASSERT_EQ(::mount(nullptr, disk().c_str(), nullptr, MS_REMOUNT, "size=100m"), 0);
    expect_complete(resume());
  });
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  expect_nothing_left();
}

// Room for the parts, but not for the files that are made of them.
TEST_F(Machine, TheDiskFillsUpAtTheEnd) {
  std::size_t bytes = 0;
  for (const std::string& row : undisturbed().rows) bytes += row.size() + 1;
  const std::string size = fmt::format("size={}", bytes + 400'000);
  const std::string obstacle = on_small_disk(size.c_str(), [&] {
    const Ended ended = run(on_disk());
    if (ended.exit_code == 0) return;  // the file system could join the parts without copying
    EXPECT_EQ(ended.exit_code, 4) << ended.err;
    EXPECT_THAT(flat(ended.err), HasSubstr("No space left on device"));
    EXPECT_FALSE(std::filesystem::exists(out() / "manifest.json"));
    ASSERT_EQ(::mount(nullptr, disk().c_str(), nullptr, MS_REMOUNT, "size=100m"), 0);
    expect_complete(resume());
  });
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
}

TEST_F(Machine, AFileMayNotGrowFurther) {
  const std::vector<std::string> command = arguments(server().dsn(), {"--max-retries", "1"});
  std::string line = "ulimit -f 2000; exec \"$0\" \"$@\"";
  std::vector<std::string> shell = {"-c", line, FIRMQUERY_BINARY};
  shell.insert(shell.end(), command.begin(), command.end());
  ProcessOptions options;
  options.death_signal = SIGKILL;
  const ProcessResult ended = run_process("/bin/bash", shell, options);
  EXPECT_EQ(ended.exit_code, 4) << ended.err;
  EXPECT_THAT(flat(ended.err), HasSubstr("File too large"));
  expect_nothing_half_written(out());
  expect_nothing_left();
  expect_complete(resume());
}

TEST_F(Machine, AReadOnlyDirectoryIsRefusedBeforeTheServerWorks) {
  const std::string obstacle = on_small_disk("size=3m", [&] {
    ASSERT_EQ(::mount(nullptr, disk().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    const Ended ended = run(on_disk());
    EXPECT_EQ(ended.exit_code, 2) << ended.err;
    EXPECT_THAT(flat(ended.err), HasSubstr("Read-only file system"));
  });
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
}

TEST_F(Machine, ADirectoryOfSomebodyElseIsRefused) {
  std::filesystem::create_directory(disk());
  std::filesystem::permissions(disk(), std::filesystem::perms::owner_all);
  ProcessOptions options;
  if (::geteuid() != 0) GTEST_SKIP() << "NOT TESTED: only root can make a directory of somebody else";
  options.user = server().user();
  options.environment["HOME"] = "/";
  const Ended ended = run(on_disk(), {}, options);
  EXPECT_EQ(ended.exit_code, 2) << ended.err;
  EXPECT_THAT(flat(ended.err), HasSubstr("ermission"));
}

// Clocks on the wall may go where they like: waits and measured times go by the steady one.
class ClockJumps : public Machine, public ::testing::WithParamInterface<const char*> {};

TEST_P(ClockJumps, NobodyNotices) {
  if (const std::string obstacle = MovingClock::obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
  const MovingClock clock(directory_);
  ProcessOptions options;
  clock.show_to(options);
  TcpProxy proxy(server().port());
  proxy.freeze_after(TcpProxy::to_client, 1'000'000);
  const Ended ended = run(
      arguments(dsn_through(proxy), {"--retry-delay", "0.2"}),
      [&](Process& process) {
        ASSERT_NO_FATAL_FAILURE(wait_until_frozen(proxy, process));
        clock.move(GetParam());
        // A retry's pause falls into the new time.
        proxy.cut_after(TcpProxy::to_client, 1, TcpProxy::End::reset);
        proxy.thaw();
      },
      options);
  expect_complete(ended);
  const Report report = report_of(out());
  EXPECT_GT(report.retries, 0u);
  EXPECT_LT(report.timing.total_s, 3600) << "measured with the wall's clock";
  EXPECT_GE(report.timing.query_s, 0);
}

INSTANTIATE_TEST_SUITE_P(Each, ClockJumps, ::testing::Values("+9h", "-9h"), [](const auto& parameter) {
  return std::string(parameter.param[0] == '+' ? "forward" : "back");
});

}  // namespace
}  // namespace firmquery::test

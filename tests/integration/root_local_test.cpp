// The private local PostgreSQL of root works in a directory that the account `postgres` owns, and with it
// every other cluster of that account on the machine. Whatever stands there, it gets no more than the account
// has already.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fstream>

#include "integration/root_case.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kServerAccount = "postgres";

class RootLocal : public RootCase {
 protected:
  void TearDown() override {
    if (!IsSkipped()) program({"local", "stop"});
  }

  ProcessResult start() const { return program({"local", "start"}); }
  void start_and_stop() const {
    const ProcessResult started = start();
    ASSERT_EQ(started.exit_code, 0) << started.err;
    ASSERT_EQ(program({"local", "stop"}).exit_code, 0);
  }
  static uid_t owner(const fs::path& path) {
    struct stat facts {};
    EXPECT_EQ(::lstat(path.c_str(), &facts), 0) << path;
    return facts.st_uid;
  }
};

TEST_F(RootLocal, OwnsNothingInTheDirectoryOfTheServer) {
  ASSERT_EQ(start().exit_code, 0);
  for (const auto& entry : fs::recursive_directory_iterator(local())) {
    EXPECT_NE(owner(entry.path()), 0u) << entry.path();
  }
}

TEST_F(RootLocal, GivesNoDirectoryAwayThatALinkLeadsTo) {
  start_and_stop();
  for (const char* name : {"socket", "log"}) {
    SCOPED_TRACE(name);
    fs::rename(local() / name, local() / "aside");
    plant(roots("empty"), local() / name, kServerAccount);
    EXPECT_NE(start().exit_code, 0);
    expect_roots_files_untouched();
    fs::remove(local() / name);
    fs::rename(local() / "aside", local() / name);
  }
  for (const char* name : {"server", ".server.part", ".data.part"}) {
    plant(roots("empty"), local() / name, kServerAccount);
  }
  EXPECT_EQ(start().exit_code, 0) << "they are replaced";
  expect_roots_files_untouched();
}

TEST_F(RootLocal, WritesNoLogLockOrSettingsThroughALink) {
  start_and_stop();
  std::ofstream(local() / "data/postgresql.conf", std::ios::app)
      << "log_line_prefix = '* * * * * root touch /root/owned #'\nlog_min_messages = debug1\n";
  for (const char* target : {"new", "kept"}) {
    plant(roots(target), local() / "log/postgresql.log", kServerAccount);
    const ProcessResult started = start();
    EXPECT_NE(started.exit_code, 0);
    EXPECT_THAT(started.err, HasSubstr("postgresql.log"));
    expect_roots_files_untouched();
    fs::remove(local() / "log/postgresql.log");
    plant(roots(target), local() / "lock", kServerAccount);
    EXPECT_NE(start().exit_code, 0);
    EXPECT_NE(program({"local", "stop"}).exit_code, 0);
    expect_roots_files_untouched();
    fs::remove(local() / "lock");
    write_text(local() / "lock", "");
    give_to(local() / "lock", kServerAccount);
  }
  EXPECT_EQ(start().exit_code, 0);
}

TEST_F(RootLocal, IsNotHeldUpByAFifo) {
  start_and_stop();
  for (const char* name : {"data/PG_VERSION", "data/postmaster.pid", "log/postgresql.log"}) {
    fs::remove(local() / name);
    ASSERT_EQ(::mkfifo((local() / name).c_str(), 0600), 0);
    give_to(local() / name, kServerAccount);
    EXPECT_EQ(program({"local", "status"}).exit_code, 0);
  }
  EXPECT_NE(start().exit_code, 0);
}

// A number in postmaster.pid is what the account has written there.
TEST_F(RootLocal, EndsNoProcessOfAnotherAccount) {
  start_and_stop();
  fs::copy("/bin/sleep", directory_ / "postgres");
  ProcessOptions in_data;
  in_data.directory = local() / "data";
  Process other = Process::start(directory_ / "postgres", {"600"}, in_data);
  write_text(local() / "data/postmaster.pid", std::to_string(other.pid()) + "\n");
  give_to(local() / "data/postmaster.pid", kServerAccount);
  EXPECT_EQ(program({"local", "stop"}).exit_code, 0);
  EXPECT_TRUE(other.signal(0));
  EXPECT_EQ(start().exit_code, 0) << "it is no server, and not in the way of one";
  EXPECT_TRUE(other.signal(0));
}

// Of two starts at once the other one may hand over the directory, and put the first files into it, between any two
// looks of this one.
TEST_F(RootLocal, WaitsWhileAnotherStartHandsTheDirectoryOver) {
  fs::create_directory(local());
  fs::permissions(local(), fs::perms(0700));
  const int other = ::open(local().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  ProcessOptions options;
  options.environment["FIRMQUERY_LOCAL_DIR"] = local().string();
  Process starting = Process::start(FIRMQUERY_BINARY, {"local", "start"}, options);
  const std::string waits = "-> FLOCK  ADVISORY  WRITE " + std::to_string(starting.pid()) + " ";
  while (read_text("/proc/locks").find(waits) == std::string::npos) {
    ASSERT_FALSE(starting.wait(std::chrono::milliseconds(10))) << starting.err();
  }
  write_text(local() / "lock", "");
  give_to(local() / "lock", kServerAccount);
  give_to(local(), kServerAccount);
  ::close(other);
  EXPECT_EQ(starting.wait(std::chrono::minutes(2)), 0) << starting.err();
}

TEST_F(RootLocal, IsMadeWhereOnlyRootCanWrite) {
  fs::create_directory(directory_ / "theirs");
  give_to(directory_ / "theirs", kServerAccount);
  ProcessOptions options;
  const auto start_in = [&](const fs::path& place) {
    return run_process("/usr/bin/env",
                       {"FIRMQUERY_LOCAL_DIR=" + place.string(), FIRMQUERY_BINARY, "local", "start"},
                       options);
  };
  const ProcessResult inside = start_in(directory_ / "theirs/local");
  EXPECT_EQ(inside.exit_code, 2);
  EXPECT_THAT(inside.err, AllOf(HasSubstr("belongs to postgres"), HasSubstr("sudo -u postgres firmquery")));
  EXPECT_FALSE(fs::exists(directory_ / "theirs/local"));
  plant(roots("empty"), directory_ / "link", kServerAccount);
  EXPECT_NE(start_in(directory_ / "link").exit_code, 0);
  EXPECT_NE(start_in(directory_ / "link/local").exit_code, 0);
  expect_roots_files_untouched();
}

TEST_F(RootLocal, TakesOverAServerOfAnEarlierVersion) {
  start_and_stop();
  for (const char* name : {"lock", "log/postgresql.log"}) {
    fs::remove(local() / name);
    write_text(local() / name, "");
    fs::permissions(local() / name, fs::perms(0600));
  }
  const ProcessResult started = start();
  EXPECT_EQ(started.exit_code, 0) << started.err;
  EXPECT_NE(owner(local() / "log/postgresql.log"), 0u);
}

// Who answers on the socket is for the owner of its directory to say.
TEST_F(RootLocal, SpeaksToTheServersAccountOnly) {
  const ProcessResult started = start();
  EXPECT_THAT(started.out, HasSubstr("requirepeer='postgres'"));
  EXPECT_EQ(program({"local", "psql", "-X", "-c", "select 1"}).exit_code, 0);
}

}  // namespace
}  // namespace firmquery::test

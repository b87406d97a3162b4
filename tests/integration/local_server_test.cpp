#include "firmquery/local/local_server.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

class LocalServerTest : public testing::Test {
 protected:
  ~LocalServerTest() override {
    if (auto server = LocalServer::find(directory())) (void)server->stop();
  }

  std::filesystem::path directory() const { return temp_ / "local"; }

  LocalServer server() const {
    auto found = LocalServer::find(directory());
    EXPECT_TRUE(found) << found.error().to_string();
    return found.value();
  }

  LocalServerStatus start() const {
    auto status = server().start();
    EXPECT_TRUE(status) << status.error().to_string();
    return status.value_or(LocalServerStatus{});
  }

  std::string sql(const LocalServerStatus& status, const std::string& text) const {
    const auto result = test::run_process(server().psql(), {"-X", "-A", "-t", "-c", text, status.dsn});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  TempDir temp_;
};

TEST_F(LocalServerTest, StatusOfAServerThatNeverWasChangesNothing) {
  const auto status = server().status();
  ASSERT_TRUE(status) << status.error().to_string();
  EXPECT_FALSE(status->initialized);
  EXPECT_FALSE(status->running);
  EXPECT_TRUE(server().stop());
  EXPECT_FALSE(std::filesystem::exists(directory()));
}

TEST_F(LocalServerTest, StartsAnswersAndStops) {
  const LocalServerStatus started = start();
  EXPECT_TRUE(started.initialized);
  EXPECT_TRUE(started.running);
  EXPECT_GT(started.pid, 0);
  EXPECT_EQ(sql(started, "SELECT current_database()"), "firmquery\n");
  EXPECT_EQ(sql(started, "SHOW server_version").rfind(started.version, 0), 0u);

  EXPECT_EQ(start().pid, started.pid) << "a second start must find the first server";

  ASSERT_TRUE(server().stop());
  const auto stopped = server().status();
  ASSERT_TRUE(stopped);
  EXPECT_TRUE(stopped->initialized);
  EXPECT_FALSE(stopped->running);
  EXPECT_NE(::kill(started.pid, 0), 0) << "the process is still there";
  EXPECT_TRUE(server().stop());
}

TEST_F(LocalServerTest, OnlyItsUserCanReachIt) {
  const LocalServerStatus status = start();
  EXPECT_EQ(sql(status, "SHOW listen_addresses"), "\n");
  struct stat facts {};
  ASSERT_EQ(::stat((directory() / "socket").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
  ASSERT_EQ(::stat((directory() / "socket/.s.PGSQL.5432").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
  EXPECT_NE(facts.st_uid, 0u) << "the server must not run as root";
}

TEST_F(LocalServerTest, ConcurrentStartsGiveOneServer) {
  constexpr int kStarters = 4;
  std::vector<int> pids(kStarters);
  std::vector<std::thread> starters;
  for (int i = 0; i < kStarters; ++i) {
    starters.emplace_back([this, i, &pids] { pids[static_cast<std::size_t>(i)] = start().pid; });
  }
  for (std::thread& starter : starters) starter.join();
  EXPECT_GT(pids[0], 0);
  EXPECT_EQ(pids, std::vector<int>(kStarters, pids[0]));
}

TEST_F(LocalServerTest, StartsAgainAfterBeingKilled) {
  const LocalServerStatus first = start();
  sql(first, "CREATE TABLE kept AS SELECT 42 AS answer");
  ASSERT_EQ(::kill(first.pid, SIGKILL), 0);
  const LocalServerStatus second = start();
  EXPECT_NE(second.pid, first.pid);
  EXPECT_EQ(sql(second, "SELECT answer FROM kept"), "42\n");
}

// After a crash of the machine or container the number in the lock files may belong to any other program.
TEST_F(LocalServerTest, StartsWhenAnotherProgramHasTheOldProcessNumber) {
  start();
  ASSERT_TRUE(server().stop());
  test::ProcessOptions as_server;  // of another user, PostgreSQL itself would see through it
  if (::geteuid() == 0) as_server.user = "postgres";
  test::Process other = test::Process::start("sleep", {"600"}, as_server);
  const std::string lock =
      std::to_string(other.pid()) + "\n" + (directory() / "data").string() + "\n1\n5432\n";
  test::write_text(directory() / "data/postmaster.pid", lock);
  test::write_text(directory() / "socket/.s.PGSQL.5432.lock", lock);
  const auto status = server().status();
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->running);
  EXPECT_TRUE(server().stop());
  EXPECT_TRUE(other.signal(0)) << "stop() must not end the other program";
  EXPECT_TRUE(start().running);
}

TEST_F(LocalServerTest, AnInterruptedInitialisationIsRedone) {
  std::filesystem::create_directories(directory() / ".data.part/base");
  test::write_text(directory() / "lock", "");
  test::write_text(directory() / ".data.part/PG_VERSION", "15\n");
  if (::geteuid() == 0) test::give_to(directory(), "postgres");
  EXPECT_TRUE(start().running);
  EXPECT_FALSE(std::filesystem::exists(directory() / ".data.part"));
}

TEST_F(LocalServerTest, TheUsersPostgresVariablesDoNotLeakIntoIt) {
  ::setenv("PGPORT", "6543", 1);
  ::setenv("PGDATA", "/nonexistent", 1);
  const LocalServerStatus status = start();
  EXPECT_TRUE(status.running);
  EXPECT_EQ(sql(status, "SHOW port"), "5432\n");
  ::unsetenv("PGPORT");
  ::unsetenv("PGDATA");
}

TEST_F(LocalServerTest, SpacesAndQuotesInThePathAreFine) {
  auto odd = LocalServer::find(temp_ / "it's $HOME \"here\"");
  ASSERT_TRUE(odd) << odd.error().to_string();
  const auto status = odd->start();
  ASSERT_TRUE(status) << status.error().to_string();
  EXPECT_EQ(sql(*status, "SELECT 1"), "1\n");
  EXPECT_TRUE(odd->stop());
}

TEST_F(LocalServerTest, APathTooLongForASocketNamesTheRemedy) {
  const auto found = LocalServer::find(temp_ / std::string(100, 'x'));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::usage);
  EXPECT_NE(found.error().remedy.find("FIRMQUERY_LOCAL_DIR"), std::string::npos) << found.error().to_string();
}

TEST_F(LocalServerTest, ADirectoryThatHoldsSomethingElseIsLeftAlone) {
  temp_.write("local/precious.txt", "mine");
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat(directory().c_str(), &before), 0);
  const auto status = server().start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::usage) << status.error().to_string();
  ASSERT_EQ(::stat(directory().c_str(), &after), 0);
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_FALSE(std::filesystem::exists(directory() / "lock"));
}

TEST_F(LocalServerTest, DataOfAnotherMajorVersionAreRefusedWithTheRemedy) {
  start();
  ASSERT_TRUE(server().stop());
  test::write_text(directory() / "data/PG_VERSION", "9\n");
  const auto status = server().start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::usage);
  EXPECT_NE(status.error().remedy.find("postgresql-9"), std::string::npos) << status.error().to_string();
}

TEST_F(LocalServerTest, AServerThatCannotStartShowsWhatItSaid) {
  start();
  ASSERT_TRUE(server().stop());
  std::filesystem::remove(directory() / "data/global/pg_control");
  const auto status = server().start();
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("pg_control"), std::string::npos) << status.error().to_string();
  EXPECT_NE(status.error().remedy.find("postgresql.log"), std::string::npos);
}

}  // namespace
}  // namespace firmquery

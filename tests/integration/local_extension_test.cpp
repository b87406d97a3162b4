// firm_staging in the private local server, where nothing may be written into PostgreSQL's installation: as
// root (the server then runs as another user) and as a user without rights, with the program's files and
// without.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;

// A copy of the program as it is installed, for a user of its own choice.
class LocalExtension : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    const fs::path build = fs::path(FIRMQUERY_BINARY).parent_path().parent_path();
    if (!fs::exists(build / "lib/firmquery")) GTEST_SKIP() << "firm_staging is not built";
    if (GetParam() && ::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    if (GetParam()) user_ = "nobody";
    fs::permissions(directory_.path(), fs::perms(0755));
    fs::create_directories(prefix() / "bin");
    fs::create_directories(prefix() / "lib");
    fs::copy(FIRMQUERY_BINARY, prefix() / "bin/firmquery");
    fs::copy(build / "lib/firmquery", prefix() / "lib/firmquery", fs::copy_options::recursive);
    fs::create_directories(home());
    if (!user_.empty()) give_to(home(), user_);
  }
  void TearDown() override {
    if (fs::exists(prefix() / "bin/firmquery")) program({"local", "stop"});
  }

  fs::path prefix() const { return directory_ / "prefix"; }
  fs::path home() const { return directory_ / "home"; }
  fs::path local() const { return home() / "local"; }
  ProcessResult program(const std::vector<std::string>& arguments) const {
    ProcessOptions options;
    options.user = user_;
    options.directory = home();
    options.environment = {{"HOME", home().string()}, {"FIRMQUERY_LOCAL_DIR", local().string()}};
    return run_process(prefix() / "bin/firmquery", arguments, options);
  }
  std::string sql(const std::string& text) const {
    const ProcessResult result = program({"local", "psql", "-X", "-q", "-At", "-c", text});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  // Of the one server tree below the local directory; 0: there is none.
  ino_t inode_of_tree() const {
    struct stat facts {};
    return ::stat((local() / "server").c_str(), &facts) == 0 ? facts.st_ino : 0;
  }

  std::string user_;
  TempDir directory_;
};

TEST_P(LocalExtension, IsThereAndStaysOverRestarts) {
  const ProcessResult started = program({"local", "start"});
  ASSERT_EQ(started.exit_code, 0) << started.err;
  EXPECT_NE(started.out.find("firm_staging: 1.1\n"), std::string::npos) << started.out;
  EXPECT_EQ(sql("select firm_id_clean('+007', 'int')"), "7\n");
  EXPECT_EQ(sql("create extension if not exists pg_trgm; select similarity('a', 'a')"), "1\n")
      << "what was installed with PostgreSQL must still be found";
  if (::geteuid() == 0) {
    struct stat facts {};
    ASSERT_EQ(::stat((local() / "server").c_str(), &facts), 0);
    EXPECT_NE(facts.st_uid, 0u) << "made as the server's user";
  }
  const ino_t tree = inode_of_tree();
  ASSERT_NE(tree, 0u);
  ASSERT_EQ(program({"local", "stop"}).exit_code, 0);
  EXPECT_EQ(sql("select count(*) from firmquery.run"), "0\n");
  EXPECT_EQ(inode_of_tree(), tree) << "the tree is made once";
}

TEST_P(LocalExtension, ARunIsMadeAndKeptWithoutAServerOfOnesOwn) {
  sql("create table wanted as select n as id from generate_series(1, 30) n;"
      "create table firm as select n as firm_root_id from generate_series(1, 20) n");
  const ProcessResult ran = program({"run", "--ids", "sql:select id from wanted", "--sql",
                                     "select firm_root_id from firm where firm_root_id in ({ID_PLACEHOLDER})",
                                     "--out", "out", "--quiet"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const ProcessResult kept = program({"keep", "out"});
  EXPECT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_EQ(sql("select found, missing from firmquery.run"), "20|10\n");
}

TEST_P(LocalExtension, ANewBuildOfItIsTakenOver) {
  ASSERT_EQ(program({"local", "start"}).exit_code, 0);
  const ino_t tree = inode_of_tree();
  ASSERT_EQ(program({"local", "stop"}).exit_code, 0);
  for (const auto& entry : fs::recursive_directory_iterator(prefix() / "lib")) {
    if (entry.path().extension() != ".control") continue;
    std::ofstream(entry.path(), std::ios::app) << "\n# another\n";
  }
  EXPECT_EQ(sql("select firm_id_clean('+007', 'int')"), "7\n");
  EXPECT_NE(inode_of_tree(), tree);
}

TEST_P(LocalExtension, WithoutItsFilesTheServerSaysSoAndGoesOn) {
  fs::remove_all(prefix() / "lib");
  for (const char* command : {"status", "start", "status"}) {
    const ProcessResult result = program({"local", command});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.out.find("firm_staging: none: there is no build of it for PostgreSQL"),
              std::string::npos)
        << result.out;
  }
  EXPECT_EQ(sql("select 1"), "1\n");
  const ProcessResult kept = program({"keep", "out"});
  EXPECT_EQ(kept.exit_code, 2);
}

// A module of another version, or damaged: its error is shown, and the server is there.
TEST_P(LocalExtension, AModuleThatCannotBeLoadedIsNoReasonNotToStart) {
  for (const auto& entry : fs::recursive_directory_iterator(prefix() / "lib")) {
    if (entry.path().extension() == ".so") std::ofstream(entry.path(), std::ios::trunc) << "not a module";
  }
  const ProcessResult started = program({"local", "start"});
  EXPECT_EQ(started.exit_code, 0) << started.err;
  EXPECT_NE(started.out.find("firm_staging: none: could not load library"), std::string::npos) << started.out;
  EXPECT_EQ(sql("select 1"), "1\n");
}

INSTANTIATE_TEST_SUITE_P(Users, LocalExtension, ::testing::Values(false, true),
                         [](const auto& user) { return user.param ? "WithoutRights" : "OfTheTests"; });

}  // namespace
}  // namespace firmquery::test

// Which server is asked when nobody has named one: never a private one that happens to be there or could be
// made.
#include <gmock/gmock.h>

#include <filesystem>

#include "firmquery/local/local_server.hpp"
#include "integration/run_case.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class UnnamedServer : public ::testing::Test {
 protected:
  UnnamedServer() {
    directory_.write("ids.csv", "1\n2\n3\n");
    directory_.write("firms.sql",
                     "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})");
  }
  ~UnnamedServer() override {
    if (auto server = LocalServer::find(local())) (void)server->stop();
  }
  std::filesystem::path local() const { return directory_ / "local"; }
  ProcessResult program(const std::vector<std::string>& words,
                        const std::map<std::string, std::optional<std::string>>& variables = {}) const {
    ProcessOptions options;
    options.directory = directory_.path();
    for (const char* name : {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "FIRMQUERY_DSN",
                             "DATABASE_URL", "COCKROACH_URL"}) {
      options.environment[name] = std::nullopt;
    }
    options.environment["FIRMQUERY_LOCAL_DIR"] = local().string();
    options.environment["HOME"] = (directory_ / "home").string();
    for (const auto& [name, value] : variables) options.environment[name] = value;
    return run_process(FIRMQUERY_BINARY, words, options);
  }
  static std::vector<std::string> words(const std::string& command,
                                        const std::vector<std::string>& more = {}) {
    std::vector<std::string> all = {command, "--ids", "ids.csv", "--query", "firms.sql"};
    if (command == "run") all.insert(all.end(), {"--out", "out", "--progress", "never"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  void expect_nothing_made() const {
    EXPECT_FALSE(std::filesystem::exists(local()));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
  }

  TempDir directory_;
};

const auto kWays = AllOf(HasSubstr("no server is named"), HasSubstr("--dsn DSN"), HasSubstr("PGHOST"),
                         HasSubstr("DATABASE_URL"), HasSubstr("COCKROACH_URL"), HasSubstr("--dsn local:"));

TEST_F(UnnamedServer, IsAnErrorThatListsTheWays) {
  for (const char* command : {"run", "plan"}) {
    const ProcessResult result = program(words(command));
    EXPECT_EQ(result.exit_code, 2) << command;
    EXPECT_THAT(result.err, kWays) << command;
  }
  const ProcessResult doctor = program(words("doctor"));
  EXPECT_EQ(doctor.exit_code, 2);
  EXPECT_THAT(doctor.out, AllOf(HasSubstr("fail  server: "), kWays, HasSubstr("ok    query template")));
  const ProcessResult bare = program({"doctor"});
  EXPECT_EQ(bare.exit_code, 2);
  EXPECT_THAT(bare.out, kWays);
  const ProcessResult list = program({"clean", "--ids", "sql:select id from wanted"});
  EXPECT_EQ(list.exit_code, 2);
  EXPECT_THAT(list.err,
              AllOf(HasSubstr("no server is named for the query of IDs"), HasSubstr("--ids-dsn local:")));
  expect_nothing_made();
}

TEST_F(UnnamedServer, ChecksAndDryRunsMakeNoClusterEvenWhenAsked) {
  for (const char* command : {"doctor", "plan"}) {
    const ProcessResult result = program(words(command, {"--dsn", "local:"}));
    EXPECT_EQ(result.exit_code, 2) << command;
    EXPECT_THAT(result.out + result.err, HasSubstr("firmquery local start")) << command;
  }
  expect_nothing_made();
}

TEST_F(UnnamedServer, TheLocalServerStandsInWhereItHasTheRelation) {
  ASSERT_EQ(program({"local", "start"}).exit_code, 0);
  const ProcessResult lacking = program(words("run"));
  EXPECT_EQ(lacking.exit_code, 2);
  EXPECT_THAT(lacking.err, AllOf(kWays, HasSubstr("the private local PostgreSQL in " + local().string()),
                                 HasSubstr("\"firm\"")));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
  // Asked for by name it is asked, and named.
  const ProcessResult asked = program(words("run", {"--dsn", "local:"}));
  EXPECT_EQ(asked.exit_code, 6);
  EXPECT_THAT(asked.err, AllOf(HasSubstr("SQLSTATE 42P01"),
                               HasSubstr("server the private local PostgreSQL in " + local().string())));

  ASSERT_EQ(
      program({"local", "psql", "-qc", "create table firm as select 1::bigint as firm_root_id, 'a' as name"})
          .exit_code,
      0);
  const ProcessResult found = program(words("run"));
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_THAT(found.err, HasSubstr("at the private local PostgreSQL in " + local().string()));
  // Stopped is there, too.
  ASSERT_EQ(program({"local", "stop"}).exit_code, 0);
  EXPECT_EQ(program(words("plan")).exit_code, 0);
}

TEST_F(UnnamedServer, UrlsOfTheEnvironmentAreUsedLast) {
  shared_server().execute(
      "drop table if exists firm; create table firm (firm_root_id bigint primary key, name text)");
  const std::string url = "postgresql://" + shared_server().user() +
                          ":sesame@/postgres?host=" + shared_server().socket_directory().string() +
                          "&port=" + std::to_string(shared_server().port());
  for (const char* name : {"DATABASE_URL", "COCKROACH_URL"}) {
    std::filesystem::remove_all(directory_ / "out");
    const ProcessResult result = program(words("run"), {{name, url}});
    EXPECT_EQ(result.exit_code, 0) << name << result.err;
    EXPECT_THAT(result.err, HasSubstr(" at " + shared_server().socket_directory().string()));
    const ProcessResult shown = program({"config", "show"}, {{name, url}});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("environment " + std::string(name)), Not(HasSubstr("sesame"))));
  }
  // A variable of libpq is stronger.
  const ProcessResult stronger =
      program(words("run", {"--max-retries", "0", "--out", "out2"}),
              {{"DATABASE_URL", url}, {"PGHOST", (directory_ / "nowhere").string()}});
  EXPECT_EQ(stronger.exit_code, 4);
  EXPECT_THAT(stronger.err, HasSubstr("server " + (directory_ / "nowhere").string()));
  EXPECT_FALSE(std::filesystem::exists(local()));
}

}  // namespace
}  // namespace firmquery::test

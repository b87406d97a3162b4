// A server that speaks German: what to do about an error is decided by codes and facts, never by words.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "firmquery/core/report.hpp"
#include "firmquery/db/session.hpp"
#include "support/postgres.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kGerman = "de_DE.UTF-8";

class German : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (run_process("locale", {"-a"}).out.find("de_DE.utf8") == std::string::npos) return;
    server_ = std::make_unique<PostgresServer>(PostgresOptions{
        false, {std::string("lc_messages=") + kGerman, "log_line_prefix=%e ", "max_connections=20"}});
    server_->execute(
        "create table firm (firm_root_id bigint primary key, name text); insert into firm select n, 'firm ' "
        "|| n "
        "from generate_series(1, 600) n; create role guest login password 'right'");
    std::ofstream hba(server_->data_directory() / "pg_hba.conf");
    hba << "local all guest scram-sha-256\nlocal all refused reject\nlocal all all trust\n";
    hba.close();
    server_->execute("select pg_reload_conf()");
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (!server_) GTEST_SKIP() << "NOT TESTED: there is no locale " << kGerman << "; run scripts/setup";
    ConnectOptions wrong;
    wrong.dsn = server_->dsn("gibt_es_nicht");
    ASSERT_THAT(Session::open(wrong).error().message, HasSubstr("existiert nicht"))
        << "the server does not speak it";
  }

  ProcessResult run(const std::string& user, const std::string& database, const std::string& sql,
                    const std::vector<std::string>& more = {}) {
    std::string ids;
    for (int n = 1; n <= 610; ++n) ids += std::to_string(n) + "\n";
    std::vector<std::string> arguments = {"run",
                                          "--ids",
                                          directory_.write("ids.txt", ids),
                                          "--sql",
                                          sql,
                                          "--dsn",
                                          fmt::format("{} user={}", server_->dsn(database), user),
                                          "--out",
                                          directory_ / "out",
                                          "--retry-delay",
                                          "0.02"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ProcessOptions options;
    options.environment["PGPASSWORD"] = "wrong";
    return run_process(FIRMQUERY_BINARY, arguments, options);
  }

  // How often the server has said no with this code since the last call.
  static std::size_t refusals(const std::string& code) {
    static std::size_t seen = 0;
    const std::string log = server_->complete_log(), line = "\n" + code + " FATAL";
    std::size_t count = 0;
    for (std::size_t at = seen; (at = log.find(line, at)) != std::string::npos; ++at) ++count;
    seen = log.size() - 1;  // the last line's end
    return count;
  }

  static std::unique_ptr<PostgresServer> server_;
  TempDir directory_;
};
std::unique_ptr<PostgresServer> German::server_;

TEST_F(German, AWrongPasswordIsTriedOnce) {
  refusals("");
  const ProcessResult ended = run("guest", "postgres", kSql);
  EXPECT_EQ(ended.exit_code, 5) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("fehlgeschlagen (SQLSTATE 28P01"));
  EXPECT_THAT(ended.err, HasSubstr("check user and password"));
  EXPECT_EQ(refusals("28P01"), 1u) << "an account is locked after a few";
}

TEST_F(German, RolesDatabasesAndHbaLinesAreToldApart) {
  refusals("");
  const ProcessResult role = run("nobody_known", "postgres", kSql);
  EXPECT_EQ(role.exit_code, 5) << role.err;
  EXPECT_THAT(role.err, HasSubstr("set user to a role of the server"));
  const ProcessResult hba = run("refused", "postgres", kSql);
  EXPECT_EQ(hba.exit_code, 5) << hba.err;
  EXPECT_THAT(hba.err, HasSubstr("ask for an entry in pg_hba.conf"));
  EXPECT_EQ(refusals("28000"), 2u) << server_->log();
  const ProcessResult database = run(server_->user(), "gibt_es_nicht", kSql);
  EXPECT_EQ(database.exit_code, 2) << database.err;
  EXPECT_THAT(database.err, HasSubstr("set dbname to a database of the server"));
  EXPECT_EQ(refusals("3D000"), 1u);
}

TEST_F(German, AStatementThatTimesOutIsMadeSmaller) {
  const ProcessResult ended = run(
      server_->user(), "postgres",
      "select firm_root_id, pg_sleep(0.01)::text as slept from firm where firm_root_id in ({ID_PLACEHOLDER})",
      {"--query-timeout", "2", "--connections", "1", "--max-retries", "0"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto report = report_from_json(read_text(directory_ / "out/report.json"), "report.json");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->result.found, 600u);
  EXPECT_GT(report->retries, 0u) << "nothing has timed out";
}

TEST_F(German, ALockThatIsNotToBeHadIsTransient) {
  ConnectOptions options;
  options.dsn = server_->dsn();
  Session holder = Session::open(options).value();
  ASSERT_TRUE(holder.execute("begin; lock table firm in access exclusive mode"));
  const ProcessResult ended =
      run(server_->user(), "postgres", kSql, {"--max-retries", "1", "--lock-timeout", "0.2"});
  EXPECT_EQ(ended.exit_code, 4) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("55P03"));
}

}  // namespace
}  // namespace firmquery::test

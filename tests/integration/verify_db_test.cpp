// verify --db: the server is asked again about a run that is finished.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"
#include "support/process.hpp"
#include "support/tcp_proxy.hpp"

namespace firmquery::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kQuery =
    "select firm_root_id, n from verified where firm_root_id in ({ID_PLACEHOLDER})";

class VerifyDb : public ::testing::TestWithParam<DialectKind> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    server_.execute({"drop table if exists verified",
                     "create table verified (firm_root_id int4 primary key, n int)",
                     "insert into verified select i * 2, i from generate_series(1, 500) i"});
    directory_.write("ids.txt", numbers(1, 1000) + "9999999999\n");  // which an int4 column cannot hold
  }
  ProcessResult start(const std::vector<std::string>& more = {}, const std::string& dsn = {}) const {
    std::vector<std::string> words = {"run",
                                      "--ids",
                                      directory_ / "ids.txt",
                                      "--sql",
                                      kQuery,
                                      "--dsn",
                                      dsn.empty() ? server_.dsn() : dsn,
                                      "--out",
                                      directory_ / "out"};
    words.insert(words.end(), more.begin(), more.end());
    return run_process(FIRMQUERY_BINARY, words);
  }
  ProcessResult verify(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"verify", directory_ / "out", "--db"};
    words.insert(words.end(), more.begin(), more.end());
    return run_process(FIRMQUERY_BINARY, words);
  }
  void turn_over() const {
    server_.execute(
        {"delete from verified where firm_root_id <= 20", "insert into verified values (1, 1), (3, 3)"});
  }
  const EachServer server_{GetParam()};
  const TempDir directory_;
};

TEST_P(VerifyDb, AsksForWhatTheFilesSay) {
  ASSERT_EQ(start().exit_code, 0);
  const ProcessResult verified = verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  const std::string when = server_.is_cockroachdb() ? "at the run's instant" : "as of now";
  EXPECT_THAT(verified.out,
              HasSubstr("ok    the server was asked again: 500 of 500 missing IDs and 500 of 500 found "
                        "ones asked for again by array " +
                        when + ": all as before"));
  EXPECT_THAT(verified.out, Not(HasSubstr("DIFF")));
  // Nothing of it is left in the directory, and without --db no server is asked.
  const ProcessResult offline = run_process(FIRMQUERY_BINARY, {"verify", directory_ / "out"});
  EXPECT_EQ(offline.exit_code, 0) << offline.err;
  EXPECT_THAT(offline.out, Not(HasSubstr("asked again")));
}

TEST_P(VerifyDb, WhatHasChangedSinceIsToldApartWhereItCanBe) {
  ASSERT_EQ(start().exit_code, 0);
  turn_over();
  const ProcessResult verified = verify({"--json"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  const auto db = nlohmann::json::parse(verified.out)["db"];
  EXPECT_EQ(db["at_the_runs_instant"], server_.is_cockroachdb());
  EXPECT_EQ(db["missing"]["asked"], 500);
  EXPECT_EQ(db["missing"]["wrong"], server_.is_cockroachdb() ? 0 : 2);
  EXPECT_EQ(db["found"]["wrong"], server_.is_cockroachdb() ? 0 : 10);
  EXPECT_EQ(nlohmann::json::parse(verified.out)["status"], "verified");
  const ProcessResult text = verify();
  EXPECT_EQ(text.exit_code, 0) << text.err;
  if (server_.is_cockroachdb()) {
    EXPECT_THAT(text.out, HasSubstr("at the run's instant: all as before"));
  } else {
    EXPECT_THAT(text.out,
                AllOf(HasSubstr("DIFF  the server was asked again: "), HasSubstr("12 not as before"),
                      HasSubstr("1 was missing, and has a row"), HasSubstr("changed since, or were wrong")));
  }
}

// The run of a network that loses rows, which was told not to look again.
TEST_P(VerifyDb, FindsRowsThatWereLost) {
  std::string dsn;
  std::optional<PostgresServer> postgres;
  if (!server_.is_cockroachdb()) {
    postgres.emplace(PostgresOptions{true, {}, {}});
    postgres->execute(
        "create table verified (firm_root_id int4 primary key, n int);"
        "insert into verified select i * 2, i from generate_series(1, 500) i");
  }
  TcpProxy proxy(server_.is_cockroachdb() ? shared_cockroach().port() : postgres->port());
  proxy.lose_rows({[](std::string_view sql) { return sql.find("unnest(") != std::string_view::npos; },
                   [](std::string_view key) { return key == "100" || key == "102"; }});
  const auto address = [](int port, const std::string& rest) {
    return "host=127.0.0.1 port=" + std::to_string(port) + " sslmode=disable gssencmode=disable " + rest;
  };
  const std::string who = server_.is_cockroachdb() ? "user=root dbname=defaultdb"
                                                   : "user=" + postgres->user() + " dbname=postgres";
  const int port = server_.is_cockroachdb() ? shared_cockroach().port() : postgres->port();
  const ProcessResult ran = start({"--strategy", "array", "--recheck", "off"}, address(proxy.port(), who));
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(proxy.rows_lost(), 2u);
  EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", directory_ / "out"}).exit_code, 0);
  // The port of the network is not that of the server, but the server says that it is the same.
  const ProcessResult verified = verify({"--dsn", address(port, who)});
  EXPECT_EQ(verified.exit_code, server_.is_cockroachdb() ? 3 : 0) << verified.err;
  EXPECT_THAT(verified.out, AllOf(HasSubstr("2 not as before"), HasSubstr("100 was missing, and has a row")));
  EXPECT_THAT(verified.out, HasSubstr(server_.is_cockroachdb() ? "FAIL  the server was asked again"
                                                               : "DIFF  the server was asked again"));
  EXPECT_THAT(verified.out, HasSubstr("by in-list"));
}

TEST_P(VerifyDb, ASampleOfTheSizeThatIsAskedFor) {
  ASSERT_EQ(start({"--recheck", "off"}).exit_code, 0);
  const auto db = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"--json"};
    words.insert(words.end(), more.begin(), more.end());
    const ProcessResult verified = verify(words);
    EXPECT_EQ(verified.exit_code, 0) << verified.err;
    return nlohmann::json::parse(verified.out)["db"];
  };
  EXPECT_EQ(db({})["missing"]["asked"], 500);  // what the run was told is not what it is asked for now
  const auto sampled = db({"--recheck", "50"});
  EXPECT_EQ(sampled["missing"]["asked"], 50);
  EXPECT_EQ(sampled["missing"]["of"], 500);
  EXPECT_EQ(sampled["found"]["asked"], 50);
  const ProcessResult off = verify({"--recheck", "off"});
  EXPECT_EQ(off.exit_code, 2);
  EXPECT_THAT(off.err, HasSubstr("--recheck off says not to"));
}

TEST_P(VerifyDb, OfAListThatStoodInTheQuery) {
  const auto query =
      directory_.write("query.sql", "select firm_root_id, n from verified where firm_root_id in (2, 3, 4)");
  const ProcessResult ran = run_process(
      FIRMQUERY_BINARY, {"run", "--query", query, "--dsn", server_.dsn(), "--out", directory_ / "out"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  std::filesystem::remove(query);
  const ProcessResult verified = verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("1 of 1 missing IDs and 2 of 2 found ones asked for again"));
}

TEST_P(VerifyDb, RefusesAnotherServer) {
  server_.execute({"drop database if exists elsewhere"});
  server_.execute({"create database elsewhere"});
  server_.execute({"create table verified (firm_root_id int4 primary key, n int)"}, "elsewhere");
  ASSERT_EQ(start().exit_code, 0);
  const ProcessResult verified = verify({"--dsn", server_.dsn({}, "elsewhere")});
  EXPECT_EQ(verified.exit_code, 2) << verified.err;
  EXPECT_THAT(verified.err,
              AllOf(HasSubstr("the target ("), HasSubstr("name the server that the run has asked")));
}

TEST_P(VerifyDb, ARunThatIsNotFinishedIsNotAskedAbout) {
  ASSERT_EQ(start().exit_code, 0);
  std::filesystem::remove(directory_ / "out" / "manifest.json");
  const ProcessResult verified = verify();
  EXPECT_EQ(verified.exit_code, 3);
  EXPECT_THAT(verified.out, AllOf(HasSubstr("the run is not finished"), Not(HasSubstr("asked again"))));
}

INSTANTIATE_TEST_SUITE_P(Servers, VerifyDb, ::testing::ValuesIn(kEachServer),
                         [](const auto& instance) { return test_name(to_string(instance.param)); });

// When the server has forgotten what it held then, it is asked for what it holds now.
TEST(VerifyDbLater, ThanTheInstantCanBeRead) {
  if (!cockroach_binary()) GTEST_SKIP() << kNoCockroach;
  const EachServer server{DialectKind::cockroachdb};
  const TempDir directory;
  server.execute(
      {"drop table if exists fading_run", "create table fading_run (firm_root_id int8 primary key)",
       "insert into fading_run values (2)", "alter table fading_run configure zone using gc.ttlseconds = 2"});
  const auto ids = directory.write("ids.txt", "1\n2\n");
  const std::string query = "select firm_root_id from fading_run where firm_root_id in ({ID_PLACEHOLDER})";
  ASSERT_EQ(run_process(FIRMQUERY_BINARY, {"run", "--ids", ids, "--sql", query, "--dsn", server.dsn(),
                                           "--out", directory / "out"})
                .exit_code,
            0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(3);
  ProcessResult verified;
  nlohmann::json db;
  do {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    verified =
        run_process(FIRMQUERY_BINARY, {"verify", directory / "out", "--db", "--json", "--max-retries", "0"});
    ASSERT_EQ(verified.exit_code, 0) << verified.err;
    db = nlohmann::json::parse(verified.out)["db"];
  } while (db["at_the_runs_instant"] == true && std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(db["at_the_runs_instant"], false);
  EXPECT_EQ(db["missing"]["asked"], 1);
  EXPECT_EQ(db["found"]["asked"], 1);
  EXPECT_THAT(verified.err, HasSubstr("can no longer be read"));
}

}  // namespace
}  // namespace firmquery::test

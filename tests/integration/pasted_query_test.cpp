// A query with its list in it, as people paste it into a GUI: run, plan, going on, verify; the program as it is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "firmquery/core/report.hpp"
#include "support/missing_file.hpp"
#include "support/postgres.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class PastedQuery : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_server().execute(
        "create table orders (order_id bigint primary key, code text, status text);"
        "insert into orders select n, 'c-' || n, case n % 2 when 0 then 'open' else 'shut' end "
        "from generate_series(1, 1000) n;"
        "create function stumbles(n bigint) returns bool stable language plpgsql as $$ begin "
        "if n = 900 and exists (select from ill) then raise exception using errcode = '40001'; end if; "
        "return false; end $$;"
        "create table ill (n int); analyze orders");
  }
  ProcessResult firmquery(std::vector<std::string> arguments, const std::string& input = {}) {
    ProcessOptions options;
    options.input = input;
    return run_process(FIRMQUERY_BINARY, arguments, options);
  }
  std::vector<std::string> on_server(const std::string& command, const std::vector<std::string>& more) {
    std::vector<std::string> all = {command, "--dsn", shared_server().dsn(), "--progress", "never"};
    if (command == "run") all.insert(all.end(), {"--out", directory_ / "out"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string file(const std::string& name) { return read_text(directory_ / "out" / name); }

  TempDir directory_;
};

TEST_F(PastedQuery, IsRunWithItsOwnListAndLeavesBoth) {
  const std::string query = directory_.write(
      "q.sql", "select order_id, code\nfrom orders\nwhere order_id in (7, 5, 5, 2000, x'1', 6)");
  const auto refused = firmquery(on_server("run", {"--query", query}));
  EXPECT_EQ(refused.exit_code, 2) << "x'1' is no constant that a list may hold";
  directory_.write("q.sql",
                   "select order_id, code\nfrom orders\nwhere order_id in (7, 5, 5, 2000, 'abc', 6)");
  const auto ended = firmquery(on_server("run", {"--query", query, "--max-retries", "0"}));
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(file("results.csv"), "order_id,code\n5,c-5\n6,c-6\n7,c-7\n");
  EXPECT_EQ(first_column_of_missing(file("missing.csv")), "order_id\n2000\n");
  EXPECT_THAT(file("rejected.csv"), HasSubstr("\n5,abc,"));
  EXPECT_THAT(file("duplicates.csv"), HasSubstr("\n3,5,2\n"));
  EXPECT_EQ(file("query.sql"), "select order_id, code\nfrom orders\nwhere order_id IN ({ID_PLACEHOLDER})");
  EXPECT_EQ(file("list.csv"), "7\n5\n5\n2000\nabc\n6\n");
  EXPECT_THAT(file("manifest.json"), HasSubstr("the list in " + query + ":3"));
  EXPECT_THAT(ended.out + ended.err, HasSubstr("q.sql:3"));
  const auto verified = firmquery({"verify", directory_ / "out"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  directory_.write("out/list.csv", "7\n");
  EXPECT_NE(firmquery({"verify", directory_ / "out"}).exit_code, 0) << "the manifest vouches for the list";
}

TEST_F(PastedQuery, MayBeTextOrStandardInput) {
  const std::string sql = "select order_id from orders where order_id = any('{1,2,4000}')";
  const auto text = firmquery(on_server("run", {"--sql", sql}));
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_EQ(file("results.csv"), "order_id\n1\n2\n");
  fs::remove_all(directory_ / "out");
  const auto piped = firmquery(on_server("run", {"--query", "-"}), sql + ";\n");
  ASSERT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(first_column_of_missing(file("missing.csv")), "order_id\n4000\n");
  fs::remove_all(directory_ / "out");
  const auto both = firmquery(on_server("run", {"--query", "-", "--ids", "-"}), sql);
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.err, HasSubstr("standard input cannot be both"));
}

TEST_F(PastedQuery, ATableOfValuesIsAList) {
  const auto ended = firmquery(on_server("run", {"--sql",
                                                 "select o.order_id, o.code from orders o join (values (3), "
                                                 "(4), (5000)) as v (id) on v.id = o.order_id",
                                                 "--key", "order_id"}));
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(file("results.csv"), "order_id,code\n3,c-3\n4,c-4\n");
  EXPECT_EQ(first_column_of_missing(file("missing.csv")), "order_id\n5000\n");
}

TEST_F(PastedQuery, PlanShowsWhatIsLiftedOut) {
  const std::string sql = "select order_id from orders where status = 'open' and order_id in (1, 2, 3)";
  const auto told = firmquery(on_server("plan", {"--sql", sql}));
  ASSERT_EQ(told.exit_code, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("a list of 3 values was lifted out of it at --sql:1"));
  EXPECT_THAT(told.out, HasSubstr("status = 'open' and order_id IN ({ID_PLACEHOLDER})"));
  const auto json = nlohmann::json::parse(firmquery(on_server("plan", {"--sql", sql, "--json"})).out);
  EXPECT_EQ(json["query"]["lifted_list"]["values"], 3);
  EXPECT_EQ(json["input"]["unique"], 3);
}

TEST_F(PastedQuery, OfSeveralListsItAsksWhichOne) {
  const std::string query = directory_.write(
      "q.sql",
      "select order_id, status from orders\nwhere status in ('open', 'new')\nand order_id in (1,\n2,3)");
  const auto asked = firmquery(on_server("run", {"--query", query}));
  EXPECT_EQ(asked.exit_code, 2) << asked.err;
  EXPECT_THAT(asked.err, HasSubstr("q.sql:2: status with 2 values"));
  EXPECT_THAT(asked.err, HasSubstr("q.sql:3: order_id with 3 values"));
  EXPECT_THAT(asked.err, Not(HasSubstr("there is no list of IDs")));
  const auto chosen = firmquery(on_server("run", {"--query", query, "--key", "order_id"}));
  ASSERT_EQ(chosen.exit_code, 0) << chosen.err;
  EXPECT_EQ(file("results.csv"), "order_id,status\n2,open\n");
}

TEST_F(PastedQuery, GoesOnWhereItStopped) {
  std::string list;
  for (int i = 1; i <= 1200; ++i) list += (i == 1 ? "" : ",") + std::to_string(i);
  const std::string query = directory_.write(
      "q.sql", "select order_id from orders where order_id in (" + list + ") and not stumbles(order_id)");
  shared_server().execute("insert into ill values (1)");
  const auto partial = firmquery(on_server(
      "run", {"--query", query, "--strategy", "in-list", "--chunk-size", "100", "--max-retries", "0"}));
  shared_server().execute("truncate ill");
  ASSERT_EQ(partial.exit_code, 4) << partial.err;
  fs::remove(query);  // what was lifted out is in the directory
  const auto done = firmquery({"resume", directory_ / "out"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(std::ranges::count(file("results.csv"), '\n'), 1001);
  EXPECT_EQ(std::ranges::count(file("missing.csv"), '\n'), 201);
  EXPECT_EQ(firmquery({"verify", directory_ / "out"}).exit_code, 0);
}

}  // namespace
}  // namespace firmquery::test

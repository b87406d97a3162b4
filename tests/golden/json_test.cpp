// With --json every end writes one JSON object on standard output, and nothing else.
#include <nlohmann/json.hpp>

#include "firmquery/output/file_lock.hpp"
#include "golden.hpp"

namespace firmquery::test {
namespace {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

Json object_of(const ProcessResult& result) {
  Json json = Json::parse(result.out, nullptr, false);
  EXPECT_TRUE(json.is_object()) << result.out << result.err;
  return json.is_object() ? json : Json::object();
}

void expect_failure(const ProcessResult& result, int exit_code, const std::string& kind) {
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  const Json json = object_of(result);
  EXPECT_EQ(json.value("status", ""), "failed") << result.out;
  const Json error = json.value("error", Json::object());
  EXPECT_EQ(error.value("kind", ""), kind) << result.out;
  EXPECT_NE(error.value("message", ""), "") << result.out;
  for (const char* name : {"place", "remedy", "sqlstate", "server"})
    EXPECT_TRUE(error.contains(name)) << name;
}

const std::map<std::string, std::string> kFiles = {
    {"ids.txt", "1\n2\n"},
    {"query.sql", "select id from firm where id in ({ID_PLACEHOLDER})"},
    {"job.yaml", "json: true\nquery: {file: absent.sql}\n"}};

TEST(JsonEnds, UsageErrorsOfEveryCommand) {
  for (const Arguments& arguments : std::vector<Arguments>{{"run", "--json"},
                                                           {"run", "--json", "--chunk-size", "x"},
                                                           {"run", "--json", "--no-such-option"},
                                                           {"run", "--json", "absent.yaml"},
                                                           {"run", "job.yaml"},
                                                           {"resume", "--json", "absent"},
                                                           {"plan", "--json"},
                                                           {"doctor", "--json", "--connections", "0"},
                                                           {"verify", "--json", "absent"},
                                                           {"keep", "--json", "absent"},
                                                           {"diff", "--json", "absent", "absent"},
                                                           {"history", "--json", "absent.yaml"},
                                                           {"clean", "--json"},
                                                           {"clean", "--json", "--ids", "absent"},
                                                           {"config", "check", "--json", "absent.yaml"}}) {
    const TempDir directory;
    SCOPED_TRACE(arguments.front() + " " + arguments.back());
    expect_failure(play({.arguments = arguments, .files = kFiles}, directory), 2, "usage");
  }
}

TEST(JsonEnds, SeveralErrorsAreAllThere) {
  const TempDir directory;
  const Json json =
      object_of(play({.arguments = {"run", "--json", "--connections", "0", "--chunk-size", "x"}}, directory));
  ASSERT_EQ(json.at("errors").size(), 4u);
  EXPECT_EQ(json.at("errors")[0], json.at("error"));
}

TEST(JsonEnds, AServerThatIsNotThere) {
  const TempDir directory;
  const Arguments job = {"--json",
                         "--ids",
                         "ids.txt",
                         "--query",
                         "query.sql",
                         "--key",
                         "id",
                         "--dsn",
                         "host=/nonexistent/firmquery dbname=x",
                         "--max-retries",
                         "0"};
  for (const char* command : {"run", "plan", "doctor"}) {
    Arguments arguments = {command};
    arguments.insert(arguments.end(), job.begin(), job.end());
    expect_failure(play({.arguments = arguments, .files = kFiles}, directory), 4, "transient");
  }
}

// Who holds the job file does not matter: the lock does.
TEST(JsonEnds, AnotherRunHoldsTheJob) {
  const TempDir directory;
  directory.write("job.yaml", "query: {file: query.sql}\ninput: {ids: ids.txt}\n");
  directory.write("query.sql", "select id from firm where id in ({ID_PLACEHOLDER})");
  directory.write("ids.txt", "1\n");
  const auto held = lock_file(directory / "job.yaml", false, "this job", OnOverlap::fail, {});
  ASSERT_TRUE(held && *held);
  const auto start = [&](const char* overlap) {
    return play({.arguments = {"run", "job.yaml", "--json", "--dsn", "host=/nonexistent/firmquery",
                               "--log-file", "run.log", "--on-overlap", overlap}},
                directory);
  };
  const ProcessResult skipped = start("skip");
  EXPECT_EQ(skipped.exit_code, 7) << skipped.err;
  EXPECT_EQ(object_of(skipped).at("status"), "skipped");
  EXPECT_NE(read_text(directory / "run.log").find("end: skipped"), std::string::npos);
  expect_failure(start("fail"), 7, "overlap");
}

TEST(JsonEnds, CheckedConfiguration) {
  const TempDir directory;
  const ProcessResult result = play({.arguments = {"config", "check", "--json", "job.yaml"},
                                     .files = {{"job.yaml", "database: {host: db}\n"}}},
                                    directory);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(object_of(result).at("status"), "ok");
}

}  // namespace
}  // namespace firmquery::test

// run, as far as it goes without a server.
#include <sys/stat.h>

#include <csignal>

#include "golden.hpp"

namespace firmquery::test {
namespace {

const std::map<std::string, std::string> kJobFiles = {
    {"ids.txt", "1\n2\n"}, {"query.sql", "select id from firm where id in ({ID_PLACEHOLDER})"}};

Scene scene(std::vector<std::string> more, int exit_code) {
  Scene result{
      .arguments = {"run", "--ids", "ids.txt", "--query", "query.sql", "--key", "id", "--out", "out"},
      .exit_code = exit_code,
      .files = kJobFiles};
  result.arguments.insert(result.arguments.end(), more.begin(), more.end());
  return result;
}

// A directory that holds no socket: nobody can be listening there.
const std::vector<std::string> kNobody = {"--dsn", "host=/nonexistent/firmquery dbname=x", "--max-retries",
                                          "0"};

TEST(Run, UnreachableServerIsTransient) {
  const TempDir directory;
  const ProcessResult result = play(scene(kNobody, 4), directory);
  EXPECT_EQ(result.exit_code, 4) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_NE(flat(result.err).find("firmquery: error: "), std::string::npos) << result.err;
  EXPECT_NE(flat(result.err).find("/nonexistent/firmquery"), std::string::npos) << result.err;
}

TEST(Run, PasswordInADsnIsWarnedAboutAndNeverShown) {
  auto wanted =
      scene({"--dsn", "postgresql://me:hunter2@/x?host=/nonexistent/firmquery", "--max-retries", "0"}, 4);
  const TempDir directory;
  const ProcessResult result = play(wanted, directory);
  EXPECT_EQ(result.exit_code, 4) << result.err;
  EXPECT_NE(flat(result.err).find("the command line holds a password"), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("hunter2"), std::string::npos) << result.err;
}

TEST(Run, LogFileHoldsTheErrorWithTheRunId) {
  auto wanted = scene(kNobody, 4);
  for (const char* word : {"--log-file", "run.log", "--log-format", "json", "--quiet"})
    wanted.arguments.emplace_back(word);
  const TempDir directory;
  const ProcessResult result = play(wanted, directory);
  EXPECT_EQ(result.exit_code, 4) << result.err;
  const std::string log = read_text(directory / "run.log");
  EXPECT_NE(log.find("\"level\":\"error\",\"run_id\":\"2"), std::string::npos) << log;
}

TEST(Run, QueryWithoutPlaceholder) {
  auto wanted = scene(kNobody, 6);
  wanted.files["query.sql"] = "select id from firm\n";
  wanted.shown = {"out"};
  expect_golden("run/no-placeholder", wanted);
}

TEST(Run, DirectoryInUse) {
  auto wanted = scene(kNobody, 2);
  wanted.files["out/mine.txt"] = "keep\n";
  wanted.shown = {"out/mine.txt"};
  expect_golden("run/directory-in-use", wanted);
}

// Nobody ever writes to the list, so the program waits for it until the second signal.
void expect_two_stages(int signal, const char* word, int exit_code) {
  const TempDir directory;
  ASSERT_EQ(::mkfifo((directory / "ids.fifo").c_str(), 0600), 0);
  ProcessOptions options;
  options.environment = clean_environment(directory);
  options.directory = directory.path();
  options.death_signal = SIGKILL;
  Process process =
      Process::start(FIRMQUERY_BINARY, {"clean", "--ids", "ids.fifo", "--progress", "json"}, options);
  // The first sign of life; from here on the signals are the program's.
  ASSERT_TRUE(process.wait_for_err("\"phase\":\"cleaning\"", std::chrono::minutes(10))) << process.err();
  ASSERT_TRUE(process.signal(signal));
  ASSERT_TRUE(process.wait_for_err(word, std::chrono::minutes(10))) << process.err();
  ASSERT_TRUE(process.signal(signal));
  EXPECT_EQ(process.wait(std::chrono::minutes(10)), exit_code) << process.err();
}

TEST(Run, TheSecondInterruptEndsAtOnce) {
  expect_two_stages(SIGINT, "firmquery: interrupted", 130);
}
TEST(Run, TheSecondTerminationEndsAtOnce) {
  expect_two_stages(SIGTERM, "firmquery: terminated", 143);
}

}  // namespace
}  // namespace firmquery::test

// The program as a process: closed descriptors, and what others see of its arguments.
#include <fcntl.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "golden.hpp"

namespace firmquery::test {
namespace {

// With descriptors closed by the shell, as `<&- >&- 2>&-` does in a cron line.
ProcessResult with_closed(const std::string& closed, const std::string& arguments, const TempDir& directory) {
  ProcessOptions options;
  options.environment = clean_environment(directory);
  options.directory = directory.path();
  return run_process("/bin/sh", {"-c", std::string(FIRMQUERY_BINARY) + " " + arguments + " " + closed},
                     options);
}

TEST(ClosedDescriptors, NoFileTakesTheirPlace) {
  for (const char* closed : {"<&- >&- 2>&-", "<&-", ">&-", "2>&-", "<&- 2>&-"}) {
    const TempDir directory;
    directory.write("ids.txt", "1\n1\nx\n2\n");
    const ProcessResult result =
        with_closed(closed, "clean --ids ids.txt --id-type int --out out", directory);
    EXPECT_EQ(result.exit_code, 0) << closed << result.err;
    EXPECT_EQ(read_text(directory / "out/ids.csv"), "firm_root_id\n1\n2\n") << closed;
    EXPECT_EQ(read_text(directory / "out/rejected.csv"),
              "line,raw,reason,column,byte_offset,cell\n3,x,not_an_integer,1,4,\n")
        << closed;
    EXPECT_EQ(read_text(directory / "out/duplicates.csv"), "line,id,first_line\n2,1,1\n") << closed;
  }
}

// A job file was opened as descriptor 0, and read as the list of IDs.
TEST(ClosedDescriptors, AJobFileIsNotTheList) {
  const TempDir directory;
  directory.write(
      "job.yaml",
      "input: {ids: '-'}\nquery: {sql: 'select id from t where id in ({ID_PLACEHOLDER})', key: id}\n"
      "database: {dsn: 'host=/nonexistent/firmquery password=hunter2'}\nmax_retries: 0\n");
  const ProcessResult run = with_closed("<&-", "run job.yaml --out out", directory);
  EXPECT_EQ(run.exit_code, 4) << run.err;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
    if (entry.is_regular_file() && entry.path().filename() != "job.yaml") {
      EXPECT_EQ(read_text(entry.path()).find("hunter2"), std::string::npos) << entry.path();
    }
  }
}

TEST(ClosedDescriptors, CommandsThatPrintEndAsUsual) {
  const TempDir directory;
  EXPECT_EQ(with_closed("<&- >&- 2>&-", "config show", directory).exit_code, 0);
  EXPECT_EQ(with_closed("<&- >&- 2>&-", "config init job.yaml", directory).exit_code, 0);
  EXPECT_EQ(with_closed("<&- >&- 2>&-", "config check job.yaml", directory).exit_code, 0);
  EXPECT_EQ(with_closed("<&- >&- 2>&-", "verify .", directory).exit_code, 2);
  EXPECT_EQ(with_closed("<&- >&- 2>&-", "run", directory).exit_code, 2);
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Standard input is a pipe that says nothing until the test has looked.
void expect_hidden(std::vector<std::string> arguments) {
  const TempDir directory;
  ASSERT_EQ(::mkfifo((directory / "ids.fifo").c_str(), 0600), 0);
  ProcessOptions options;
  options.environment = clean_environment(directory);
  options.directory = directory.path();
  options.death_signal = SIGKILL;
  Process process = Process::start(FIRMQUERY_BINARY, arguments, options);
  ASSERT_TRUE(process.wait_for_err("the command line holds", std::chrono::minutes(10))) << process.err();
  // Blocks until the program has opened the list: it is still running, and waits for us.
  const int fifo = ::open((directory / "ids.fifo").c_str(), O_WRONLY);
  ASSERT_GE(fifo, 0);
  const std::string seen = bytes_of("/proc/" + std::to_string(process.pid()) + "/cmdline");
  EXPECT_NE(seen.find("ids.fifo"), std::string::npos) << "the wrong process was looked at";
  EXPECT_EQ(seen.find("hunter2"), std::string::npos) << seen;
  ::close(fifo);
  process.wait(std::chrono::minutes(10));
  EXPECT_EQ(process.err().find("hunter2"), std::string::npos) << process.err();
}

TEST(Arguments, PasswordsAreNotInTheListOfProcesses) {
  const std::string uri = "postgres://me:hunter2@/x?host=/nonexistent/firmquery";
  const std::string words = "host=/nonexistent/firmquery password='hunter2'";
  const auto clean = [](std::vector<std::string> more) {
    std::vector<std::string> all = {"clean", "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    all.insert(all.end(), {"--ids", "ids.fifo"});
    return all;
  };
  // The list is read first where there is nothing to ask; the option is not used, but typed.
  expect_hidden(clean({"--column", uri}));
  expect_hidden(clean({"--column=" + uri}));
  expect_hidden(clean({"--column", words}));
}

TEST(Arguments, NoUsageErrorRepeatsAPassword) {
  const std::string uri = "postgres://me:hunter2@db/x";
  const std::string words = "host=db password=hunter2";
  for (const std::string& dsn : {uri, words, uri + "?x=y", std::string("postgres://me:hunter2")}) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"run", dsn},
                                               {dsn},
                                               {"run", "--ids", dsn},
                                               {"run", "--query", dsn, "--ids", "ids.txt"},
                                               {"run", "--connections", dsn},
                                               {"run", "--out", dsn},
                                               {"run", "--ids=" + dsn},
                                               {"run", "--log-file=" + dsn},
                                               {"run", "--fail-on", dsn},
                                               {"run", "--" + dsn},
                                               {"run", "-h", dsn},
                                               {"run", "--json=" + dsn},
                                               {"run", "--strategy", dsn},
                                               {"resume", dsn},
                                               {"verify", dsn},
                                               {"keep", dsn},
                                               {"keep", "a", dsn},
                                               {"clean", dsn},
                                               {"doctor", dsn},
                                               {"plan", dsn},
                                               {"config", dsn},
                                               {"config", "show", dsn},
                                               {"config", "check", dsn},
                                               {"help", dsn},
                                               {"local", dsn},
                                               {"local", "status", dsn}}) {
      const TempDir directory;
      const ProcessResult result = play({.arguments = arguments, .files = {{"ids.txt", "1\n"}}}, directory);
      EXPECT_EQ(result.exit_code, 2) << arguments.front();
      std::string line;
      for (const std::string& word : arguments) line += " " + word;
      EXPECT_EQ((result.out + result.err).find("hunter2"), std::string::npos) << line << "\n" << result.err;
    }
  }
}

TEST(Arguments, TheWarningIsGivenOnceAndAlsoWhenQuiet) {
  const TempDir directory;
  for (const char* quiet : {"--quiet", "--quiet=false"}) {
    const ProcessResult result =
        play({.arguments = {"config", "show", "--dsn", "host=db password=hunter2", quiet}}, directory);
    EXPECT_EQ(result.exit_code, 0);
    const std::size_t first = flat(result.err).find("holds a password");
    EXPECT_NE(first, std::string::npos) << result.err;
    EXPECT_EQ(flat(result.err).find("holds a password", first + 1), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace firmquery::test

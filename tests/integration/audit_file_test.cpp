// One audit log over all runs of a host, and the system's.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "integration/run_case.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class AuditFile : public ::testing::Test {
 protected:
  void SetUp() override { directory_.write("ids.txt", "1\n2\n3\n"); }
  std::vector<std::string> run_to(const std::string& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {
        "run",
        "--ids",
        "ids.txt",
        "--out",
        out,
        "--quiet",
        "--sql",
        "select g as firm_root_id from generate_series(2, 9) g where g in ({ID_PLACEHOLDER})",
        "--id-type",
        "int",
        "--audit-file",
        "audit.jsonl"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  ProcessOptions here() const {
    ProcessOptions options;
    options.directory = directory_.path();
    options.environment = {{"FIRMQUERY_DSN", shared_server().dsn()}};
    return options;
  }
  ProcessResult program(const std::vector<std::string>& words) const {
    return run_process(FIRMQUERY_BINARY, words, here());
  }
  std::vector<nlohmann::json> lines(const std::string& file = "audit.jsonl") const {
    std::istringstream text(read_text(directory_ / file));
    std::vector<nlohmann::json> all;
    for (std::string line; std::getline(text, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }
  // The socket of a daemon that takes messages.
  static int listening(const fs::path& path) {
    const int daemon = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(&address.sun_path[0], path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(daemon, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return daemon;
  }
  const TempDir directory_;
};

TEST_F(AuditFile, HasTheEventsOfEachRun) {
  for (const char* out : {"one", "two"}) {
    const ProcessResult result =
        program(run_to(out, {"--dsn", shared_server().dsn() + " password=s3cret-word"}));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const ProcessResult verified = program({"verify", out, "--audit-file", "audit.jsonl"});
    EXPECT_EQ(verified.exit_code, 0) << verified.err;
    EXPECT_THAT(verified.out, HasSubstr("audit.jsonl has the"));
  }
  EXPECT_THAT(read_text(directory_ / "audit.jsonl"), Not(HasSubstr("s3cret-word")));
  std::map<std::string, std::vector<std::string>> events;
  for (const auto& line : lines()) events[line["run_id"]].push_back(line["entry"]["event"]);
  ASSERT_EQ(events.size(), 2u);
  for (const auto& [run, names] : events) {
    EXPECT_EQ(names.front(), "start") << run;
    EXPECT_EQ(names.back(), "end") << run;
  }
  struct stat status = {};
  ASSERT_EQ(::stat((directory_ / "audit.jsonl").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  // A line that somebody takes out shows.
  std::string text = read_text(directory_ / "audit.jsonl");
  directory_.write("audit.jsonl", text.substr(text.find('\n') + 1));
  const ProcessResult verified = program({"verify", "one", "--audit-file", "audit.jsonl"});
  EXPECT_EQ(verified.exit_code, 3);
  EXPECT_THAT(verified.err, HasSubstr("lines of audit.jsonl are not in audit.jsonl, first line 1"));
}

TEST_F(AuditFile, IsWholeUnderSeveralRunsAndARotation) {
  std::vector<Process> processes;
  for (int n = 0; n < 4; ++n)
    processes.push_back(Process::start(FIRMQUERY_BINARY, run_to("run" + std::to_string(n)), here()));
  int rotations = 0;
  for (Process& process : processes) {
    while (!process.wait(20ms)) {
      const fs::path rotated = directory_ / ("audit.jsonl." + std::to_string(rotations));
      if (::rename((directory_ / "audit.jsonl").c_str(), rotated.c_str()) == 0) ++rotations;
    }
  }
  std::string all;
  for (int n = 0; n < rotations; ++n) all += read_text(directory_ / ("audit.jsonl." + std::to_string(n)));
  if (fs::exists(directory_ / "audit.jsonl")) all += read_text(directory_ / "audit.jsonl");
  directory_.write("all.jsonl", all);
  for (int n = 0; n < 4; ++n) {
    const ProcessResult verified =
        program({"verify", "run" + std::to_string(n), "--audit-file", "all.jsonl"});
    EXPECT_EQ(verified.exit_code, 0) << verified.err;
  }
}

// An audit that was asked for and cannot be had ends the run before anybody is asked anything.
TEST_F(AuditFile, ThatCannotBeWrittenEndsTheRunAtOnce) {
  const auto expect_refused = [&](const std::string& why) {
    const std::string nowhere = "host=" + (directory_ / "nowhere").string() + " dbname=postgres";
    const ProcessResult result = program(run_to("out", {"--dsn", nowhere, "--max-retries", "0"}));
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr(why));
    EXPECT_THAT(result.err, Not(HasSubstr("nowhere")));
    EXPECT_FALSE(fs::exists(directory_ / "out"));
  };
  fs::create_directory(directory_ / "audit.jsonl");
  expect_refused("audit.jsonl");
  fs::remove(directory_ / "audit.jsonl");
  directory_.write("audit.jsonl", "");
  fs::permissions(directory_ / "audit.jsonl", fs::perms(0666));
  expect_refused("anybody may write to this file");
  fs::permissions(directory_ / "audit.jsonl", fs::perms(0660));
  EXPECT_EQ(program(run_to("out")).exit_code, 0);
}

// With a socket of the test's in the place of /dev/log, which only root can put there: for this process alone.
TEST_F(AuditFile, GoesToSyslogToo) {
  if (::geteuid() != 0) GTEST_SKIP() << "NOT TESTED: only root can have a /dev/log of its own";
  const fs::path devices = directory_ / "dev";
  fs::create_directory(devices);
  std::string script = "set -e; ";
  for (const char* name : {"null", "zero", "full", "random", "urandom"}) {
    directory_.write("dev/" + std::string(name), "");
    script += "mount --bind /dev/" + std::string(name) + " dev/" + name + "; ";
  }
  script += "mount --rbind dev /dev; exec \"$@\"";
  const int daemon = listening(devices / "log");
  std::vector<std::string> words = {"-m", "--propagation", "private", "/bin/sh",
                                    "-c", script,          "sh",      FIRMQUERY_BINARY};
  const auto command = run_to("out", {"--audit-syslog"});
  words.insert(words.end(), command.begin(), command.end());
  const ProcessResult result = run_process("/usr/bin/unshare", words, here());
  if (result.err.find("unshare") != std::string::npos || result.err.find("mount") != std::string::npos)
    GTEST_SKIP() << "NOT TESTED: no mounts here: " << result.err;
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::vector<std::string> events;
  std::string message(1 << 16, '\0');
  for (ssize_t got = 0; (got = ::recv(daemon, message.data(), message.size(), MSG_DONTWAIT)) > 0;) {
    const std::string text = message.substr(0, static_cast<std::size_t>(got));
    EXPECT_THAT(text, HasSubstr("firmquery["));
    events.push_back(nlohmann::json::parse(text.substr(text.find('{')))["entry"]["event"]);
  }
  ::close(daemon);
  std::vector<std::string> expected;
  for (const auto& line : lines()) expected.push_back(line["entry"]["event"]);
  EXPECT_EQ(events, expected);
  EXPECT_GE(events.size(), 3u);
  // And where nobody listens any more, nothing is asked.
  const auto out = std::find(words.begin(), words.end(), "out");
  *out = "other";
  const ProcessResult refused = run_process("/usr/bin/unshare", words, here());
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_THAT(refused.err, HasSubstr("the system's log takes no messages"));
  EXPECT_FALSE(fs::exists(directory_ / "other"));
}

}  // namespace
}  // namespace firmquery::test

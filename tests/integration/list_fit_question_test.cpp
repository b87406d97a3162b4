// The question at a terminal, and what the program says elsewhere: run, plan and doctor.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "integration/run_case.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ListFitQuestion : public ::testing::Test {
 protected:
  void SetUp() override {
    execute_sql(shared_server().dsn(), "drop table if exists asked_of");
    execute_sql(shared_server().dsn(), "create table asked_of (firm_root_id text primary key, n int)");
    execute_sql(shared_server().dsn(),
                "insert into asked_of select lpad(i::text, 10, '0'), i from generate_series(1, 500) i");
    directory_.write("ids.txt", "1234567\n2345678\n");
  }
  std::vector<std::string> arguments(const std::string& command, const std::vector<std::string>& more = {}) {
    std::vector<std::string> all = {
        command,
        "--ids",
        directory_ / "ids.txt",
        "--header",
        "no",
        "--sql",
        "select firm_root_id, n from asked_of where firm_root_id in ({ID_PLACEHOLDER})",
        "--dsn",
        shared_server().dsn(),
        "--out",
        directory_ / "out"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  ProcessResult firmquery(const std::string& command, const std::vector<std::string>& more = {}) {
    return run_process(FIRMQUERY_BINARY, arguments(command, more), {});
  }

  // `run` at a terminal of its own; `answer` is typed when it asks. What it printed, and its exit code.
  std::pair<std::string, int> at_terminal(const std::string& answer) {
    std::vector<std::string> words = arguments("run");
    words.insert(words.begin(), FIRMQUERY_BINARY);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
      ::execv(FIRMQUERY_BINARY, argv.data());
      ::_exit(127);
    }
    std::string printed;
    bool answered = false;
    for (char block[4096];;) {
      const ssize_t bytes = ::read(terminal, block, sizeof block);
      if (bytes <= 0) break;  // EIO: the child has gone
      printed.append(block, static_cast<std::size_t>(bytes));
      if (!answered && printed.find("[y/N]") != std::string::npos) {
        answered = true;
        EXPECT_EQ(::write(terminal, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
      }
    }
    ::close(terminal);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(answered) << printed;
    return {printed, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
  }

  TempDir directory_;
};

TEST_F(ListFitQuestion, IsAskedAtATerminal) {
  const auto [refused, code] = at_terminal("n\n");
  EXPECT_EQ(code, 2) << refused;
  EXPECT_THAT(refused, HasSubstr("the run was not begun"));
  EXPECT_THAT(refused, HasSubstr("Run it all the same? [y/N]"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
  const auto [accepted, accepted_code] = at_terminal("y\n");
  EXPECT_EQ(accepted_code, 0) << accepted;
  EXPECT_TRUE(std::filesystem::exists(directory_ / "out/missing.csv"));
}

TEST_F(ListFitQuestion, ElsewhereItIsAWarning) {
  const auto ended = firmquery("run", {"--progress", "never"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(flat(ended.err), HasSubstr("the list has 7 digits, the column 10 digits"));
  EXPECT_THAT(ended.err, Not(HasSubstr("[y/N]")));
}

TEST_F(ListFitQuestion, StrictInputIsAnError) {
  const auto ended = firmquery("run", {"--strict-input"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(flat(ended.err), HasSubstr("the list has 7 digits, the column 10 digits"));
  EXPECT_THAT(flat(ended.err), HasSubstr("--accept-rule pad:10"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
  EXPECT_EQ(firmquery("run", {"--strict-input", "--accept-rule", "pad:10"}).exit_code, 0);
}

TEST_F(ListFitQuestion, PlanAndDoctorSayItToo) {
  const auto plan = firmquery("plan", {"--strict-input"});
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(flat(plan.out + plan.err), HasSubstr("the list has 7 digits, the column 10 digits"));
  const auto doctor = firmquery("doctor", {"--json"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.err;
  bool told = false;
  const auto report = nlohmann::json::parse(doctor.out);
  for (const auto& check : report.at("checks")) {
    if (check.at("name") != "list against the column") continue;
    told = true;
    EXPECT_EQ(check.at("status"), "warn");
    EXPECT_THAT(check.at("detail").get<std::string>(), HasSubstr("the list has 7 digits"));
    EXPECT_THAT(check.at("remedy").get<std::string>(), HasSubstr("--accept-rule pad:10"));
  }
  EXPECT_TRUE(told);
}

TEST_F(ListFitQuestion, TheSummarySaysWhyTheyAreMissing) {
  directory_.write("ids.txt", "123\n0000000004\n77\n");
  const auto ended = firmquery("run", {"--progress", "never"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(
      flat(ended.err),
      HasSubstr("why they are missing: 2 of 2 missing IDs would match with zeros padded to 10 digits: "
                "--accept-rule pad:10 does it in the next run"));
  EXPECT_EQ(read_text(directory_ / "out/missing.csv"),
            "firm_root_id,suggestion,rule,matches\n123,0000000123,pad:10,1\n77,0000000077,pad:10,1\n");
}

TEST_F(ListFitQuestion, AWrongRuleIsRefused) {
  const auto ended = firmquery("run", {"--accept-rule", "padd:10"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(flat(ended.err), HasSubstr("did you mean \"pad:10\"?"));
  EXPECT_THAT(flat(ended.err), HasSubstr("strip-separators"));
}

}  // namespace
}  // namespace firmquery::test

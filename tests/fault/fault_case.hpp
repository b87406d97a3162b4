// The real program against a real server while something breaks, and the run without faults to compare with.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "firmquery/core/report.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/output/run_directory.hpp"
#include "support/missing_file.hpp"
#include "support/postgres.hpp"
#include "support/process.hpp"
#include "support/tcp_proxy.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

constexpr long kFirms = 40'000;  // IDs 3, 6, 9 ... of the table; the list has 1, 2, 3 ... up to the last

// One server for a test program, with a table wide enough that streams take their time.
inline PostgresServer& fault_server() {
  static PostgresServer server({true, {"log_lock_waits=off"}});
  [[maybe_unused]] static const bool made = [] {
    server.execute(
        fmt::format("create table firm (firm_root_id bigint primary key, name text, padding text);"
                    "insert into firm select n * 3, 'firm ' || n, repeat(md5(n::text), 6) "
                    "from generate_series(1, {}) n; analyze firm",
                    kFirms));
    return true;
  }();
  return server;
}

inline std::string dsn_through(const TcpProxy& proxy) {
  return fmt::format("host=127.0.0.1 port={} user={} dbname=postgres sslmode=disable gssencmode=disable",
                     proxy.port(), fault_server().user());
}

// Holds locks on a session of its own until it is destroyed.
class Holder {
 public:
  explicit Holder(const std::string& lock) : session_(open()) {
    if (const auto locked = session_.execute("begin; " + lock); !locked)
      throw std::runtime_error(locked.error().to_string());
  }
  static Session open() {
    ConnectOptions options;
    options.dsn = fault_server().dsn();
    options.application_name = "holder";
    return Session::open(options).value();
  }

 private:
  Session session_;
};

// The program stands still where the proxy was told to freeze.
inline void wait_until_frozen(const TcpProxy& proxy, Process& program) {
  while (!proxy.is_frozen())
    ASSERT_FALSE(program.wait(std::chrono::milliseconds(1))) << "it ended too early:\n" << program.err();
}

struct Ended {
  int exit_code = -1;
  std::string err;
};

// What of a finished run must not depend on what happened on the way.
struct Answer {
  std::multiset<std::string> rows;
  std::string missing, found_digest, missing_digest;
  friend bool operator==(const Answer&, const Answer&) = default;
};

inline std::multiset<std::string> rows_of(const std::string& text) {
  std::multiset<std::string> rows;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    rows.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return rows;
}

inline Report report_of(const std::filesystem::path& directory) {
  auto report = report_from_json(read_text(directory / "report.json"), "report.json");
  if (!report) throw std::runtime_error(report.error().to_string());
  return *std::move(report);
}

inline Answer answer_of(const std::filesystem::path& directory) {
  const Report report = report_of(directory);
  return {rows_of(read_text(directory / "results.csv")),
          first_column_of_missing(read_text(directory / "missing.csv")), report.result.found_digest.to_hex(),
          report.result.missing_digest.to_hex()};
}

constexpr const char* kQuery =
    "select firm_root_id, name, padding from firm where firm_root_id in ({ID_PLACEHOLDER})";

class FaultCase : public ::testing::Test {
 protected:
  // The server ends with the thread that starts it, which must not be one of a test.
  static void SetUpTestSuite() { fault_server(); }
  static PostgresServer& server() { return fault_server(); }

  // `run` over the list, with retries that do not dawdle; `more` comes last and so has the last word.
  std::vector<std::string> arguments(const std::string& dsn, const std::vector<std::string>& more = {}) {
    if (!std::filesystem::exists(directory_ / "ids.txt")) {
      std::string ids;
      for (long n = 1; n <= 3 * kFirms + 10; n += 1) ids += std::to_string(n) + "\n";
      directory_.write("ids.txt", ids);
    }
    std::vector<std::string> all = {"run",
                                    "--ids",
                                    directory_ / "ids.txt",
                                    "--input-format",
                                    "lines",
                                    "--header",
                                    "no",
                                    "--sql",
                                    query_,
                                    "--dsn",
                                    dsn,
                                    "--out",
                                    out(),
                                    "--retry-delay",
                                    "0.02",
                                    "--max-retries",
                                    "8",
                                    "--progress",
                                    "never",
                                    "--strategy",
                                    strategy_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::filesystem::path out() const { return out_.empty() ? directory_ / "out" : out_; }

  // `beside` runs in this thread while the program does.
  Ended run(const std::vector<std::string>& with, const std::function<void(Process&)>& beside = {},
            ProcessOptions options = {}) {
    options.death_signal = SIGKILL;
    Process process = Process::start(FIRMQUERY_BINARY, with, options);
    if (beside) beside(process);
    const auto code = process.wait(std::chrono::minutes(10));
    if (!code) throw std::runtime_error("the program does not end; it printed:\n" + process.err());
    return {*code, process.err()};
  }

  Ended resume(const std::function<void(Process&)>& beside = {}, const ProcessOptions& options = {}) {
    return run({"resume", out(), "--progress", "never"}, beside, options);
  }

  // The answer of a run that nothing disturbs.
  const Answer& undisturbed() {
    static std::optional<Answer> answer;
    if (answer) return *answer;
    std::vector<std::string> command = arguments(server().tcp_dsn(), {"--out", directory_ / "undisturbed"});
    *std::find(command.begin(), command.end(), query_) = kQuery;
    const Ended ended = run(command);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return answer.emplace(answer_of(directory_ / "undisturbed"));
  }

  void expect_verified() {
    const auto verification = verify_run(out());
    ASSERT_TRUE(verification) << verification.error().to_string();
    EXPECT_EQ(verification->failures, std::vector<std::string>{});
  }

  // The run went through, and nobody can tell from its answer that something broke.
  void expect_complete(const Ended& ended) {
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    const Answer& expected = undisturbed();
    const Answer answer = answer_of(out());
    EXPECT_EQ(answer.rows.size(), expected.rows.size());
    EXPECT_TRUE(answer == expected) << "the answer differs from that of the run without faults";
    EXPECT_EQ(report_of(out()).status, "complete");
    expect_verified();
    expect_nothing_left();
  }

  // The run gave up, said so, and published nothing that looks like a whole answer.
  void expect_no_answer(const Ended& ended, int exit_code) {
    EXPECT_EQ(ended.exit_code, exit_code) << ended.err;
    EXPECT_FALSE(std::filesystem::exists(out() / "manifest.json"));
    EXPECT_FALSE(std::filesystem::exists(out() / "results.csv"));
    EXPECT_FALSE(std::filesystem::exists(out() / "missing.csv"));
  }

  // Sessions end a moment after their client has gone.
  void expect_nothing_left() {
    const std::string sessions =
        "select count(*) from pg_stat_activity where application_name like 'firmquery%'";
    for (int i = 0; i < 1000 && server().value(sessions) != "0"; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(server().value("select count(*) from pg_class where relname like 'firmquery%'"), "0");
  }

  TempDir directory_;
  std::filesystem::path out_;  // empty: in directory_
  std::string strategy_ = "temp-table";
  std::string query_ = kQuery;  // perhaps with a fault inside; the rows are those of kQuery
};

}  // namespace firmquery::test

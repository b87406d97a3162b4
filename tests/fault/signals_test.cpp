// A signal ends the program wherever it is: soon, with the signal's exit code, and with nothing left on the
// server. In each test the run is first brought to a halt at a known place.
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault/fault_case.hpp"
#include "support/effort.hpp"

namespace firmquery::test {
namespace {

#ifndef FIRMQUERY_FAULT_LAYER
#define FIRMQUERY_FAULT_LAYER ""
#endif

using std::chrono::milliseconds;
using std::chrono::seconds;

// Far less than what would end the halt by itself, far more than a busy machine needs.
constexpr seconds kSoon{120};

struct Case {
  const char* name;
  int number;
};

class Signals : public FaultCase, public ::testing::WithParamInterface<Case> {
 protected:
  static int number() { return GetParam().number; }

  // Ends it here and now; throws nothing away that still has to be looked at.
  void end(Process& process) {
    ASSERT_TRUE(process.signal(number())) << process.err();
    const auto code = process.wait(kSoon);
    ASSERT_TRUE(code) << "the signal does not reach it; it printed:\n" << process.err();
    EXPECT_EQ(*code, 128 + number()) << process.err();
  }

  Process start(const std::vector<std::string>& with) {
    ProcessOptions options;
    options.death_signal = SIGKILL;
    return Process::start(FIRMQUERY_BINARY, with, options);
  }
  Process start_in_shell(const std::string& redirection, const std::vector<std::string>& with) {
    std::vector<std::string> shell = {"-c", "exec \"$0\" \"$@\" " + redirection, FIRMQUERY_BINARY};
    shell.insert(shell.end(), with.begin(), with.end());
    ProcessOptions options;
    options.death_signal = SIGKILL;
    return Process::start("/bin/bash", shell, options);
  }

  template <class Condition>
  static void wait_until(Process& process, Condition condition) {
    while (!condition())
      ASSERT_FALSE(process.wait(milliseconds(5))) << "it ended too early:\n" << process.err();
  }
  // A session of the program waits for this.
  static bool waits_for(const std::string& what) {
    return server().value(
               "select count(*) from pg_stat_activity where application_name like 'firmquery%' and " +
               what) != "0";
  }
  void expect_resumable() {
    EXPECT_EQ(report_of(out()).status, "interrupted");
    expect_nothing_left();
  }
};

// The cases in which every signal is sent.
class EachSignal : public Signals {};

class Fifo {
 public:
  explicit Fifo(std::filesystem::path path) : path_(std::move(path)) {
    ::mkfifo(path_.c_str(), 0600);
    fd_ = ::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  }
  ~Fifo() { ::close(fd_); }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;
  void write(const std::string& text) const { (void)!::write(fd_, text.data(), text.size()); }
  void fill() const {
    const std::string block(4096, '#');
    while (::write(fd_, block.data(), block.size()) > 0) continue;
  }
  bool is_empty() const {
    int bytes = 0;
    return ::ioctl(fd_, FIONREAD, &bytes) == 0 && bytes == 0;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

TEST_P(Signals, WhileTheListIsRead) {
  const Fifo list(directory_ / "list");
  list.write("1\n2\n3\n");
  Process process =
      start_in_shell("< '" + list.path().string() + "'", arguments(server().dsn(), {"--ids", "-"}));
  ASSERT_NO_FATAL_FAILURE(wait_until(process, [&] { return list.is_empty(); }));
  ASSERT_NO_FATAL_FAILURE(end(process));
  expect_nothing_left();
}

// Accepted and never answered, as by a firewall or a host that hangs.
TEST_P(Signals, WhileItConnects) {
  TcpProxy proxy(server().port());
  proxy.freeze();
  Process process = start(arguments(dsn_through(proxy)));
  ASSERT_NO_FATAL_FAILURE(wait_until(process, [&] { return proxy.accepted() > 0; }));
  end(process);
}

TEST_P(Signals, WhileTheQueryIsDescribed) {
  const Holder holder("lock table firm in access exclusive mode");
  Process process = start(arguments(server().dsn()));
  ASSERT_NO_FATAL_FAILURE(wait_until(process, [] { return waits_for("wait_event_type = 'Lock'"); }));
  ASSERT_NO_FATAL_FAILURE(end(process));
  expect_nothing_left();  // nobody waits for the lock any more, which is still held
}

// Whoever connects while the lock is held may wait for it, too: who looks has looked before.
TEST_P(Signals, WhileTheCatalogIsRead) {
  Session watcher = Holder::open();
  const auto waiting = [&] {
    const auto rows = watcher.execute(
        "select count(*) from pg_stat_activity where application_name like 'firmquery%' and wait_event_type "
        "= "
        "'Lock' and query like '%collisdeterministic%'");
    return rows.value().at(0, 0) != "0";
  };
  EXPECT_FALSE(waiting());
  std::optional<Holder> holder("lock table pg_catalog.pg_collation in access exclusive mode");
  Process process = start(arguments(server().dsn()));
  ASSERT_NO_FATAL_FAILURE(wait_until(process, waiting));
  ASSERT_NO_FATAL_FAILURE(end(process));
  EXPECT_FALSE(waiting()) << "nobody is left to wait for the lock, which is still held";
  holder.reset();
  expect_nothing_left();
}

TEST_P(Signals, WhileIdsAreLoadedIntoAFrozenNetwork) {
  for (const char* strategy : {"temp-table", "staging-table"}) {
    strategy_ = strategy;
    out_ = directory_ / strategy;
    TcpProxy proxy(server().port());
    proxy.freeze_after(TcpProxy::to_server, 400'000);
    Process process = start(arguments(dsn_through(proxy)));
    ASSERT_NO_FATAL_FAILURE(wait_until_frozen(proxy, process));
    ASSERT_NO_FATAL_FAILURE(end(process));
  }
  // What a frozen network has kept the program from, doctor --clean-staging does.
  for (const auto& row :
       server().execute("select relname from pg_class where relname ~ '^firmquery.*z_[0-9a-f]{6}$' "
                        "and relkind = 'r' and relpersistence <> 't'")) {
    server().execute("drop table " + row[0].value());
  }
  expect_nothing_left();
}

TEST_P(EachSignal, WhileAStatementRuns) {
  query_ =
      "select firm_root_id, name, padding from firm where firm_root_id in ({ID_PLACEHOLDER}) and (select "
      "pg_sleep(600) is not null)";
  for (const char* strategy : {"temp-table", "staging-table", "array"}) {
    strategy_ = strategy;
    out_ = directory_ / strategy;
    Process process = start(arguments(server().dsn()));
    ASSERT_NO_FATAL_FAILURE(wait_until(process, [] { return waits_for("wait_event = 'PgSleep'"); }));
    ASSERT_NO_FATAL_FAILURE(end(process));
    expect_resumable();
  }
}

TEST_P(Signals, WhileTheStagingTableIsIndexed) {
  strategy_ = "staging-table";
  server().execute(
      "create or replace function linger() returns event_trigger language plpgsql as $$begin if "
      "current_setting('application_name') like 'firmquery%' then perform pg_sleep(600); end if; end$$; "
      "create "
      "event trigger linger on ddl_command_start when tag in ('CREATE INDEX') execute function linger()");
  Process process = start(arguments(server().dsn()));
  ASSERT_NO_FATAL_FAILURE(wait_until(process, [] { return waits_for("wait_event = 'PgSleep'"); }));
  end(process);
  server().execute("drop event trigger linger");
  expect_resumable();
}

TEST_P(Signals, WhileTheStagingTableIsAnalyzed) {
  strategy_ = "staging-table";
  const char* const analyzes = "wait_event_type = 'Lock' and query ilike '%analyze%'";
  std::optional<Holder> holder("lock table pg_catalog.pg_statistic in share mode");
  Process process = start(arguments(server().dsn()));
  ASSERT_NO_FATAL_FAILURE(wait_until(process, [&] { return waits_for(analyzes); }));
  ASSERT_TRUE(process.signal(number()));
  const auto start = std::chrono::steady_clock::now();
  while (waits_for(analyzes)) ASSERT_LT(std::chrono::steady_clock::now() - start, kSoon);
  holder.reset();  // which the dropping of the table waits for, too
  const auto code = process.wait(kSoon);
  ASSERT_TRUE(code) << process.err();
  EXPECT_EQ(*code, 128 + number());
  expect_resumable();
}

// While a file of the result is written, brought to the disk, or takes its name.
TEST_P(Signals, WhileFilesAreExportedAndPublished) {
  if (*FIRMQUERY_FAULT_LAYER == '\0') {
    GTEST_SKIP() << "NOT TESTED under a sanitizer: its runtime must come before a preloaded library";
  }
  for (const char* held : {"write:1:HOLD:missing.csv", "write:2:HOLD:results.csv", "sync:1:HOLD:results.csv",
                           "rename:1:HOLD:results.csv", "rename:1:HOLD:report.json"}) {
    SCOPED_TRACE(held);
    out_ = directory_ / ("out" + std::to_string(std::hash<std::string>()(held)));
    const std::filesystem::path mark = directory_ / "held";
    ProcessOptions options;
    options.environment = {
        {"LD_PRELOAD", FIRMQUERY_FAULT_LAYER}, {"FIRMQUERY_FAULT", held}, {"FIRMQUERY_FAULT_FIRED", mark}};
    options.death_signal = SIGKILL;
    Process process = Process::start(FIRMQUERY_BINARY, arguments(server().dsn()), options);
    ASSERT_NO_FATAL_FAILURE(wait_until(process, [&] { return std::filesystem::exists(mark); }));
    ASSERT_TRUE(process.signal(number()));
    while (process.err().find("stopping") == std::string::npos)
      ASSERT_FALSE(process.wait(milliseconds(5))) << process.err();
    std::filesystem::remove(mark);
    const auto code = process.wait(kSoon);
    ASSERT_TRUE(code) << process.err();
    EXPECT_EQ(*code, 128 + number()) << process.err();
    EXPECT_FALSE(std::filesystem::exists(out() / "manifest.json"));
    expect_resumable();
    const Ended resumed = resume();
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_TRUE(answer_of(out()) == undisturbed());
  }
}

TEST_P(Signals, WhileAnotherRunHoldsTheJob) {
  const auto job = directory_.write("job.yaml", "query: {sql: \"" + std::string(kQuery) + "\"}\n");
  const int held = ::open(job.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  std::vector<std::string> command = arguments(server().dsn(), {"--on-overlap", "wait"});
  command.insert(command.begin() + 1, job);
  Process process = start(command);
  ASSERT_NO_FATAL_FAILURE(wait_until(process, [&] { return process.has_open_at_work(job); }));
  end(process);
  ::close(held);
}

// Nobody reads what it says, so it must not wait for that.
TEST_P(Signals, WithAFullPipeAsStandardError) {
  const Fifo pipe(directory_ / "pipe");
  pipe.fill();
  query_ = std::string(kQuery) + " and (select pg_sleep(600) is not null)";
  strategy_ = "staging-table";
  Process process = start_in_shell("2> '" + pipe.path().string() + "'", arguments(server().dsn()));
  ASSERT_NO_FATAL_FAILURE(wait_until(process, [] { return waits_for("wait_event = 'PgSleep'"); }));
  ASSERT_TRUE(process.signal(number()));
  const auto code = process.wait(kSoon);
  ASSERT_TRUE(code) << "it waits for a reader";
  EXPECT_EQ(*code, 128 + number());
  expect_resumable();
}

TEST_P(EachSignal, TwiceEndsItAtOnce) {
  const Holder holder("lock table firm in access exclusive mode");
  Process process = start(arguments(server().dsn()));
  ASSERT_NO_FATAL_FAILURE(wait_until(process, [] { return waits_for("wait_event_type = 'Lock'"); }));
  process.signal(number());
  process.signal(number());
  const auto code = process.wait(kSoon);
  ASSERT_TRUE(code);
  EXPECT_EQ(*code, 128 + number());
  // Cancelled by the first, or found without a client by the server.
  expect_nothing_left();
}

// nohup, and background jobs of a shell without job control.
TEST_P(EachSignal, IgnoredAtTheStartStayIgnored) {
  if (number() == SIGTERM) GTEST_SKIP() << "nobody ignores SIGTERM";
  std::optional<Holder> holder("lock table firm in access exclusive mode");
  std::vector<std::string> shell = {"-c", "trap '' HUP INT QUIT; exec \"$0\" \"$@\"", FIRMQUERY_BINARY};
  const std::vector<std::string> command = arguments(server().dsn());
  shell.insert(shell.end(), command.begin(), command.end());
  ProcessOptions options;
  options.death_signal = SIGKILL;
  Process process = Process::start("/bin/bash", shell, options);
  wait_until(process, [] { return waits_for("wait_event_type = 'Lock'"); });
  process.signal(number());
  holder.reset();
  const auto code = process.wait(std::chrono::minutes(10));
  ASSERT_TRUE(code);
  EXPECT_EQ(*code, 0) << process.err();
}

constexpr Case kSignals[] = {{"INT", SIGINT}, {"TERM", SIGTERM}, {"HUP", SIGHUP}, {"QUIT", SIGQUIT}};
std::string name_of_signal(const ::testing::TestParamInfo<Case>& parameter) {
  return parameter.param.name;
}
INSTANTIATE_TEST_SUITE_P(Each, EachSignal, ::testing::ValuesIn(kSignals), name_of_signal);
// Where it reaches the program is one thing and which signal it is another: for a push, one of them everywhere.
INSTANTIATE_TEST_SUITE_P(Each, Signals, ::testing::ValuesIn(kSignals, kSignals + effort(1, 4)),
                         name_of_signal);

}  // namespace
}  // namespace firmquery::test

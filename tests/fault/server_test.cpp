// What a server does to its clients: sessions ended by an administrator at the worst moment, errors that
// pass, a restart.
#include "fault/fault_case.hpp"

namespace firmquery::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

class ServerFault : public FaultCase {
 protected:
  // Ends the session of the program that runs a statement like this, as soon as there is one; `times` over.
  // The watching is the server's own work: nothing else is fast enough for an ANALYZE.
  static std::string ends_session(const std::string& statement_like, const std::string& state,
                                  int times = 1) {
    return fmt::format(R"(
      do $$ declare
        victim int; ended int := 0; until timestamptz := clock_timestamp() + interval '20 s';
      begin
        while ended < {} and clock_timestamp() < until loop
          select pid into victim from pg_stat_activity where application_name like 'firmquery%'
            and query ilike '{}' and state = '{}' and pid <> coalesce(victim, 0) limit 1;
          if found then
            perform pg_terminate_backend(victim);
            ended := ended + 1;
          end if;
          perform pg_stat_clear_snapshot();
        end loop;
        if ended < {} then raise exception 'no such session was seen'; end if;
      end $$)",
                       times, statement_like, state, times);
  }

  Ended run_while_ending(const std::string& statement_like, const std::string& state = "active",
                         int times = 1) {
    const std::string sql = ends_session(statement_like, state, times);
    std::thread watcher([&] { EXPECT_NO_THROW(server().execute(sql)); });
    // The watcher is at work before the program starts.
    while (server().value(
               "select count(*) from pg_stat_activity where query like '%no such session was seen%' and "
               "pid <> pg_backend_pid()") == "0") {
      std::this_thread::sleep_for(milliseconds(1));
    }
    const Ended ended = run(arguments(server().dsn()));
    watcher.join();
    return ended;
  }
};

TEST_F(ServerFault, EndedInTheMiddleOfCopyIn) {
  const Ended ended = run_while_ending("%copy %from stdin%");
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

TEST_F(ServerFault, EndedInTheMiddleOfAnalyze) {
  const Ended ended = run_while_ending("%analyze %");
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

TEST_F(ServerFault, EndedInTheMiddleOfARange) {
  const Ended ended = run_while_ending("copy (%firm_root_id%");
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

TEST_F(ServerFault, EndedInTheMiddleOfSeveralRanges) {
  const Ended ended = run_while_ending("copy (%firm_root_id%", "active", 3);
  expect_complete(ended);
}

TEST_F(ServerFault, EndedWhileTheStagingTableIsLoaded) {
  strategy_ = "staging-table";
  expect_complete(run_while_ending("%copy %from stdin%"));
}

// The session that holds the snapshot: the workers' own transactions keep it, if they have imported it.
TEST_F(ServerFault, TheSnapshotsSessionIsEndedWhileTheOthersLoad) {
  expect_complete(run_while_ending("select pg_export_snapshot()%", "idle in transaction"));
}

TEST_F(ServerFault, ASessionOfAnArrayRunIsEnded) {
  strategy_ = "array";
  expect_complete(run_while_ending("%firm_root_id%$1%"));
}

// What happens when not only one goes: the server crashes and recovers.
TEST_F(ServerFault, AllSessionsDieInACrashOfABackend) {
  strategy_ = "array";
  const Ended ended =
      run(arguments(server().dsn(), {"--max-retries", "40", "--retry-delay", "0.1"}), [&](Process& program) {
        std::string pid;
        while (pid.empty() && !program.wait(milliseconds(1))) {
          pid = server().value(
              "select pid from pg_stat_activity where application_name like 'firmquery%' and query like "
              "'%padding%' and "
              "state = 'active' limit 1");
        }
        if (!pid.empty()) ::kill(std::stoi(pid), SIGKILL);
      });
  expect_complete(ended);
}

struct Raised {
  const char* code;
  int times;
  int exit_code;
};

// An error out of the query itself, so many times, and then no more.
class RaisedErrors : public ServerFault, public ::testing::WithParamInterface<Raised> {
 protected:
  void SetUp() override {
    // Files count the calls: what the transaction writes is rolled back with it.
    marks_ = server().data_directory() /
             fmt::format("marks{}", std::chrono::steady_clock::now().time_since_epoch().count());
    server().execute(fmt::format("copy (select 1) to program 'mkdir {}; cat > /dev/null'", marks_.string()));
    server().execute(R"(
      create or replace function fault(id bigint, wanted bigint, code text, times int, marks text) returns boolean
      language plpgsql cost 1 as $$
      begin
        if id <> wanted then return true; end if;
        for i in 1 .. times loop
          if (pg_stat_file(marks || '/' || i, true)).size is null then
            execute format('copy (select 1) to %L', marks || '/' || i);
            raise exception using errcode = code, message = 'raised by the test';
          end if;
        end loop;
        return true;
      end $$)");
  }

  void raise(const Raised& raised, long id) {
    query_ = fmt::format("{} and fault(firm_root_id, {}, '{}', {}, '{}')", kQuery, id, raised.code,
                         raised.times, marks_.string());
  }
  long raised() const {
    return std::distance(std::filesystem::directory_iterator(marks_), std::filesystem::directory_iterator());
  }
  std::filesystem::path marks_;
};

TEST_P(RaisedErrors, InTheMiddleOfTheList) {
  const Raised& parameter = GetParam();
  raise(parameter, 3 * (kFirms / 2 + 777));
  const Ended ended = run(arguments(server().dsn(), {"--max-retries", "3"}));
  if (parameter.exit_code == 0) {
    EXPECT_EQ(raised(), parameter.times);
    expect_complete(ended);
    EXPECT_GT(report_of(out()).retries, 0u);
    return;
  }
  EXPECT_EQ(ended.exit_code, parameter.exit_code) << ended.err;
  EXPECT_THAT(flat(ended.err), HasSubstr("raised by the test"));
  EXPECT_FALSE(std::filesystem::exists(out() / "manifest.json") && report_of(out()).status == "complete");
}

INSTANTIATE_TEST_SUITE_P(Each, RaisedErrors,
                         ::testing::Values(Raised{"40001", 2, 0}, Raised{"40P01", 1, 0},
                                           Raised{"53200", 3, 0}, Raised{"53300", 1, 0},
                                           Raised{"57P01", 2, 0}, Raised{"08006", 1, 0},
                                           Raised{"40001", 1000, 4}, Raised{"08006", 1000, 4},
                                           Raised{"42P01", 1, 6}),
                         [](const auto& parameter) {
                           return fmt::format("{}_{}_times", parameter.param.code, parameter.param.times);
                         });

}  // namespace
}  // namespace firmquery::test

// What a server does to its clients: sessions ended by an administrator at the worst moment, errors that
// pass, a restart.
#include "fault/fault_case.hpp"

namespace firmquery::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// In each test the run is first brought to a halt at a known place; then its session is ended there.
class ServerFault : public FaultCase {
 protected:
  static void SetUpTestSuite() {
    FaultCase::SetUpTestSuite();
    server().execute(
        "create or replace function held(id bigint, wanted bigint) returns boolean language plpgsql cost 1 "
        "as $$ "
        "begin if id = wanted then perform pg_advisory_lock_shared(7); perform pg_advisory_unlock_shared(7); "
        "end if; return true; end $$");
  }
  // Ends the session of the program that is seen like this, as soon as there is one.
  static void end_session(Process& program, const std::string& seen) {
    const std::string ends =
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like "
        "'firmquery%' "
        "and " +
        seen;
    while (server().value(ends) == "0")
      ASSERT_FALSE(program.wait(milliseconds(5))) << "it ended too early:\n" << program.err();
  }
  // In the middle of a statement that reads: it waits for a lock at one of its rows.
  Ended run_while_ending_a_range(int times = 1) {
    query_ = fmt::format("{} and held(firm_root_id, {})", kQuery, 3 * (kFirms / 2 + 777));
    std::optional<Holder> holder("select pg_advisory_lock(7)");
    return run(arguments(server().dsn()), [&](Process& program) {
      for (int i = 0; i < times; ++i)
        ASSERT_NO_FATAL_FAILURE(end_session(program, "wait_event = 'advisory'"));
      holder.reset();
    });
  }
  // While IDs are on their way to the server, and none arrives any more.
  Ended run_while_ending_in_the_load(const std::string& seen) {
    TcpProxy proxy(server().port());
    proxy.freeze_after(TcpProxy::to_server, 300'000);
    return run(arguments(dsn_through(proxy)), [&](Process& program) {
      wait_until_frozen(proxy, program);
      end_session(program, seen);
      proxy.thaw();
    });
  }
};

TEST_F(ServerFault, EndedInTheMiddleOfCopyIn) {
  const Ended ended = run_while_ending_in_the_load("query ilike '%copy %from stdin%' and state = 'active'");
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

TEST_F(ServerFault, EndedInTheMiddleOfAnalyze) {
  std::optional<Holder> holder("lock table pg_catalog.pg_statistic in share mode");
  const Ended ended = run(arguments(server().dsn()), [&](Process& program) {
    end_session(program, "wait_event_type = 'Lock' and query ilike '%analyze %'");
    holder.reset();
  });
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

TEST_F(ServerFault, EndedInTheMiddleOfARange) {
  const Ended ended = run_while_ending_a_range();
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

TEST_F(ServerFault, EndedInTheMiddleOfARangeAgainAndAgain) {
  const Ended ended = run_while_ending_a_range(3);
  expect_complete(ended);
  EXPECT_GE(report_of(out()).retries, 3u);
}

TEST_F(ServerFault, EndedWhileTheStagingTableIsLoaded) {
  strategy_ = "staging-table";
  expect_complete(run_while_ending_in_the_load("query ilike '%copy %from stdin%' and state = 'active'"));
}

// The session that holds the snapshot: the workers' own transactions keep it, if they have imported it.
TEST_F(ServerFault, TheSnapshotsSessionIsEndedWhileTheOthersLoad) {
  expect_complete(run_while_ending_in_the_load(
      "query ilike 'select pg_export_snapshot()%' and state = 'idle in transaction'"));
}

TEST_F(ServerFault, ASessionOfAnArrayRunIsEnded) {
  strategy_ = "array";
  const Ended ended = run_while_ending_a_range();
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
}

// What happens when not only one goes: the server crashes and recovers.
TEST_F(ServerFault, AllSessionsDieInACrashOfABackend) {
  strategy_ = "array";
  query_ = fmt::format("{} and held(firm_root_id, {})", kQuery, 3 * (kFirms / 2 + 777));
  std::optional<Holder> holder("select pg_advisory_lock(7)");
  const Ended ended =
      run(arguments(server().dsn(), {"--max-retries", "40", "--retry-delay", "0.1"}), [&](Process& program) {
        std::string pid;
        while (pid.empty()) {
          ASSERT_FALSE(program.wait(milliseconds(5))) << "it ended too early:\n" << program.err();
          pid = server().value(
              "select coalesce(min(pid)::text, '') from pg_stat_activity where application_name like "
              "'firmquery%' and wait_event = 'advisory'");
        }
        ::kill(std::stoi(pid), SIGKILL);
        holder.reset();  // its session has gone, too
      });
  expect_complete(ended);
  EXPECT_GT(report_of(out()).retries, 0u);
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

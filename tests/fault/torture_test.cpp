// The program is killed at random points, again and again, and goes on each time until it is done; the answer
// is that of a run that nobody disturbed, row for row, none twice.
//
// FIRMQUERY_TORTURE=N kills N times (6 unless said otherwise; 200 at night); FIRMQUERY_TEST_SEED=N repeats a
// run.
#include <cstdlib>
#include <iostream>
#include <random>

#include "fault/fault_case.hpp"
#include "support/effort.hpp"

namespace firmquery::test {
namespace {

using std::chrono::milliseconds;

long number_in(const char* variable, long otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr && *text != '\0' ? std::atol(text) : otherwise;
}

// When in the life of a process the signal comes: at times, or at what the server sees of it.
struct Moment {
  milliseconds after{0};
  std::uint64_t bytes = 0;
  TcpProxy::Direction direction = TcpProxy::to_client;
};

struct Torment {
  const char* strategy;
  int signal;
};

class Torture : public FaultCase, public ::testing::WithParamInterface<Torment> {
 protected:
  void SetUp() override {
    strategy_ = GetParam().strategy;
    seed_ = static_cast<unsigned>(number_in("FIRMQUERY_TEST_SEED", std::random_device()()));
    random_.seed(seed_);
    std::cout << "FIRMQUERY_TEST_SEED=" << seed_ << " repeats this" << std::endl;
    // Slow enough that there is a middle to be killed in, and that the journal gets lines.
    proxy_.throttle(6'000'000);
  }

  std::uint64_t below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_);
  }

  Moment random_moment() {
    switch (below(4)) {
      case 0:  // anywhere, start and end included
        return {milliseconds(below(2500)), 0, TcpProxy::to_client};
      case 1:  // while the list goes up
        return {milliseconds(below(3)), 1 + below(1'600'000), TcpProxy::to_server};
      default:  // while rows come down
        return {milliseconds(below(3)), 1 + below(10'000'000), TcpProxy::to_client};
    }
  }

  // True when the process had its signal before it ended by itself.
  bool strike(Process& process, const Moment& moment) {
    const std::uint64_t before = proxy_.bytes(moment.direction);
    while (moment.bytes > 0 && proxy_.bytes(moment.direction) - before < moment.bytes) {
      if (process.wait(milliseconds(1))) return false;
    }
    if (process.wait(moment.after)) return false;
    return process.signal(GetParam().signal);
  }

  std::vector<std::string> next_command() {
    // Both ways to go on; the second one also begins what was killed before it began.
    std::error_code ignored;
    if (std::filesystem::file_size(out() / "journal.jsonl", ignored) > 0 && !ignored && below(2) == 0) {
      return {"resume", out(), "--progress", "never"};
    }
    return arguments(dsn_through(proxy_), {"--resume"});
  }

  // Strikes up to `blows` times, then lets the run end; the number of blows that hit.
  int torment_one_run(int blows) {
    std::filesystem::remove_all(out());
    int hits = 0;
    for (int i = 0; i < blows; ++i) {
      bool hit = false;
      const std::vector<std::string> command = next_command();
      const Ended ended = run(command, [&](Process& process) { hit = strike(process, random_moment()); });
      hits += hit;
      if (ended.exit_code == 0) return hits;  // the blow came too late
      check_struck(ended, command.front());
      if (HasFatalFailure()) return hits;
    }
    const Ended ended = run(next_command());
    expect_complete(ended);
    return hits;
  }

  void check_struck(const Ended& ended, const std::string& command) {
    // A journal that was cut before its first line was whole: only `run` can begin.
    if (command == "resume" && ended.exit_code == 2) {
      ASSERT_THAT(flat(ended.err), ::testing::HasSubstr("run again"));
      return;
    }
    const int number = GetParam().signal;
    ASSERT_EQ(ended.exit_code, 128 + number) << ended.err;
  }

  TcpProxy proxy_{server().port()};
  unsigned seed_ = 0;
  std::mt19937_64 random_;
};

TEST_P(Torture, EndsWithTheAnswerOfAnUndisturbedRun) {
  undisturbed();
  const long total = number_in("FIRMQUERY_TORTURE", effort(6, 200));
  // The strategies and signals of the suite share the blows.
  const int wanted = static_cast<int>((total + 5) / 6);
  int hits = 0, runs = 0;
  while (hits < wanted && !HasFailure()) {
    hits += torment_one_run(1 + static_cast<int>(below(4)));
    ++runs;
    if (!std::filesystem::exists(out() / "manifest.json")) ADD_FAILURE() << "run " << runs << " did not end";
    if (!HasFailure()) {
      EXPECT_TRUE(answer_of(out()) == undisturbed()) << "run " << runs;
      expect_verified();
    }
  }
  std::cout << strategy_ << ": " << hits << " blows in " << runs << " runs" << std::endl;
  EXPECT_FALSE(HasFailure()) << "FIRMQUERY_TEST_SEED=" << seed_ << " repeats this";
  expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(Each, Torture,
                         ::testing::Values(Torment{"temp-table", SIGKILL}, Torment{"array", SIGKILL},
                                           Torment{"in-list", SIGKILL}, Torment{"staging-table", SIGKILL},
                                           Torment{"temp-table", SIGINT}, Torment{"staging-table", SIGTERM}),
                         [](const auto& parameter) {
                           std::string name =
                               fmt::format("{}_{}", parameter.param.strategy, parameter.param.signal);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace firmquery::test

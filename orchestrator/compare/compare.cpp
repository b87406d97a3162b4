#include "firmquery/compare/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "firmquery/run/instant.hpp"
#include "keyed_rows.hpp"
#include "process_figures.hpp"
#include "recommend.hpp"
#include "server_time.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTurnsForInterval = 6;
// Both ends of every ratio's interval are as near as this, and more turns would say nothing new.
constexpr double kNarrow = 1.1;
constexpr std::size_t kLargeList = 5000;

// What rows a strategy gave.
struct Answered {
  Digest rows, found;
  std::uint64_t count = 0;
  friend bool operator==(const Answered&, const Answered&) = default;
};

bool needs_own_instant(StrategyKind kind, const Dialect& dialect) {
  if (kind == StrategyKind::staging_table) return true;
  const bool fills_a_table = kind == StrategyKind::temp_table || kind == StrategyKind::automatic;
  return fills_a_table && dialect.is_cockroachdb();
}

class StrategyComparison {
 public:
  StrategyComparison(Prepared& prepared, const CompareOptions& options)
      : prepared_(prepared), options_(options) {}

  Result<Comparison> run() {
    const Clock::time_point start = Clock::now();
    out_.of_ids = prepared_.input().ids.size();
    if (options_.sample > 0) prepared_.keep_sample(options_.sample);
    prepared_.job().recheck = prepared_.job().near_misses = 0;
    out_.ids = prepared_.input().ids.size();
    out_.query = prepared_.job().sql_name;
    for (const Contender& who : options_.contenders) out_.contests.emplace_back().who = who;
    warn_of_large_lists();
    server_time_ = ServerTime::open(prepared_.job().connect, prepared_.dialect());
    auto proved = prove_all();
    if (!proved && !stopped(proved.error())) return Failure(std::move(proved).error());
    if (proved && out_.same_rows()) FQ_TRY(take_turns());
    out_.interrupted = options_.stop.stop_requested();
    out_.spent_s = std::chrono::duration<double>(Clock::now() - start).count();
    sum_up();
    return std::move(out_);
  }

 private:
  bool stopped(const Error& error) const {
    return options_.stop.stop_requested() || error.kind == ErrorKind::interrupted;
  }
  void say(const std::string& what) const {
    if (options_.say) options_.say(what);
  }

  void warn_of_large_lists() {
    for (const Contest& contest : out_.contests) {
      if (contest.who.chunk_size < kLargeList) continue;
      out_.warnings.push_back(fmt::format(
          "{}: a statement of {} values is parsed and planned as a whole, which has taken servers down; "
          "watch its memory",
          contest.who.name, contest.who.chunk_size));
      say("warning: " + out_.warnings.back());
    }
  }

  // One execution. `shared`: the instant, or null for one of its own.
  Result<RunOutcome> execute_as(const Contender& who, MeasuringStore& store, Instant* shared) {
    Job& job = prepared_.job();
    job.strategy = who.strategy;
    job.connections = who.connections;
    if (who.chunk_size > 0) {
      // The statement may become as long as so many IDs make it.
      constexpr std::size_t kCharsAnId = 64;
      job.in_list.max_ids = who.chunk_size;
      job.in_list.max_chars = std::max<std::size_t>(15'000, who.chunk_size * kCharsAnId);
    }
    RunOutcome outcome = execute(prepared_, store, {.instant = shared});
    if (outcome.error) return Failure(*outcome.error);
    if (outcome.report.result.unresolved > 0)
      return fail(ErrorKind::transient,
                  fmt::format("{} IDs could not be read: {}", outcome.report.result.unresolved,
                              outcome.report.failed_ranges.front().error));
    return outcome;
  }

  Result<Answered> answer_of(Contest& contest, Instant* shared, SnapshotReport* read_at = nullptr) {
    MeasuringStore store;
    FQ_TRY_ASSIGN(const RunOutcome outcome, execute_as(contest.who, store, shared));
    contest.ran = outcome.report.strategy;
    contest.reason = outcome.report.strategy_reason;
    contest.scanned = outcome.report.scans.ids;
    out_.server = outcome.report.server;
    out_.dialect = outcome.report.dialect;
    out_.server_version = outcome.report.server_version;
    if (read_at != nullptr) *read_at = outcome.report.snapshot;
    out_.row_bytes = store.bytes();
    return Answered{store.rows_digest(), outcome.report.result.found_digest, outcome.report.result.rows};
  }

  // The rows of all, and a first turn that nobody times: caches are warm afterwards.
  Result<void> prove_all() {
    FQ_TRY(open_instant());
    Contest& baseline = out_.contests.front();
    say(fmt::format("proof: {} reads {} IDs", baseline.who.name, out_.ids));
    FQ_TRY_ASSIGN(const Answered expected, answer_of(baseline, shared_.get()));
    out_.rows = expected.count;
    FQ_TRY_ASSIGN(const Answered again, answer_of(baseline, shared_.get()));
    if (again != expected && snapshot_)
      return fail(ErrorKind::query, "the query does not give the same rows twice at one instant", {},
                  "leave out what changes by itself (now(), random(), ...), or its columns");
    baseline.proof = snapshot_ ? "read twice at one instant" : "read twice; there is no instant to share";
    for (std::size_t i = 1; i < out_.contests.size(); ++i) {
      if (options_.stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
      FQ_TRY(prove(out_.contests[i], expected));
    }
    for (Contest& contest : out_.contests) contest.leaves = what_it_leaves(contest.ran, prepared_, out_.ids);
    return {};
  }

  Result<void> open_instant() {
    const Job& job = prepared_.job();
    FQ_TRY_ASSIGN(Session session, Session::open(job.connect));
    holder_ = std::make_unique<Session>(std::move(session));
    shared_ = make_instant(prepared_.dialect(), job.snapshot, {});
    FQ_TRY(shared_->take(*holder_));
    snapshot_ = shared_->hides_younger_tables();
    return {};
  }

  // A contender that does not work here is refused; only a stop request is a failure.
  Result<void> prove(Contest& contest, const Answered& expected) {
    say(fmt::format("proof: {}", contest.who.name));
    const bool own = snapshot_ && needs_own_instant(contest.who.strategy, prepared_.dialect());
    auto compared = own ? prove_at_its_own(contest) : prove_at_shared(contest, expected);
    if (compared) return {};
    if (stopped(compared.error())) return Failure(std::move(compared).error());
    contest.refused = compared.error().to_string();
    say(fmt::format("{} is left out: {}", contest.who.name, contest.refused));
    return {};
  }

  Result<void> prove_at_shared(Contest& contest, const Answered& expected) {
    FQ_TRY_ASSIGN(const Answered answered, answer_of(contest, shared_.get()));
    contest.proof =
        snapshot_ ? "the same rows at the same instant" : "the same rows; there is no instant to share";
    if (answered == expected) return {};
    return differs(contest,
                   [&](Contest& one, KeyedRows& rows) { return execute_as(one.who, rows, shared_.get()); });
  }

  // It has to load a table before it takes its instant. Where the server can go back to that, the baseline does; else the
  // baseline reads before and after, and says whether anything has changed meanwhile.
  Result<void> prove_at_its_own(Contest& contest) {
    Contest& baseline = out_.contests.front();
    if (prepared_.dialect().is_cockroachdb()) {
      SnapshotReport read_at;
      FQ_TRY_ASSIGN(const Answered answered, answer_of(contest, nullptr, &read_at));
      const auto instant = make_instant(prepared_.dialect(), true, read_at);
      FQ_TRY_ASSIGN(const Answered expected, answer_of(baseline, instant.get()));
      contest.proof = "the baseline gave the same rows at this one's instant";
      if (answered == expected) return {};
      return differs(contest, [&](Contest& one, KeyedRows& rows) -> Result<RunOutcome> {
        if (&one == &baseline) return execute_as(one.who, rows, last_.get());
        FQ_TRY_ASSIGN(RunOutcome outcome, execute_as(one.who, rows, nullptr));
        last_ = make_instant(prepared_.dialect(), true, outcome.report.snapshot);
        return outcome;
      });
    }
    FQ_TRY_ASSIGN(const Answered before, answer_of(baseline, nullptr));
    FQ_TRY_ASSIGN(const Answered answered, answer_of(contest, nullptr));
    FQ_TRY_ASSIGN(const Answered after, answer_of(baseline, nullptr));
    contest.proof = "the baseline gave the same rows before and after";
    if (before != after) {
      contest.proof = "not proved: rows have changed meanwhile, and it cannot share an instant";
      out_.warnings.push_back(fmt::format("{}: {}", contest.who.name, contest.proof));
      return {};
    }
    if (answered == before) return {};
    return differs(contest,
                   [&](Contest& one, KeyedRows& rows) { return execute_as(one.who, rows, nullptr); });
  }

  // Both once more, with the rows of each ID kept apart.
  template <class Execute>
  Result<void> differs(Contest& contest, const Execute& execute_one) {
    KeyedRows theirs, ours;
    FQ_TRY(execute_one(contest, theirs));
    FQ_TRY(execute_one(out_.contests.front(), ours));
    auto sentences = KeyedRows::differences(ours, theirs, contest.who.name);
    if (sentences.empty()) {
      sentences.push_back(
          fmt::format("{} gave other rows than {} once, and the same when both were asked again",
                      contest.who.name, out_.contests.front().who.name));
    }
    contest.differs = true;
    contest.proof = "other rows than the baseline";
    out_.differences.insert(out_.differences.end(), sentences.begin(), sentences.end());
    return {};
  }

  Result<void> take_turns() {
    const Clock::time_point start = Clock::now();
    double longest_turn = 0;
    for (std::size_t turn = 0; turn < options_.turns_most; ++turn) {
      const Clock::time_point begin = Clock::now();
      const double spent = std::chrono::duration<double>(begin - start).count();
      if (turn > 0 && spent + longest_turn > options_.budget.count()) return {};
      if (turn >= kTurnsForInterval && is_narrow()) return {};
      if (auto taken = take_turn(turn); !taken) {
        for (Contest& contest : out_.contests) {
          if (contest.refused.empty() && contest.measured.size() > turn) contest.measured.resize(turn);
        }
        if (stopped(taken.error())) return {};
        return taken;
      }
      longest_turn = std::max(longest_turn, std::chrono::duration<double>(Clock::now() - begin).count());
      say(fmt::format("turn {}: {:.2f} s", turn + 1,
                      std::chrono::duration<double>(Clock::now() - begin).count()));
    }
    return {};
  }

  Result<void> take_turn(std::size_t turn) {
    std::vector<Contest*> order;
    for (Contest& contest : out_.contests) {
      if (contest.refused.empty()) order.push_back(&contest);
    }
    if (turn % 2 == 1) std::reverse(order.begin(), order.end());
    for (Contest* contest : order) {
      auto measured = measure(*contest);
      if (measured) {
        contest->measured.push_back(*std::move(measured));
        continue;
      }
      const bool baseline = contest == &out_.contests.front();
      if (baseline || stopped(measured.error())) return Failure(std::move(measured).error());
      contest->refused = fmt::format("failed in turn {}: {}", turn + 1, measured.error().to_string());
      contest->measured.clear();
    }
    return {};
  }

  Result<Measurement> measure(const Contest& contest) {
    const auto& traffic = prepared_.job().connect.traffic;
    const std::uint64_t sent = traffic ? traffic->sent.load() : 0,
                        received = traffic ? traffic->received.load() : 0;
    const std::optional<double> server = server_time_.seconds();
    const double cpu = cpu_seconds();
    const bool peak_is_its_own = reset_peak_memory();
    MeasuringStore store;
    const Clock::time_point begin = Clock::now();
    const bool own = snapshot_ && needs_own_instant(contest.who.strategy, prepared_.dialect());
    FQ_TRY_ASSIGN(const RunOutcome outcome, execute_as(contest.who, store, own ? nullptr : shared_.get()));
    Measurement measured;
    measured.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    measured.cpu_s = cpu_seconds() - cpu;
    const std::optional<double> server_after = server_time_.seconds();
    if (server && server_after && *server_after >= *server) measured.server_s = *server_after - *server;
    const Report& report = outcome.report;
    measured.statements = report.statements.count;
    measured.retries = report.retries;
    measured.p50_s = report.statements.p50_s;
    measured.p95_s = report.statements.p95_s;
    measured.longest_s = report.statements.longest_s;
    measured.peak_rss_bytes = peak_is_its_own ? report.peak_rss_bytes : 0;
    if (traffic) {
      measured.sent = traffic->sent.load() - sent;
      measured.received = traffic->received.load() - received;
    }
    out_.found = report.result.found;
    return measured;
  }

  std::vector<double> seconds_of(const Contest& contest) const {
    std::vector<double> seconds;
    for (const Measurement& one : contest.measured) seconds.push_back(one.seconds);
    return seconds;
  }

  bool is_narrow() const {
    const std::vector<double> baseline = seconds_of(out_.contests.front());
    return std::all_of(out_.contests.begin() + 1, out_.contests.end(), [&](const Contest& contest) {
      if (contest.measured.size() != baseline.size()) return true;
      const auto interval = ratio_of(seconds_of(contest), baseline).interval;
      return interval && interval->high <= interval->low * kNarrow;
    });
  }

  void sum_up() {
    const std::vector<double> baseline = seconds_of(out_.contests.front());
    if (baseline.empty()) return;
    for (std::size_t i = 0; i < out_.contests.size(); ++i) {
      Contest& contest = out_.contests[i];
      if (contest.measured.size() != baseline.size()) continue;
      contest.seconds = median_of(seconds_of(contest));
      contest.to_baseline = ratio_of(seconds_of(contest), baseline);
      if (!out_.best || contest.to_baseline.median < out_.contests[*out_.best].to_baseline.median)
        out_.best = i;
    }
    for (Contest& contest : out_.contests) {
      if (contest.measured.size() == baseline.size())
        contest.to_best = ratio_of(seconds_of(contest), seconds_of(out_.contests[*out_.best]));
    }
    recommend(out_, prepared_.job());
  }

  Prepared& prepared_;
  const CompareOptions& options_;
  Comparison out_;
  std::unique_ptr<Session> holder_;
  std::unique_ptr<Instant> shared_, last_;
  bool snapshot_ = false;
  ServerTime server_time_;
};

}  // namespace

Result<Comparison> compare_strategies(Prepared& prepared, const CompareOptions& options) {
  return StrategyComparison(prepared, options).run();
}

}  // namespace firmquery

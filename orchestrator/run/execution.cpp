// execute(): from what is prepared to rows in a store.
#include "execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "firmquery/db/kerberos.hpp"
#include "firmquery/output/exceptions.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/run/parallel.hpp"
#include "preparing/density.hpp"
#include "preparing/full_scans.hpp"
#include "preparing/outlook.hpp"
#include "publishing/finish.hpp"
#include "reading/asking.hpp"
#include "reading/explaining.hpp"
#include "reading/reading.hpp"
#include "reading/recheck.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Members are in the order in which the stages fill them.
class RunExecution {
 public:
  RunExecution(Prepared::Parts& parts, UnitStore& store, Ledger& ledger, const Execution& execution)
      : parts_(parts),
        store_(store),
        report_(ledger.report),
        start_(ledger.start),
        figures_(ledger.figures),
        lent_(execution.instant),
        began_(ledger.began),
        pace_(parts.job.pace),
        strategy_{parts.job,       parts.control.dialect(), *parts.sql_template, parts.facts,
                  parts.input.ids, report_.run_id,          parts.retry},
        proof_(parts.job.recheck, parts.input.ids, shares_, report_.readings) {}

  Result<void> run() {
    auto done = guarded([this] { return stages(); });
    if (!done) {
      if (list_known_) collect();
      if (stop_requested() && caused_by_stop(done.error()))
        return fail(ErrorKind::interrupted, "interrupted");
    }
    return done;
  }

 private:
  Result<void> stages() {
    // Of the first strategy prepare() knows it; execute() may be asked for another one.
    FQ_TRY(check_scan(parts_.job, parts_.facts, parts_.input.ids.type()));
    FQ_TRY(share_out());
    const auto& readings = report_.readings;
    if (!readings.empty()) {
      const auto dropped =
          on_control([&](Session& session) { return drop_leftover_table(strategy_, readings, session); });
      if (!dropped) warn(dropped.error().to_string());
    }
    FQ_TRY(look_ahead());
    // Also with nothing to ask: the report names strategy and instant.
    if (unread() > 0 || readings.empty()) {
      FQ_TRY(load_and_read());
    } else {
      FQ_TRY(prove_later());
      FQ_TRY(explain_later());
    }
    collect();
    if (unread() == 0) FQ_TRY(store_.all_read());
    emit(event::PhaseBegun{Phase::exporting});
    report_.warnings = figures_.warnings();
    return store_.publish(report_, start_,
                          {parts_.input.ids, shares_, parts_.facts.columns, parts_.sql_template->text(),
                           near_misses_ ? &*near_misses_ : nullptr, &parts_.input.profile});
  }

  // Fixes who reads what, or takes it over from the run that is gone on with.
  Result<void> share_out() {
    JournalList list = list_now(parts_, report_.input);
    list.shares = split(askable(parts_.input.ids, parts_.facts.key), std::max(parts_.job.connections, 1u));
    FQ_TRY_ASSIGN(EarlierStart kept, store_.begin(list));
    if (!kept.run_id.empty()) {
      report_.run_id = strategy_.run_id = kept.run_id;
      report_.started_at = kept.started_at;
      parts_.job.out = kept.directory;
      report_.readings = std::move(kept.readings);
    }
    proof_.go_on_with(kept);
    list_known_ = true;
    for (unsigned number = 0; number < kept.shares.size(); ++number) {
      Share& share = shares_.emplace_back(parts_.input.ids, number, kept.shares[number]);
      FQ_TRY_ASSIGN(auto writer, store_.writer(share, parts_.facts.row_key));
      share.set_writer(std::move(writer));
      rows_before_ += share.reconciler().rows();
      ranges_before_ += share.units();
    }
    if (kept.near_misses && unread() == 0 && kept.near_misses->of_found == found_digest() &&
        parts_.job.near_misses > 0)
      near_misses_ = std::move(kept.near_misses);
    report_.connections = static_cast<unsigned>(shares_.size());
    emit(event::ListShared{report_.connections, parts_.input.ids.size(), parts_.input.ids.size() - unread(),
                           rows_before_});
    return {};
  }

  // Whether there is time for what is left. What an earlier start has read is read; what it has said of its time is not.
  Result<void> look_ahead() {
    SnapshotReport earlier;
    if (!report_.readings.empty()) earlier = report_.readings.back().snapshot;
    const Outlook outlook = firmquery::look_ahead(strategy_, parts_.control.session(),
                                                  {unread(), earlier, seconds_since(began_)});
    report_.estimate = outlook.estimate;
    if (outlook.estimate.seconds) emit(event::Note{"time needed: " + estimate_text(outlook.estimate)});
    FQ_TRY(refuse_late(parts_.job, outlook));
    for (const TooLate& late : outlook.late) warn(late.what + "; " + late.remedy);
    return {};
  }

  std::size_t unread() const { return unread_ids(shares_); }

  // Pass after pass: a pass ends early when the session that holds the instant is lost with the server, or when
  // the staging table is gone (while no session of a run is connected, nobody can see that it is in use); the
  // rest is read at a new instant.
  Result<void> load_and_read() {
    SnapshotReport earlier;
    if (!report_.readings.empty()) {
      earlier = report_.readings.back().snapshot;
      const std::size_t ids = parts_.input.ids.size();
      emit(event::Note{fmt::format("resumed: {} of {} IDs are read", ids - unread(), ids)});
    }
    for (unsigned attempt = 0;; ++attempt) {
      const ReadingContext context{strategy_,     parts_.control, shares_, store_, pace_,
                                   parts_.events, parts_.stop,    earlier, lent_};
      auto loss = Reading::Loss::nothing;
      auto read = read_with_best(context, loss);
      if (read) return first_failure(shares_);
      const bool safe = std::all_of(shares_.begin(), shares_.end(),
                                    [](const Share& share) { return share.writer().all_kept(); });
      const bool again = loss != Reading::Loss::nothing && lent_ == nullptr && safe;
      if (!again || !parts_.retry.allows(attempt)) return read;
      warn(loss == Reading::Loss::instant
               ? "the server has ended the session that holds the run's instant"
               : "the staging table was dropped by somebody else; the list is loaded again");
      if (!parts_.retry.pause(attempt, parts_.stop)) return fail(ErrorKind::interrupted, "interrupted");
    }
  }

  // With the best strategy that the server does not refuse.
  Result<void> read_with_best(const ReadingContext& context, Reading::Loss& loss) {
    FQ_TRY_ASSIGN(auto candidates, candidates_at(context));
    for (std::size_t i = 0;; ++i) {
      emit(event::PhaseBegun{Phase::loading});
      const Clock::time_point start = Clock::now();
      // A scan is bounded by the primary key; there is nothing to find out.
      if (candidates[i].kind != StrategyKind::scan)
        warn_of_full_scans(parts_.control, parts_.events, strategy_, candidates[i].kind, shares_,
                           parts_.stop);
      Reading reading(context, candidates[i]);
      report_.strategy = to_string(candidates[i].kind);
      report_.strategy_reason = candidates[i].reason;
      auto done = guarded([&] { return reading.load(); });
      start_.timing.load_s += seconds_since(start);
      const bool loaded = done.has_value();
      if (loaded) {
        note_reading(reading.report());
        emit(event::PhaseBegun{Phase::querying});
        const Clock::time_point begin = Clock::now();
        proof_.reading_begins();
        done = guarded([&] { return reading.read(); });
        start_.timing.query_s += seconds_since(begin);
        proof_.reading_ended();
        if (done) done = guarded([&] { return ask_more(reading.instant(), seconds_since(start)); });
      }
      loss = reading.loss();
      if (auto torn_down = reading.tear_down(); !torn_down) warn(torn_down.error().to_string());
      const bool next = !done && !loaded && i + 1 < candidates.size() && is_refusal(done.error());
      if (!next || stop_requested()) return done;
      emit(event::FellBack{report_.strategy, std::string(to_string(candidates[i + 1].kind)), done.error()});
      candidates[i + 1].reason =
          fmt::format("auto: {} was refused: {}", report_.strategy, done.error().message);
    }
  }

  // What is found out beside the answer, while the instant that it was read at is still there. `reading_s`: what the
  // reading has taken.
  Result<void> ask_more(Instant& instant, double reading_s) {
    const AskingContext asking{strategy_, instant, pace_, parts_.events, parts_.stop};
    FQ_TRY(prove_again(asking, reading_s));
    return explain(asking);
  }

  // Why the missing IDs are missing.
  Result<void> explain(const AskingContext& asking) {
    if (parts_.job.near_misses == 0) return {};
    if (stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    emit(event::PhaseBegun{Phase::checking});
    const KeySample* const sample = parts_.key_sample ? &*parts_.key_sample : nullptr;
    FQ_TRY_ASSIGN(near_misses_, explain_missing(asking, shares_, sample));
    near_misses_->of_found = found_digest();
    return store_.explained(*near_misses_);
  }

  // An earlier start has read everything: what it has found out counts, and where it has not come so far, that is made up
  // for, at the run's instant where the server can go back to it.
  Result<void> explain_later() {
    if (parts_.job.near_misses == 0 || near_misses_) return {};
    const auto instant =
        make_instant(strategy_.dialect, parts_.job.snapshot, report_.readings.back().snapshot);
    FQ_TRY(on_control([&](Session& session) { return instant->take(session); }));
    auto explained = explain({strategy_, *instant, pace_, parts_.events, parts_.stop});
    (void)parts_.control.session().execute("rollback");  // of the instant's transaction, where there is one
    return explained;
  }

  Digest found_digest() const {
    Digest found;
    for (const Share& share : shares_) found += share.reconciler().found_digest();
    return found;
  }

  // When an earlier start has read everything and has not come so far: where its instant can be gone back to.
  Result<void> prove_later() {
    const SnapshotReport& earlier = report_.readings.back().snapshot;
    if (earlier.kind != kSystemTime) return {};
    const auto instant = make_instant(strategy_.dialect, true, earlier);
    return prove_again({strategy_, *instant, pace_, parts_.events, parts_.stop}, 0);
  }

  Result<void> prove_again(const AskingContext& asking, double reading_s) {
    if (!proof_.is_due()) return {};
    emit(event::PhaseBegun{Phase::checking});
    FQ_TRY_ASSIGN(const RecheckReport recheck,
                  proof_.prove(asking, {static_cast<unsigned>(shares_.size()), reading_s, report_.run_id,
                                        figures_.ids_scanned()}));
    proof_.add(recheck);
    auto kept = store_.recheck(recheck);
    if (recheck.wrong() > 0) return Failure(disproved(recheck));
    return kept;
  }

  // An instant that is older than this process, or somebody else's, may be older than every table made now.
  Result<std::vector<StrategyChoice>> candidates_at(const ReadingContext& context) {
    FQ_TRY_ASSIGN(auto candidates, candidate_strategies(parts_.job, strategy_.dialect));
    const bool resumed = make_instant(strategy_.dialect, parts_.job.snapshot, context.earlier)->resumed();
    const bool too_old =
        lent_ != nullptr && strategy_.dialect.is_cockroachdb() && lent_->hides_younger_tables();
    if (resumed || too_old) return std::vector{strategy_without_tables(parts_.job)};
    // A temporary table is filled by the transaction that reads it; one that is filled by others cannot be seen.
    if (lent_ != nullptr && lent_->hides_younger_tables()) {
      std::erase_if(candidates,
                    [](const StrategyChoice& choice) { return choice.kind == StrategyKind::staging_table; });
      if (candidates.empty())
        return fail(ErrorKind::usage, "a staging table is younger than the instant that was lent", {},
                    "let the run take its own");
    }
    ListDensity density;
    FQ_TRY(on_control([&](Session& session) -> Result<void> {
      FQ_TRY_ASSIGN(density, examine_density(session, strategy_));
      return {};
    }));
    strategy_.sparse = density.kind == ListDensity::Kind::sparse;
    if (density.kind == ListDensity::Kind::dense)
      candidates.insert(candidates.begin(), choice_for_dense_list(density));
    return candidates;
  }

  void note_reading(const ReadingReport& reading) {
    emit(event::InstantTaken{report_.strategy, report_.strategy_reason, reading.snapshot, unread()});
    emit(event::Note{fmt::format("plan: {} {} at {}, {} ({}), {} sessions, {} of {} unique IDs to read, {}",
                                 report_.dialect, report_.server_version, parts_.control.session().host(),
                                 report_.strategy, report_.strategy_reason, shares_.size(), unread(),
                                 parts_.input.ids.size(), reading.snapshot.kind),
                     true});
    if (!report_.readings.empty() && report_.readings.back().snapshot.value != reading.snapshot.value) {
      warn(fmt::format("the rest is read at a new instant ({}); both are in the report", reading.started_at));
    }
    report_.readings.push_back(reading);
  }

  void collect() {
    if (std::exchange(collected_, true)) return;
    if (!report_.readings.empty()) report_.snapshot = report_.readings.front().snapshot;
    for (const Share& share : shares_) {
      report_.result.rows += share.reconciler().rows();
      report_.result.found += share.reconciler().found();
      report_.result.found_digest += share.reconciler().found_digest();
      report_.ranges.done += share.units();
    }
    if (report_.strategy.empty() && !report_.readings.empty()) {  // resumed after everything was read
      report_.strategy = report_.readings.back().strategy;
      report_.strategy_reason = "of the run that was resumed";
    }
    report_.left = time_left();
    if (near_misses_) report_.near_misses = near_misses_->report;
    report_.failed_ranges = failed_ranges(parts_.input.ids, shares_);
    report_.recheck = proof_.report();
    report_.ranges.total = report_.ranges.done + report_.failed_ranges.size();
    start_.ranges = report_.ranges.done - ranges_before_;
    start_.rows = report_.result.rows - rows_before_;
    figures_.add_to(start_);
  }

  // Of what the run had to end within.
  LeftReport time_left() {
    LeftReport left;
    if (!report_.readings.empty())
      left.gc_window_s = gc_window_left(parts_.facts, report_.readings.back().snapshot);
    const auto& credentials = parts_.job.connect.credentials;
    const auto ticket =
        credentials && parts_.authentication.method == "gss" ? credentials->ticket() : std::nullopt;
    if (ticket && ticket->renewal != Renewal::keytab) left.ticket_s = ticket_window(*ticket);
    return left;
  }

  Result<void> on_control(const std::function<Result<void>(Session&)>& work) {
    return parts_.control.attempt(work, parts_.stop);
  }
  bool stop_requested() const { return parts_.stop.stop_requested(); }
  void emit(EventBody body) { parts_.events.emit(std::move(body)); }
  void warn(const std::string& text) { emit(event::Warning{text}); }

  Prepared::Parts& parts_;
  UnitStore& store_;
  Report& report_;
  StartReport& start_;
  RunFigures& figures_;
  Instant* const lent_;
  const Clock::time_point began_;  // of this process on the run
  Pace pace_;
  StrategyContext strategy_;
  bool list_known_ = false;
  std::vector<Share> shares_;
  SecondProof proof_;                                  // of what the shares have read
  std::uint64_t ranges_before_ = 0, rows_before_ = 0;  // that earlier starts have finished
  std::optional<NearMisses> near_misses_;              // of what is missing now
  bool collected_ = false;
};

}  // namespace

Result<void> execute_into(Prepared::Parts& parts, UnitStore& store, Ledger& ledger,
                          const Execution& execution) {
  return RunExecution(parts, store, ledger, execution).run();
}

RunOutcome ending(UnitStore& store, Ledger& ledger, Result<void> done) {
  RunOutcome outcome;
  if (!done) {
    Error error = std::move(done).error();
    ledger.report.status = error.kind == ErrorKind::interrupted ? "interrupted" : "failed";
    ledger.report.warnings = ledger.figures.warnings();
    if (!store.ended(ledger.report, ledger.start, error)) outcome.kind = RunOutcome::Kind::refused;
    outcome.error = std::move(error);
  }
  outcome.report = std::move(ledger.report);
  return outcome;
}

RunOutcome execute(Prepared& prepared, UnitStore& store, const Execution& execution) {
  Prepared::Parts& parts = prepared.parts();
  Ledger ledger(parts.job.run_id);
  describe(parts, ledger.report);
  const Listening listening(parts.events, ledger.figures);
  auto done = execute_into(parts, store, ledger, execution);
  RunOutcome outcome = ending(store, ledger, std::move(done));
  outcome.profile = parts.input.profile;
  outcome.breached = breached_thresholds(parts.job, outcome.report);
  return outcome;
}

}  // namespace firmquery

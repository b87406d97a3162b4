#include "reading/worker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/run/parallel.hpp"
#include "preparing/key_equality.hpp"
#include "preparing/ticket.hpp"
#include "reading/unit_sink.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;

// Small units are kept together: an fsync for each list of 250 IDs would cost more than the list.
constexpr std::chrono::milliseconds keep_interval{500};
// After so many units in a row that were set aside, the server is taken to be ill, not the ranges.
constexpr unsigned failures_in_a_row_max = 3;
// What is sent ahead hides a network's delay, which is nothing beside this, and holds no more of the server's
// time than this.
constexpr std::chrono::duration<double> ahead_work{0.25};
constexpr std::size_t ahead_units_max = 16;
// After so many sessions that were lost meanwhile it may be something in between that does not bear it.
constexpr unsigned lost_ahead_max = 2;

Failure interrupted() {
  return fail(ErrorKind::interrupted, "interrupted");
}

Failure at_place(Error error, std::string place) {
  if (error.place.empty()) error.place = std::move(place);
  return Failure(std::move(error));
}

}  // namespace

Worker::Worker(const WorkerContext& context, Share& share)
    : context_(context), share_(share), strategy_(make_strategy(context.kind, context.strategy)) {}

bool Worker::stopped_by(const Error& error) const {
  return stopping() && caused_by_stop(error);
}

std::string Worker::place(Slice unit) const {
  const IdSet& ids = context_.strategy.ids;
  if (unit.size() == 1) return fmt::format("session {}, ID {}", session_number(), ids.canonical(unit.begin));
  return fmt::format("session {}, {} IDs from {} to {}", session_number(), unit.size(),
                     ids.canonical(unit.begin), ids.canonical(unit.end - 1));
}

Result<void> Worker::load() {
  FQ_TRY(share_.writer().open());
  if (share_.done()) return {};
  for (unsigned attempt = 0;;) {
    const Clock::time_point start = Clock::now();
    auto result = connect();
    if (result) return {};
    if (stopped_by(result.error())) return interrupted();
    context_.strategy.retry.spend(Clock::now() - start);
    if (recover(result.error(), share_.hull(), attempt)) continue;
    if (stopped_by(result.error())) return interrupted();
    return at_place(std::move(result).error(), place(share_.hull()));
  }
}

// A session that has what its strategy needs for what is left of the share.
Result<void> Worker::connect() {
  close();
  connecting_ = true;
  tried_enough_ = false;
  ConnectOptions options = context_.strategy.job.connect;
  options.host_offset = share_.number() + connects_++;
  options.stop = context_.stop;
  FQ_TRY_ASSIGN(session_, Session::open(options));
  const Job& job = context_.strategy.job;
  FQ_TRY(set_up_session(*session_, context_.strategy.dialect, SessionSettings{job.query_timeout.count()}));
  const LoadWatch watch{[this](std::uint64_t ids) {
                          context_.events.emit(event::ChunkLoaded{session_number(), ids});
                        },
                        [this](const Error& error, unsigned attempt) { return send_again(error, attempt); }};
  if (context_.kind == StrategyKind::staging_table)
    FQ_TRY(say_what_is_used(*session_, context_.strategy.run_id));
  const bool lost_its_list = reading_ && strategy_->bound_to_session();
  if (strategy_->loading() == Loading::inside_instant) {
    FQ_TRY(context_.instant.begin(*session_, false));
    FQ_TRY(strategy_->load(*session_, share_.hull(), watch));
    FQ_TRY(session_->execute("set transaction read only"));
    in_transaction_ = true;
  } else if (lost_its_list && context_.instant.hides_younger_tables()) {
    context_.events.emit(event::Warning{
        fmt::format("session {}: its temporary table went with the lost connection, and a new one would be "
                    "younger than the run's instant; the rest is read by arrays",
                    session_number())});
    strategy_ = make_strategy(StrategyKind::array, context_.strategy);
  } else if (!reading_ || lost_its_list) {
    FQ_TRY(strategy_->load(*session_, share_.hull(), watch));
  }
  // From here on the session reads the user's tables only.
  time_limit_ = job.query_timeout.count();
  if (job.max_statement.count() > 0 && job.max_statement < job.query_timeout) {
    time_limit_ = job.max_statement.count();
    FQ_TRY(set_statement_timeout(*session_, time_limit_));
  }
  connecting_ = false;
  return {};
}

// What a statement may take: what the job allows, and less where the statement itself says so.
Result<void> Worker::limit_time(double seconds) {
  const Job& job = context_.strategy.job;
  double limit = job.query_timeout.count();
  for (const double other : {job.max_statement.count(), seconds}) {
    if (other > 0 && (limit <= 0 || other < limit)) limit = other;
  }
  if (limit == time_limit_) return {};
  FQ_TRY(limit_statements(*session_, limit));
  time_limit_ = limit;
  return {};
}

// Once more on this session, or the error that ends the load there.
Result<void> Worker::send_again(const Error& error, unsigned attempt) {
  if (!session_->alive() || recovery_of(error) != Recovery::retry) return Failure(error);
  RetryPolicy& retry = context_.strategy.retry;
  tried_enough_ = !retry.allows(attempt);
  if (tried_enough_) return Failure(error);
  context_.events.emit(event::Retried{session_number(), Work::load, place(share_.hull()), error});
  if (!retry.pause(attempt, context_.stop)) return interrupted();
  return {};
}

void Worker::close() {
  session_.reset();
  sent_.clear();
  in_transaction_ = false;
}

Result<void> Worker::read() {
  reading_ = true;
  while (!share_.done()) {
    auto result = unit();
    if (result) continue;
    // What is finished is worth keeping, whatever ended the run.
    FQ_TRY(keep());
    return result;
  }
  FQ_TRY(keep());
  close();
  return {};
}

Slice Worker::next_unit() {
  Slice slice = strategy_->next_unit(share_.front());
  if (!context_.pace.limited()) return slice;
  // A range that returns a second's worth of rows, going by what the share has returned so far.
  const Reconciler& read = share_.reconciler();
  const std::size_t ids_read = share_.slice().size() - share_.hull().size();
  const double rows_per_id = std::max(
      1.0, static_cast<double>(read.rows()) / static_cast<double>(std::max<std::size_t>(ids_read, 1)));
  const auto most = static_cast<std::size_t>(std::max(1.0, context_.pace.rows_per_s() / rows_per_id));
  if (slice.size() <= most) return slice;
  return strategy_->next_unit({slice.begin, slice.begin + most});
}

Result<void> Worker::unit() {
  Slice slice = next_unit();
  for (unsigned attempt = 0, tries = 1;; ++tries) {
    if (stopping()) return interrupted();
    const Clock::time_point start = Clock::now();
    auto connected = session_ ? Result<void>() : connect();
    auto result = connected ? read_unit(slice, tries > 1) : Result<bool>(Failure(connected.error()));
    if (result && !*result) {
      slice = next_unit();
      continue;
    }
    if (result) {
      failures_in_a_row_ = 0;
      return rest_after(slice, start);
    }
    if (stopped_by(result.error())) return interrupted();
    context_.strategy.retry.spend(Clock::now() - start);
    if (!recover(result.error(), slice, attempt)) return set_aside(slice, result.error());
    slice = next_unit();
  }
}

void Worker::warn_of_fading() {
  if (warned_of_fading_ || Clock::now() < context_.instant_fades) return;
  warned_of_fading_ = true;
  context_.events.emit(event::Warning{
      "four fifths of the table's garbage collection window have passed since the run's instant; when it "
      "closes "
      "the rest cannot be read at that instant: raise gc.ttlseconds, or use more connections"});
}

// How many units may follow the one that is read. What is slow, may have to become smaller or has a pace to
// keep is sent alone.
std::size_t Worker::ahead_most(bool tried_before) const {
  if (!strategy_->foresees() || context_.pace.limited() || tried_before || lost_ahead_ >= lost_ahead_max ||
      took_.count() <= 0)
    return 0;
  // Where a statement's time runs while it waits for others, that must not be noticed.
  const double work = time_limit_ > 0 ? std::min(ahead_work.count(), time_limit_ / 10) : ahead_work.count();
  return static_cast<std::size_t>(std::min<double>(ahead_units_max, work / took_.count()));
}

// The statement of a unit. When this returns, it and those that follow it at once are on their way, or it is
// alone and has not been sent.
Result<Statement> Worker::statement_of(Slice slice, bool tried_before) {
  const std::size_t most = ahead_most(tried_before);
  const std::size_t end = share_.front().end;
  if (!sent_.empty() && sent_.front().slice != slice) sent_.clear();
  if (sent_.empty()) {
    FQ_TRY_ASSIGN(Statement statement, strategy_->query(*session_, slice));
    FQ_TRY(limit_time(statement.time_limit));
    if (most == 0 || slice.end == end) return statement;
    FQ_TRY(send_ahead(slice, std::move(statement)));
  }
  while (sent_.size() <= most && sent_.back().slice.end < end) {
    const Slice next = strategy_->next_unit({sent_.back().slice.end, end});
    FQ_TRY_ASSIGN(Statement statement, strategy_->query(*session_, next));
    FQ_TRY(send_ahead(next, std::move(statement)));
  }
  return std::move(sent_.front().statement);
}

Result<void> Worker::send_ahead(Slice slice, Statement statement) {
  FQ_TRY(session_->send_ahead({statement.sql, statement.parameters, statement.same_text}));
  sent_.push_back({slice, std::move(statement)});
  return {};
}

// False: a scan that was cut short, whose IDs are to be read in another way.
Result<bool> Worker::read_unit(Slice slice, bool tried_before) {
  const Clock::time_point begin = Clock::now();
  warn_of_fading();
  tend_ticket(context_.strategy.job.connect, context_.events);
  if (!in_transaction_) FQ_TRY(context_.instant.begin(*session_, true));
  in_transaction_ = true;
  // A failed statement must not take the temporary table with it.
  const bool savepoint = strategy_->loading() == Loading::inside_instant;
  if (savepoint) FQ_TRY(session_->execute("savepoint unit"));
  FQ_TRY_ASSIGN(const Statement statement, statement_of(slice, tried_before));
  UnitWriter& writer = share_.writer();
  const std::uint64_t bytes_before = writer.bytes();
  Reconciler& reconciler = share_.reconciler();
  reconciler.begin(slice);
  context_.events.emit(event::UnitBegun{session_number(), slice});
  UnitSink sink(writer, reconciler, context_.events, session_number(), context_.stop,
                statement.most_rows.has_value());
  const Clock::time_point start = Clock::now();
  auto streamed = session_->stream(statement.sql, context_.strategy.facts.row_key,
                                   context_.strategy.dialect.has("copy_out_csv"), sink, statement.parameters);
  const std::chrono::duration<double> took = Clock::now() - start;
  sink.tell();
  const std::uint64_t arrived = reconciler.unit_rows() + sink.left_out_rows();
  if (streamed && *streamed != arrived) {
    streamed =
        fail(ErrorKind::integrity, fmt::format("the server says {} rows, {} arrived", *streamed, arrived),
             place(slice), "this points at a fault of the server or of something between");
  }
  if (streamed && savepoint) {
    // The connection can be lost here too, and then the unit is read again.
    if (auto released = session_->execute("release savepoint unit"); !released)
      streamed = Failure(released.error());
  }
  const bool cut_short = streamed && statement.most_rows && arrived >= *statement.most_rows;
  if (!streamed || cut_short) {
    reconciler.rollback();
    context_.events.emit(event::UnitTakenBack{session_number(), slice, sink.told_rows(), took.count(),
                                              cut_short ? arrived : 0});
    FQ_TRY(writer.take_back());
    if (!cut_short) {
      return Failure(
          explain_stray_key(in_template(std::move(streamed).error(), context_.strategy.sql_template.name()),
                            context_.strategy.dialect, context_.strategy.facts));
    }
    strategy_->given_up(slice);
    return false;
  }
  if (!sent_.empty()) sent_.pop_front();
  rows_sent_ = arrived;
  took_ = took;
  strategy_->completed(slice, UnitCost{Clock::now() - begin, arrived});
  const FinishedUnit finished{slice, reconciler.unit_rows(), reconciler.unit_found(),
                              reconciler.unit_digest(), took.count()};
  writer.finish(finished);
  reconciler.commit();
  share_.finish(slice);
  finished_ = slice;
  context_.events.emit(event::UnitDone{session_number(), slice, finished.rows, writer.bytes() - bytes_before,
                                       took.count(), tried_before, statement.most_rows.has_value(),
                                       sink.left_out_rows()});
  return true;
}

// Keeps what is finished when it is time, and gives the server its pauses.
Result<void> Worker::rest_after(Slice slice, Clock::time_point start) {
  const std::chrono::duration<double> took = Clock::now() - start;
  // What is kept at once is one range: it ends where the next unit is another range's.
  const bool gap = !share_.done() && share_.front().begin != finished_.end;
  if (share_.done() || gap || Clock::now() - last_kept_ > keep_interval) FQ_TRY(keep());
  if (share_.done()) return {};
  const auto pace = context_.pace.after(rows_sent_, start);
  const auto relief = latency_.after(slice.size(), rows_sent_, took);
  if (relief.count() > 0) {
    context_.events.emit(event::Throttled{session_number(), place(slice), took.count(), relief.count()});
  }
  if (const auto pause = std::max(pace, relief); pause.count() > 0 && !sleep_for(pause, context_.stop)) {
    return interrupted();
  }
  return {};
}

Result<void> Worker::keep() {
  FQ_TRY(share_.writer().keep());
  last_kept_ = Clock::now();
  return {};
}

// True: the session is where the unit can be tried again. False: the error stands, or a stop was requested.
bool Worker::recover(const Error& error, Slice unit, unsigned& attempt) {
  RetryPolicy& retry = context_.strategy.retry;
  const Recovery recovery = recovery_of(error);
  if (share_.writer().broken() || tried_enough_ || recovery == Recovery::fail ||
      recovery == Recovery::permission)
    return false;
  // Ranges get smaller down to one ID, which is soon. A list goes to the same server as a whole, in whatever
  // pieces: each try counts.
  const bool counts = connecting_ || recovery != Recovery::shrink;
  if (counts ? !retry.allows(attempt) : retry.exhausted()) return false;
  const bool smaller = recovery == Recovery::shrink && make_smaller(error, unit);
  if (!counts && !smaller && !retry.allows(attempt)) return false;
  const Work work = connecting_ ? Work::load : Work::read;
  // Ranges find their size by failing; that is worth a line in the log, not a warning each.
  if (smaller && !connecting_) {
    context_.events.emit(event::MadeSmaller{session_number(), place(unit), error});
  } else {
    context_.events.emit(event::Retried{session_number(), work, place(unit), error, smaller});
    if (!retry.pause(attempt++, context_.stop)) return false;
  }
  settle(recovery, error);
  return true;
}

bool Worker::make_smaller(const Error& error, Slice unit) {
  return connecting_ ? strategy_->shrink_load(error) : strategy_->shrink(unit);
}

// After a failed unit: the session is usable again, or closed.
void Worker::settle(Recovery recovery, const Error& error) {
  const bool usable = reading_ && session_ && session_->alive() && recovery != Recovery::reconnect;
  const bool inside = strategy_->loading() == Loading::inside_instant;
  if (!usable && !sent_.empty()) ++lost_ahead_;
  sent_.clear();     // the session throws away what is still to come
  time_limit_ = -1;  // a rollback may have brought back an earlier one
  if (!usable || !session_->execute(inside ? "rollback to savepoint unit" : "rollback")) {
    if (session_) context_.events.emit(event::SessionLost{session_number(), error});
    close();
  } else if (!inside) {
    in_transaction_ = false;
  }
}

// Leaves a unit unresolved that failed for a transient reason, and goes on with the next. Any other failure
// is the run's.
Result<void> Worker::set_aside(Slice unit, const Error& error) {
  const bool local = share_.writer().broken() || context_.instant.is_lost();
  if (stopped_by(error)) return interrupted();
  if (context_.instant.has_faded(error)) {
    Error faded = error;
    faded.message = "the run's instant can no longer be read: " + error.message;
    faded.remedy = "start a new run, or finish this one without its instant: firmquery resume " +
                   context_.strategy.job.out.string() + " --snapshot off";
    return at_place(std::move(faded), place(unit));
  }
  if (local || error.kind != ErrorKind::transient) return at_place(error, place(unit));
  FQ_TRY(keep());
  const Recovery recovery = recovery_of(error);
  const bool ill = recovery == Recovery::reconnect || context_.strategy.retry.exhausted() ||
                   ++failures_in_a_row_ >= failures_in_a_row_max;
  const Slice left = ill ? share_.hull() : unit;
  context_.events.emit(event::SetAside{session_number(), left, place(left), error});
  if (ill) {
    share_.fail_rest(error.message);
    close();
  } else {
    share_.fail(unit, error.message);
    settle(recovery, error);
  }
  return {};
}

}  // namespace firmquery

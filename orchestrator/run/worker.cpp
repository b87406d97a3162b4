#include "worker.hpp"

#include <fmt/format.h>

#include "backoff.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;

// Small units share a journal line: an fsync for each list of 250 IDs would cost more than the list.
constexpr std::chrono::milliseconds journal_interval{500};

class UnitSink : public RowSink {
 public:
  UnitSink(PartFile& part, Reconciler& reconciler, Progress& progress, const std::stop_token& stop)
      : part_(part), reconciler_(reconciler), progress_(progress), stop_(stop) {}
  ~UnitSink() override { flush_progress(); }

  Result<void> row(std::string_view csv, std::string_view key, bool key_is_null) override {
    FQ_TRY(reconciler_.row(key, key_is_null));
    FQ_TRY(part_.write(csv));
    if (++pending_ < 1024) return {};
    flush_progress();
    // A server that ignores cancel requests is left at the next row.
    if (stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    return {};
  }
  void take_back() {
    flush_progress();
    progress_.rows -= counted_;
  }

 private:
  void flush_progress() {
    progress_.rows += pending_;
    counted_ += pending_;
    pending_ = 0;
  }
  PartFile& part_;
  Reconciler& reconciler_;
  Progress& progress_;
  const std::stop_token& stop_;
  std::uint64_t pending_ = 0, counted_ = 0;
};

}  // namespace

Worker::Worker(const WorkerContext& context, unsigned number, Slice slice, std::filesystem::path part_path)
    : context_(context),
      number_(number),
      part_path_(std::move(part_path)),
      reconciler_(context.strategy.ids, slice),
      rest_(slice),
      strategy_(make_strategy(context.kind, context.strategy)) {}

std::string Worker::place(Slice unit) const {
  return fmt::format("session {}, IDs {} to {}", number_ + 1, unit.begin + 1, unit.end);
}

Error Worker::interrupted() const {
  return {ErrorKind::interrupted, "interrupted", {}, {}, {}};
}

Result<void> Worker::load() {
  FQ_TRY_ASSIGN(part_, PartFile::open(part_path_, 0));
  for (unsigned attempt = 0;;) {
    auto result = connect();
    if (result) return {};
    if (stopping()) return Failure(interrupted());
    FQ_TRY(recover(result.error(), rest_, attempt));
  }
}

// A session that has what its strategy needs for what is left of the slice.
Result<void> Worker::connect() {
  close();
  ConnectOptions options = context_.strategy.job.connect;
  options.host_offset = number_ + connects_++;
  FQ_TRY_ASSIGN(session_, Session::open(options));
  guard_.emplace(context_.cancel, session_->canceller());
  FQ_TRY(set_up_session(*session_, context_.strategy.dialect,
                        SessionSettings{context_.strategy.job.query_timeout.count()}));
  const bool lost_its_list = reading_ && strategy_->bound_to_session();
  if (strategy_->loading() == Loading::inside_instant) {
    FQ_TRY(context_.instant.begin(*session_, false));
    FQ_TRY(strategy_->load(*session_, rest_, context_.progress.ids_loaded));
    FQ_TRY(session_->execute("set transaction read only"));
    in_transaction_ = true;
  } else if (lost_its_list && context_.instant.hides_younger_tables()) {
    context_.log.warning(
        fmt::format("session {}: its temporary table went with the lost connection, and a new one would be "
                    "younger than the "
                    "run's instant; the rest is read by arrays",
                    number_ + 1));
    strategy_ = make_strategy(StrategyKind::array, context_.strategy);
  } else if (!reading_ || lost_its_list) {
    FQ_TRY(strategy_->load(*session_, rest_, context_.progress.ids_loaded));
  }
  return {};
}

void Worker::close() {
  guard_.reset();
  session_.reset();
  in_transaction_ = false;
}

Result<void> Worker::read() {
  reading_ = true;
  while (!rest_.empty()) {
    auto result = unit();
    if (result) continue;
    // What is finished is worth keeping, whatever ended the run.
    FQ_TRY(write_journal());
    return result;
  }
  close();
  return {};
}

Result<void> Worker::unit() {
  Slice slice = strategy_->next_unit(rest_);
  for (unsigned attempt = 0, tries = 1;; ++tries) {
    if (stopping()) return Failure(interrupted());
    auto result = session_ ? Result<void>() : connect();
    if (result) result = read_unit(slice);
    if (result) {
      units_retried_ += tries > 1 ? 1 : 0;
      return {};
    }
    if (stopping()) return Failure(interrupted());
    FQ_TRY(recover(result.error(), slice, attempt));
    slice = strategy_->next_unit(rest_);
  }
}

void Worker::warn_of_fading() {
  if (warned_of_fading_ || Clock::now() < context_.instant_fades) return;
  warned_of_fading_ = true;
  context_.log.warning(
      "four fifths of the table's garbage collection window have passed since the run's instant; when it "
      "closes the rest "
      "cannot be read at that instant: raise gc.ttlseconds, or use more connections");
}

Result<void> Worker::read_unit(Slice slice) {
  warn_of_fading();
  if (!in_transaction_) FQ_TRY(context_.instant.begin(*session_, true));
  in_transaction_ = true;
  // A failed statement must not take the temporary table with it.
  const bool savepoint = strategy_->loading() == Loading::inside_instant;
  if (savepoint) FQ_TRY(session_->execute("savepoint unit"));
  FQ_TRY_ASSIGN(const Statement statement, strategy_->query(*session_, slice));
  const std::uint64_t offset = part_->offset();
  reconciler_.begin(slice);
  UnitSink sink(*part_, reconciler_, context_.progress, context_.stop);
  const Clock::time_point start = Clock::now();
  auto streamed = session_->stream(statement.sql, context_.strategy.facts.key_index,
                                   context_.strategy.dialect.has("copy_out_csv"), sink, statement.parameters);
  const std::chrono::duration<double> took = Clock::now() - start;
  statement_seconds_.push_back(took.count());
  if (streamed && *streamed != reconciler_.unit_rows()) {
    streamed = fail(ErrorKind::integrity,
                    fmt::format("the server says {} rows, {} arrived", *streamed, reconciler_.unit_rows()),
                    place(slice), "this points at a fault of the server or of something between");
  }
  if (!streamed) {
    reconciler_.rollback();
    sink.take_back();
    FQ_TRY(part_->truncate(offset));
    return Failure(std::move(streamed).error());
  }
  if (savepoint) FQ_TRY(session_->execute("release savepoint unit"));
  note_finished(slice);
  strategy_->completed(slice, took);
  if (rest_.empty() || Clock::now() - last_journal_ > journal_interval) return write_journal();
  return {};
}

void Worker::note_finished(Slice slice) {
  finished_.worker = number_;
  if (finished_.slice.empty()) finished_.slice.begin = slice.begin;
  finished_.slice.end = slice.end;
  finished_.rows += reconciler_.unit_rows();
  finished_.found += reconciler_.unit_found();
  finished_.found_digest += reconciler_.unit_digest();
  reconciler_.commit();
  rest_.begin = slice.end;
  ++units_;
  context_.progress.ids_done += slice.size();
}

Result<void> Worker::write_journal() {
  if (finished_.slice.empty()) return {};
  FQ_TRY(part_->sync());
  finished_.part_offset = part_->offset();
  FQ_TRY(context_.journal.unit(finished_));
  finished_ = {};
  last_journal_ = Clock::now();
  return {};
}

// Brings the session back to where a unit can be tried again, or returns the error that ends the run.
Result<void> Worker::recover(const Error& error, Slice unit, unsigned& attempt) {
  const Recovery recovery = recovery_of(error);
  const bool smaller = recovery == Recovery::shrink && strategy_->shrink(unit);
  const bool hopeless = recovery == Recovery::fail || recovery == Recovery::permission;
  if (hopeless || (!smaller && attempt >= context_.strategy.job.max_retries)) {
    Error final = error;
    if (final.place.empty()) final.place = place(unit);
    return Failure(std::move(final));
  }
  ++retries_;
  ++context_.progress.retries;
  context_.log.warning(fmt::format("{}: {}; {}", place(unit), error.message,
                                   smaller ? "trying again with a smaller range" : "trying again"));
  if (!smaller && !back_off(context_.strategy.job.retry_delay, attempt++, context_.stop))
    return Failure(interrupted());
  const bool usable = reading_ && session_ && session_->alive() && recovery != Recovery::reconnect;
  const bool inside = strategy_->loading() == Loading::inside_instant;
  if (!usable || !session_->execute(inside ? "rollback to savepoint unit" : "rollback")) {
    close();
  } else if (!inside) {
    in_transaction_ = false;
  }
  return {};
}

}  // namespace firmquery

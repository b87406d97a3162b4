#include "reading/reading.hpp"

#include <fmt/format.h>

#include <chrono>

#include "firmquery/output/run_directory.hpp"
#include "firmquery/run/parallel.hpp"

namespace firmquery {

using Clock = std::chrono::steady_clock;

Reading::Reading(const ReadingContext& context, const StrategyChoice& choice)
    : context_(context),
      stop_callback_(context.stop, [this] { stop_.request_stop(); }),
      strategy_(make_strategy(choice.kind, context.strategy)),
      own_instant_(context.lent != nullptr ? nullptr
                                           : make_instant(context.strategy.dialect,
                                                          context.strategy.job.snapshot, context.earlier)),
      instant_(context.lent != nullptr ? *context.lent : *own_instant_),
      worker_context_{context.strategy, choice.kind,    instant_,
                      context.pace,     context.events, stop_.get_token()} {
  for (Share& share : context.shares) workers_.push_back(std::make_unique<Worker>(worker_context_, share));
  report_.strategy = to_string(choice.kind);
}

Result<void> Reading::take_instant() {
  if (!own_instant_) return {};
  return context_.control.attempt([this](Session& session) { return instant_.take(session); }, context_.stop);
}

Result<void> Reading::load() {
  FQ_TRY(context_.control.attempt([this](Session& session) { return strategy_->set_up(session); },
                                  context_.stop));
  const bool load_first = strategy_->loading() == Loading::before_instant;
  if (!load_first) FQ_TRY(take_instant());
  FQ_TRY(noting_loss(each_worker(&Worker::load)));
  if (load_first) {
    FQ_TRY(noting_loss(context_.control.attempt(
        [this](Session& session) { return strategy_->loaded(session); }, context_.stop)));
    FQ_TRY(take_instant());
  }
  if (const auto& window = context_.strategy.facts.gc_window_s; window && instant_.hides_younger_tables()) {
    context_.events.emit(event::Note{
        *window < 600 ? fmt::format("the run's instant stays readable for {:.0f} seconds", *window)
                      : fmt::format("the run's instant stays readable for {:.0f} minutes", *window / 60)});
    worker_context_.instant_fades = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                       std::chrono::duration<double>(0.8 * *window));
  }
  report_.started_at = utc_now();
  report_.snapshot = instant_.report();
  return context_.store.reading(report_);
}

Result<void> Reading::read() {
  return noting_loss(each_worker(&Worker::read));
}

Result<void> Reading::noting_loss(Result<void> done) {
  if (done || context_.stop.stop_requested()) return done;
  if (instant_.is_lost()) {
    loss_ = Loss::instant;
  } else if (strategy_->misses_list(done.error())) {
    loss_ = Loss::list;
  }
  return done;
}

Result<void> Reading::tear_down() {
  for (const auto& worker : workers_) worker->close();
  if (strategy_->loading() == Loading::never) {
    // The next one takes an instant of its own on this session.
    if (own_instant_ && !context_.stop.stop_requested()) (void)context_.control.session().execute("rollback");
    return {};
  }
  Result<void> done = fail(ErrorKind::interrupted, "interrupted");
  if (!context_.stop.stop_requested()) {
    done = context_.control.attempt(
        [this](Session& session) {
          (void)session.execute("rollback");  // of the instant's transaction, where there is one
          return strategy_->tear_down(session);
        },
        context_.stop);
  }
  if (done || !context_.stop.stop_requested()) return done;
  // Also after a stop what the run has made on the server must go; temporary tables go with their sessions.
  if (strategy_->bound_to_session()) return {};
  return context_.control.clean_up([this](Session& session) { return strategy_->tear_down(session); });
}

Result<void> Reading::each_worker(Result<void> (Worker::*stage)()) {
  std::vector<Task> tasks;
  for (const auto& worker : workers_) tasks.push_back([&worker, stage] { return (worker.get()->*stage)(); });
  return run_parallel(tasks, stop_);
}

}  // namespace firmquery

#include "reading/asking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "figures.hpp"
#include "firmquery/run/parallel.hpp"
#include "firmquery/run/unit_store.hpp"
#include "reading/share.hpp"
#include "reading/worker.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;

class RowsKeptNowhere : public UnitWriter {
 public:
  Result<void> open() override { return {}; }
  Result<void> row(std::string_view) override { return {}; }
  Result<void> take_back() override { return {}; }
  void finish(const FinishedUnit&) override {}
  Result<void> keep() override { return {}; }
  bool all_kept() const override { return true; }
  std::uint64_t bytes() const override { return 0; }
  bool broken() const override { return false; }
};

// Counts what is asked, and passes on what somebody has to be told, as text: a retry here is none of the run's.
class Listener : public Observer {
 public:
  Listener(const std::string& purpose, EventStream& run) : purpose_(purpose), run_(run) {}

  void on(const Event& event) override {
    const EventBody& body = event.body;
    if (std::holds_alternative<event::UnitDone>(body) || std::holds_alternative<event::UnitTakenBack>(body))
      ++statements_;
    // What is left is said at the end, and once.
    if (std::holds_alternative<event::SetAside>(body)) return;
    if (const auto* lost = std::get_if<event::SessionLost>(&body))
      return note(fmt::format("session {} was lost: {}", lost->session, lost->error.message), false);
    const auto line = log_line(body);
    if (!line) return;
    if (line->level == LogLine::Level::warning)
      return run_.emit(event::Warning{purpose_ + ": " + line->text});
    note(line->text, line->level == LogLine::Level::kept);
  }

  std::uint64_t statements() const { return statements_; }

 private:
  void note(const std::string& text, bool kept) { run_.emit(event::Note{purpose_ + ": " + text, kept}); }

  const std::string& purpose_;
  EventStream& run_;
  std::uint64_t statements_ = 0;  // read when no session is at work
};

// The job with the strategy by its name: nothing is weighed against it, and nothing scanned.
Job asking_so(const Job& job, StrategyKind kind) {
  Job asking = job;
  asking.strategy = kind;
  return asking;
}

}  // namespace

class Asker {
 public:
  Asker(const IdSet& ids, const AskingContext& context, const Question& question)
      : ids_(ids),
        context_(context),
        question_(question),
        job_(asking_so(context.strategy.job, question.kind)),
        strategy_{job_, context.strategy.dialect, context.strategy.sql_template, context.strategy.facts,
                  ids,  context.strategy.run_id,  context.strategy.retry},
        listener_(question.purpose, context.events),
        stop_callback_(context.stop, [this] { stop_.request_stop(); }) {}

  Result<Asked> ask() {
    const Clock::time_point start = Clock::now();
    const Slice askable = firmquery::askable(ids_, context_.strategy.facts.key);
    for (const Slice slice : split(askable, std::max(question_.sessions, 1u))) {
      Share& share = shares_.emplace_back(ids_, static_cast<unsigned>(shares_.size()), slice);
      share.set_writer(std::make_unique<RowsKeptNowhere>());
    }
    Result<void> done = read();
    Asked asked = answers(askable);
    asked.kind = question_.kind;
    asked.statements = listener_.statements();
    asked.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    context_.events.emit(event::Asked{question_.purpose, std::string(to_string(question_.kind)),
                                      context_.instant.report(), asked.ids, with_rows_, left_,
                                      asked.statements, asked.seconds});
    if (left_ > 0) asked.left_because = why_left(done);
    if (context_.stop.stop_requested() && (left_ > 0 || !done))
      return fail(ErrorKind::interrupted, "interrupted");
    if (!done && done.error().kind == ErrorKind::integrity) return Failure(std::move(done).error());
    return asked;
  }

 private:
  Result<void> read() {
    if (unread_ids(shares_) == 0) return {};
    EventStream events;
    const Listening listening(events, listener_);
    const WorkerContext worker_context{strategy_,     question_.kind, context_.instant,
                                       context_.pace, events,         stop_.get_token()};
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<Task> tasks;
    for (Share& share : shares_) {
      Worker& worker = *workers.emplace_back(std::make_unique<Worker>(worker_context, share));
      tasks.push_back([&worker]() -> Result<void> {
        FQ_TRY(worker.load());
        return worker.read();
      });
    }
    const std::jthread clock([this](const std::stop_token& over) {
      if (!sleep_for(question_.most, over)) return;
      time_is_up_ = true;
      stop_.request_stop();
    });
    return run_parallel(tasks, stop_);
  }

  Asked answers(Slice askable) {
    Asked asked;
    asked.asked_.assign(ids_.size(), true);
    asked.with_rows_.assign(ids_.size(), false);
    for (const Share& share : shares_) {
      for (const Slice slice : share.unread()) {
        std::fill(asked.asked_.begin() + static_cast<std::ptrdiff_t>(slice.begin),
                  asked.asked_.begin() + static_cast<std::ptrdiff_t>(slice.end), false);
        left_ += slice.size();
      }
      const Slice slice = share.slice();
      for (std::size_t rank = slice.begin; rank < slice.end; ++rank) {
        if (!asked.asked_[rank] || !share.reconciler().is_found(rank)) continue;
        asked.with_rows_[rank] = true;
        ++with_rows_;
      }
    }
    asked.ids = askable.size() - left_;
    return asked;
  }

  std::string why_left(const Result<void>& done) const {
    if (time_is_up_) return fmt::format("the time for it was up after {:.0f} s", question_.most.count());
    if (!done) return done.error().message;
    for (const Share& share : shares_) {
      if (!share.failed().empty()) return share.failed().front().error;
    }
    return "interrupted";
  }

  const IdSet& ids_;
  const AskingContext& context_;
  const Question& question_;
  const Job job_;
  const StrategyContext strategy_;
  Listener listener_;
  std::vector<Share> shares_;
  std::atomic<bool> time_is_up_{false};
  std::size_t left_ = 0, with_rows_ = 0;
  std::stop_source stop_;  // the run's, any worker's failure, and the time
  const std::stop_callback<std::function<void()>> stop_callback_;
};

Result<Asked> ask_about(const IdSet& ids, const AskingContext& context, const Question& question) {
  return Asker(ids, context, question).ask();
}

}  // namespace firmquery

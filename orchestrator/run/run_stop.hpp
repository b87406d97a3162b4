// Why a run is asked to stop: by whoever called it, or for a reason of its own (its deadline, its lock). Everything in the
// run heeds one stop token, which is the caller's and the run's in one.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "firmquery/core/error.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/run/events.hpp"

namespace firmquery {

// Thread-safe. An observer of the run's events: once everything is read, and the server is asked for nothing more, no
// reason stops it any longer, because the answer is worth more than a minute.
class RunStop : public Observer {
 public:
  explicit RunStop(const std::stop_token& callers);

  std::stop_token token() const { return source_.get_token(); }
  // Does nothing when the run is stopping already, or has read everything.
  void stop_because(Error why);
  void on(const Event& event) override;

  // An interruption for one of these reasons has the reason's words, and is still an interruption: what was read stays.
  Error in_words(Error error) const;
  // For whoever has called the run: with the reason's kind.
  Error attributed(Error error) const;

 private:
  mutable std::mutex mutex_;
  bool everything_read_ = false;  // this and the next: guarded by mutex_
  std::optional<Error> why_;
  std::stop_source source_;
  const std::stop_callback<std::function<void()>> callers_;
};

// Stops the run at its deadline, by the wall clock: also after the machine was asleep, or its clock was set.
class DeadlineWatch {
 public:
  // `stop` must outlive it. Nothing is started without a deadline.
  DeadlineWatch(const std::optional<Deadline>& deadline, RunStop& stop);

 private:
  std::jthread thread_;
};

}  // namespace firmquery

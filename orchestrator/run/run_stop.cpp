#include "run_stop.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "reading/retry_policy.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::system_clock;

void watch(const std::stop_token& ended, const Deadline& deadline, RunStop& stop) {
  constexpr std::chrono::duration<double> kLook = std::chrono::milliseconds(250);
  do {
    const std::chrono::duration<double> left = deadline.at - Clock::now();
    if (left.count() <= 0) {
      return stop.stop_because(
          {ErrorKind::late,
           "the deadline (--deadline " + deadline.text + ") has come before everything was read",
           {},
           {},
           {}});
    }
    if (!sleep_for(std::min(left, kLook), ended)) return;
  } while (true);
}

}  // namespace

RunStop::RunStop(const std::stop_token& callers) : callers_(callers, [this] { source_.request_stop(); }) {}

void RunStop::stop_because(Error why) {
  {
    const std::lock_guard lock(mutex_);
    if (everything_read_ || why_ || source_.stop_requested()) return;
    why_ = std::move(why);
  }
  source_.request_stop();
}

void RunStop::on(const Event& event) {
  const auto* begun = std::get_if<event::PhaseBegun>(&event.body);
  if (begun == nullptr || begun->phase != Phase::exporting) return;
  const std::lock_guard lock(mutex_);
  everything_read_ = true;
}

Error RunStop::in_words(Error error) const {
  const std::lock_guard lock(mutex_);
  if (!why_ || error.kind != ErrorKind::interrupted) return error;
  error.message = why_->message;
  if (error.remedy.empty()) error.remedy = why_->remedy;
  return error;
}

Error RunStop::attributed(Error error) const {
  const std::lock_guard lock(mutex_);
  if (why_ && error.kind == ErrorKind::interrupted) error.kind = why_->kind;
  return error;
}

DeadlineWatch::DeadlineWatch(const std::optional<Deadline>& deadline, RunStop& stop) {
  if (!deadline) return;
  thread_ = std::jthread(
      [deadline = *deadline, &stop](const std::stop_token& ended) { watch(ended, deadline, stop); });
}

}  // namespace firmquery

// How often and how long a run tries again: retries of a unit, exponential pauses with jitter, and a budget
// of seconds for the whole run, so that a sick server ends a run in bounded time.
#pragma once

#include <atomic>
#include <chrono>
#include <stop_token>

#include "firmquery/job/job.hpp"

namespace firmquery {

// Thread-safe: all sessions of a run draw on one budget.
class RetryPolicy {
 public:
  explicit RetryPolicy(const Job& job)
      : max_retries_(job.max_retries), delay_(job.retry_delay), budget_s_(job.retry_budget.count()) {}

  // Whether a unit that has been retried `attempt` times may be tried again.
  bool allows(unsigned attempt) const { return attempt < max_retries_ && !exhausted(); }
  bool exhausted() const { return spent_s_ >= budget_s_; }

  // Counts time that a failed attempt took.
  void spend(std::chrono::duration<double> time) { spent_s_ += time.count(); }

  // Waits about delay * 2^attempt, at most a minute; the upper half is random, so that sessions do not come
  // back in step. False when a stop was requested meanwhile.
  bool pause(unsigned attempt, std::stop_token stop);

 private:
  const unsigned max_retries_;
  const std::chrono::duration<double> delay_;
  const double budget_s_;
  std::atomic<double> spent_s_{0};
};

// False when a stop was requested meanwhile.
bool sleep_for(std::chrono::duration<double> time, std::stop_token stop);

}  // namespace firmquery

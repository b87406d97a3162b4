// Manners towards the cluster: a ceiling of rows per second over all sessions (--pace), and pauses when
// statements take several times as long as they did, which is how a busy server looks from outside.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace firmquery {

// One for all sessions of a run. Thread-safe.
class Pace {
 public:
  explicit Pace(double rows_per_s) : rows_per_s_(rows_per_s) {}
  bool limited() const { return rows_per_s_ > 0; }
  double rows_per_s() const { return rows_per_s_; }
  using Clock = std::chrono::steady_clock;
  // How long the session that has read `rows` since `start` must wait before it reads more.
  std::chrono::duration<double> after(std::uint64_t rows, Clock::time_point start);

 private:
  const double rows_per_s_;
  std::mutex mutex_;
  Clock::time_point free_at_{};  // guarded by mutex_
};

// One for each session, used by its thread alone. Compares statements by seconds per row and ID, the larger
// of what they ask and what they return.
class LatencyWatch {
 public:
  // The pause that a statement's time calls for: none as long as it is short or not slow for its size; else
  // as long as the statement took, so that the server has half of the time to itself, at most ten seconds.
  std::chrono::duration<double> after(std::size_t ids, std::uint64_t rows,
                                      std::chrono::duration<double> took);

 private:
  double usual_ = 0;  // seconds per item; 0: nothing measured yet
};

}  // namespace firmquery

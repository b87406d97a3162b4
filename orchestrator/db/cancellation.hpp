// A session's way to be cancelled, shared with whoever may ask for it. Private to db.
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace firmquery {

// Thread-safe.
class Cancellation {
 public:
  // `handle` may be null: where the server ignores cancel requests none is sent, and asking is only noted.
  explicit Cancellation(PGcancel* handle) : handle_(handle) {}

  // True when the request was delivered. PQcancel waits for the server without an end to it, so it has a
  // thread to itself; this waits no longer than two seconds, and while a request is on its way sends no
  // other.
  static bool request(const std::shared_ptr<Cancellation>& cancellation);

  void forget() { asked_ = Clock::time_point::max(); }  // for the next statement
  bool asked_before(std::chrono::steady_clock::time_point when) const { return asked_.load() <= when; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Free {
    void operator()(PGcancel* handle) const { PQfreeCancel(handle); }
  };
  const std::unique_ptr<PGcancel, Free> handle_;
  std::atomic<Clock::time_point> asked_{Clock::time_point::max()};
  std::mutex mutex_;
  std::condition_variable done_;
  bool on_its_way_ = false, delivered_ = false;  // guarded by mutex_
};

}  // namespace firmquery

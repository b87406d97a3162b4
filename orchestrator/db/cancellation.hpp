// A session's way to be cancelled, shared with whoever may ask for it. Private to db.
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

namespace firmquery {

// Thread-safe.
class Cancellation {
 public:
  // Waits for two seconds at most. True: the server has heard it.
  using Ask = std::function<bool()>;

  // `handle` may be null: nobody can be asked, and asking is only noted.
  explicit Cancellation(PGcancel* handle) : handle_(handle) {}
  // Where the server ignores cancel requests; `ask` may be empty.
  explicit Cancellation(Ask ask) : ask_(std::move(ask)) {}

  // Sends a request, unless one is on its way. PQcancel waits for the server without an end to it, so it has
  // a thread to itself, which owns all it touches. What has an end is waited for, and once it is heard not
  // said again.
  static void send(const std::shared_ptr<Cancellation>& cancellation);
  // The same, and waits for two seconds at most. True when the request was delivered.
  static bool request(const std::shared_ptr<Cancellation>& cancellation);

  void forget();  // for the next statement
  bool asked_before(std::chrono::steady_clock::time_point when) const { return asked_.load() <= when; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Free {
    void operator()(PGcancel* handle) const { PQfreeCancel(handle); }
  };
  const std::unique_ptr<PGcancel, Free> handle_;
  const Ask ask_;
  std::atomic<Clock::time_point> asked_{Clock::time_point::max()};
  std::mutex mutex_;
  std::condition_variable done_;
  bool on_its_way_ = false, delivered_ = false;  // guarded by mutex_
};

}  // namespace firmquery

// Turns a stop request into cancelled statements: while a worker's session is registered and a stop has been
// requested, its running statement is cancelled again and again, because a request can land between two
// statements.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_map>

#include "firmquery/session.hpp"

namespace firmquery {

// Thread-safe. The destructor joins the watching thread.
class CancelWatch {
 public:
  explicit CancelWatch(std::stop_token stop);
  ~CancelWatch();
  CancelWatch(const CancelWatch&) = delete;
  CancelWatch& operator=(const CancelWatch&) = delete;

  // Registers the session for the lifetime of the guard.
  class Guard {
   public:
    Guard(CancelWatch& watch, Canceller canceller);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    CancelWatch& watch_;
    std::size_t id_;
  };

 private:
  void watch(std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::unordered_map<std::size_t, Canceller> sessions_;  // guarded by mutex_
  std::size_t next_id_ = 0;                              // guarded by mutex_
  bool closing_ = false;                                 // guarded by mutex_
  std::thread thread_;
};

}  // namespace firmquery

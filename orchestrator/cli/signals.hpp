// SIGINT, SIGTERM, SIGHUP and SIGQUIT, received by a thread of their own: the first asks the run to stop, the
// second ends the process at once. A signal that was ignored when the program started (nohup, background
// jobs) stays so.
#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

#include "firmquery/core/error.hpp"
#include "screen.hpp"

namespace firmquery::cli {

class Signals {
 public:
  // Make it before any other thread: threads inherit the blocked signals. The screen must outlive it.
  explicit Signals(Screen& screen);
  ~Signals();  // ends the thread and restores the signal mask
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  // An interruption's kind after the signal that caused it; other errors unchanged.
  Error attributed(Error error) const;

 private:
  void receive();

  Screen& screen_;
  sigset_t watched_{}, before_{};
  std::stop_source stop_;
  std::atomic<int> caught_{0};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace firmquery::cli

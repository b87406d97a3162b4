// One session and its share of the list, on one thread: connects, loads the list where the strategy wants
// that, and reads the share unit by unit into its writer.
//
// A unit counts only after its statement completed, and survives a crash once it is kept. A failed unit leaves
// nothing: its rows are taken back, the reconciler rolled back. A lost session is
// replaced, and only what the share has not finished is loaded again. A unit that keeps failing for transient
// reasons is set aside.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/db/session.hpp"
#include "firmquery/run/events.hpp"
#include "firmquery/run/instant.hpp"
#include "reading/share.hpp"
#include "reading/strategy.hpp"
#include "reading/throttle.hpp"

namespace firmquery {

// What all workers of a reading share. Constant, or thread-safe by itself.
struct WorkerContext {
  const StrategyContext& strategy;
  StrategyKind kind;
  Instant& instant;
  Pace& pace;
  EventStream& events;
  std::stop_token stop;
  // When the instant is about to leave the garbage collection window; max() where nobody knows.
  std::chrono::steady_clock::time_point instant_fades = std::chrono::steady_clock::time_point::max();
};

class Worker {
 public:
  Worker(const WorkerContext& context, Share& share);

  Result<void> load();  // opens the session and makes the share known to the server
  Result<void> read();  // Requires: load() succeeded
  void close();         // ends the session, and with it whatever it holds on the server

 private:
  Result<void> connect();
  Result<void> limit_time(double seconds);
  Result<void> send_again(const Error& error, unsigned attempt);
  Result<void> unit();
  Slice next_unit();
  Result<bool> read_unit(Slice slice, bool tried_before);
  Result<Statement> statement_of(Slice slice, bool tried_before);
  Result<void> send_ahead(Slice slice, Statement statement);
  std::size_t ahead_most(bool tried_before) const;
  Result<void> rest_after(Slice slice, std::chrono::steady_clock::time_point start);
  void warn_of_fading();
  Result<void> keep();
  bool recover(const Error& error, Slice unit, unsigned& attempt);
  bool make_smaller(const Error& error, Slice unit);
  void settle(Recovery recovery, const Error& error);
  Result<void> set_aside(Slice unit, const Error& error);
  bool stopping() const { return context_.stop.stop_requested(); }
  bool stopped_by(const Error& error) const;
  std::string place(Slice unit) const;
  unsigned session_number() const { return share_.number() + 1; }

  const WorkerContext& context_;
  Share& share_;
  std::unique_ptr<Strategy> strategy_;
  std::optional<Session> session_;
  bool reading_ = false;         // the run's instant has been taken
  bool in_transaction_ = false;  // at that instant
  bool connecting_ = false;      // connect() has not come to its end
  bool tried_enough_ = false;    // a part of the list has been sent as often as the job allows
  bool warned_of_fading_ = false;
  double time_limit_ = 0;  // seconds, as the session has been told; negative: not known
  unsigned connects_ = 0;
  unsigned failures_in_a_row_ = 0;
  struct SentUnit {
    Slice slice;
    Statement statement;
  };
  // On the session: the unit that is read, and those whose statements follow it. Empty: nothing was sent ahead.
  std::deque<SentUnit> sent_;
  unsigned lost_ahead_ = 0;                // sessions that were lost while units were sent ahead
  Slice finished_;                         // the last finished unit
  std::chrono::duration<double> took_{0};  // to read it
  std::uint64_t rows_sent_ = 0;            // by the server, for it
  std::chrono::steady_clock::time_point last_kept_ = std::chrono::steady_clock::now();
  LatencyWatch latency_;
};

}  // namespace firmquery

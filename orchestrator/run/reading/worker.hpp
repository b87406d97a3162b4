// One session and its share of the list, on one thread: connects, loads the list where the strategy wants
// that, and reads the share unit by unit into a part file.
//
// A unit counts only after its statement completed and its rows are on disk; then the journal says so. A
// failed unit leaves nothing: the part file is cut back, the reconciler rolled back. A lost session is
// replaced, and only what the share has not finished is loaded again. A unit that keeps failing for transient
// reasons is set aside.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/output/files.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/run/pipeline.hpp"
#include "firmquery/db/session.hpp"
#include "reading/instant.hpp"
#include "reading/share.hpp"
#include "reading/strategy.hpp"
#include "reading/throttle.hpp"

namespace firmquery {

// What all workers of a reading share. Constant, or thread-safe by itself.
struct WorkerContext {
  const StrategyContext& strategy;
  StrategyKind kind;
  Instant& instant;
  Journal& journal;
  Pace& pace;
  Progress& progress;
  RunLog& log;
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

  const std::vector<double>& statement_seconds() const { return statement_seconds_; }
  std::uint64_t units_retried() const { return units_retried_; }
  std::uint64_t retries() const { return retries_; }
  const ScanReport& scans() const { return scans_; }

 private:
  Result<void> connect();
  Result<void> limit_time(double seconds);
  Result<void> send_again(const Error& error, unsigned attempt);
  void note_retry();
  Result<void> unit();
  Slice next_unit();
  Result<bool> read_unit(Slice slice);
  void note_finished(Slice slice);
  Result<void> rest_after(Slice slice, std::chrono::steady_clock::time_point start);
  void warn_of_fading();
  Result<void> write_journal();
  bool recover(const Error& error, Slice unit, unsigned& attempt);
  bool make_smaller(const Error& error, Slice unit);
  void settle(Recovery recovery);
  Result<void> set_aside(Slice unit, const Error& error);
  bool stopping() const { return context_.stop.stop_requested(); }
  bool stopped_by(const Error& error) const;
  std::string place(Slice unit) const;

  const WorkerContext& context_;
  Share& share_;
  std::unique_ptr<Strategy> strategy_;
  std::optional<Session> session_;
  bool reading_ = false;         // the run's instant has been taken
  bool in_transaction_ = false;  // at that instant
  bool connecting_ = false;      // connect() has not come to its end
  bool tried_enough_ = false;    // a part of the list has been sent as often as the job allows
  bool warned_of_fading_ = false;
  bool file_failed_ = false;  // the rows could not be written: no server's retry cures that
  double time_limit_ = 0;  // seconds, as the session has been told; negative: not known
  unsigned connects_ = 0;
  unsigned failures_in_a_row_ = 0;
  std::optional<PartFile> part_;
  std::uint64_t rows_sent_ = 0;  // by the server, for the last finished unit
  JournalUnit finished_;         // units that are not in the journal yet
  ByteDigest bytes_;             // of their rows
  std::chrono::steady_clock::time_point last_journal_ = std::chrono::steady_clock::now();
  LatencyWatch latency_;
  std::vector<double> statement_seconds_;
  std::uint64_t units_retried_ = 0, retries_ = 0;
  ScanReport scans_;
};

}  // namespace firmquery

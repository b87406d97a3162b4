// One session, its slice of the list, its part file: loads, then reads unit by unit until the slice is done.
//
// A unit counts only after its statement completed and its rows are on disk; then the journal says so. A
// failed unit leaves nothing: the part file is cut back, the reconciler rolled back. A lost session is
// replaced, and only what the slice has not finished is loaded again.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cancel_watch.hpp"
#include "firmquery/files.hpp"
#include "firmquery/pipeline.hpp"
#include "firmquery/reconcile.hpp"
#include "firmquery/session.hpp"
#include "instant.hpp"
#include "journal.hpp"
#include "strategy.hpp"

namespace firmquery {

// What all workers of a run share. Constant, or thread-safe by itself.
struct WorkerContext {
  const StrategyContext& strategy;
  StrategyKind kind;
  Instant& instant;
  Journal& journal;
  CancelWatch& cancel;
  Progress& progress;
  RunLog& log;
  std::stop_token stop;
  // When the instant is about to leave the garbage collection window; max() where nobody knows.
  std::chrono::steady_clock::time_point instant_fades = std::chrono::steady_clock::time_point::max();
};

class Worker {
 public:
  Worker(const WorkerContext& context, unsigned number, Slice slice, std::filesystem::path part_path);

  Result<void> load();  // opens the session and makes the slice known to the server
  Result<void> read();  // Requires: load() succeeded
  void close();         // ends the session, and with it whatever it holds on the server

  const Reconciler& reconciler() const { return reconciler_; }
  const std::filesystem::path& part_path() const { return part_path_; }
  const std::vector<double>& statement_seconds() const { return statement_seconds_; }
  std::uint64_t units() const { return units_; }
  std::uint64_t units_retried() const { return units_retried_; }
  std::uint64_t retries() const { return retries_; }

 private:
  Result<void> connect();
  Result<void> unit();
  Result<void> read_unit(Slice slice);
  void note_finished(Slice slice);
  void warn_of_fading();
  Result<void> write_journal();
  Result<void> recover(const Error& error, Slice unit, unsigned& attempt);
  Error interrupted() const;
  bool stopping() const { return context_.stop.stop_requested(); }
  std::string place(Slice unit) const;

  const WorkerContext& context_;
  const unsigned number_;
  const std::filesystem::path part_path_;
  Reconciler reconciler_;
  Slice rest_;  // what is not finished
  std::unique_ptr<Strategy> strategy_;
  std::optional<Session> session_;
  std::optional<CancelWatch::Guard> guard_;
  bool reading_ = false;         // the run's instant has been taken
  bool in_transaction_ = false;  // at that instant
  bool warned_of_fading_ = false;
  unsigned connects_ = 0;
  std::optional<PartFile> part_;
  JournalUnit finished_;  // units that are not in the journal yet
  std::chrono::steady_clock::time_point last_journal_ = std::chrono::steady_clock::now();
  std::vector<double> statement_seconds_;
  std::uint64_t units_ = 0, units_retried_ = 0, retries_ = 0;
};

}  // namespace firmquery

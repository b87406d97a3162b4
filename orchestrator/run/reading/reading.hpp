// One pass over what is left of the list, with one strategy, at one instant: a worker and a session for each
// share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "firmquery/run/instant.hpp"
#include "preparing/control.hpp"
#include "reading/share.hpp"
#include "reading/strategy.hpp"
#include "reading/worker.hpp"

namespace firmquery {

// What outlives a reading. Everything but `events` and `pace` is used by the run's thread alone.
struct ReadingContext {
  const StrategyContext& strategy;
  Control& control;
  std::vector<Share>& shares;
  UnitStore& store;
  Pace& pace;
  EventStream& events;
  std::stop_token stop;
  SnapshotReport earlier;   // the instant of the run that is resumed; empty where it is not
  Instant* lent = nullptr;  // taken already, by somebody who keeps its session
};

class Reading {
 public:
  Reading(const ReadingContext& context, const StrategyChoice& choice);

  Result<void> load();  // sessions, list and instant; then the store knows of the reading
  Result<void> read();  // Requires: load() succeeded
  // Ends the sessions and drops what the strategy has left on the server, whatever happened before.
  Result<void> tear_down();

  const ReadingReport& report() const { return report_; }
  Instant& instant() { return instant_; }  // taken by load(); gone with tear_down()
  // After load() or read() failed: what has gone, where another pass can read the rest with a new one.
  enum class Loss { nothing, instant, list };
  Loss loss() const { return loss_; }

 private:
  Result<void> each_worker(Result<void> (Worker::*stage)());
  Result<void> take_instant();
  Result<void> noting_loss(Result<void> done);

  const ReadingContext& context_;
  std::stop_source stop_;  // of the workers: the run's, and any worker's failure
  const std::stop_callback<std::function<void()>> stop_callback_;
  std::unique_ptr<Strategy> strategy_;    // what concerns the whole list; each worker has its own
  std::unique_ptr<Instant> own_instant_;  // empty where it is lent
  Instant& instant_;
  WorkerContext worker_context_;
  std::vector<std::unique_ptr<Worker>> workers_;
  ReadingReport report_;
  Loss loss_ = Loss::nothing;
};

}  // namespace firmquery

// Runs tasks on a thread each and waits for all. The first failure that is not a consequence of stopping is
// the one returned, but for a failure of integrity, which is never hidden by another. It asks the others to
// stop.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "firmquery/core/caused_by_stop.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/output/exceptions.hpp"

namespace firmquery {

using Task = std::function<Result<void>()>;

inline Result<void> run_parallel(const std::vector<Task>& tasks, std::stop_source& stop) {
  std::mutex mutex;
  std::optional<Error> first;
  const auto note = [&](Error error) {
    const std::lock_guard lock(mutex);
    const bool graver = error.kind == ErrorKind::integrity && first && first->kind != ErrorKind::integrity;
    if (!first || first->kind == ErrorKind::interrupted || graver) first = std::move(error);
    stop.request_stop();
  };
  const auto run = [&](const Task& task) {
    if (auto result = guarded(task); !result) note(std::move(result).error());
  };
  {
    std::vector<std::jthread> threads;
    const auto started = guarded([&]() -> Result<void> {
      threads.reserve(tasks.size());
      for (const Task& task : tasks) threads.emplace_back([&run, &task] { run(task); });
      return {};
    });
    if (!started) note(started.error());  // before the others are waited for: they may take hours
  }
  if (first) return Failure(std::move(*first));
  return {};
}

}  // namespace firmquery

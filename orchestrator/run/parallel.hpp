// Runs tasks on a thread each and waits for all. The first failure that is not a consequence of stopping is
// the one returned, and it asks the others to stop.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "firmquery/error.hpp"

namespace firmquery {

using Task = std::function<Result<void>()>;

inline Result<void> run_parallel(const std::vector<Task>& tasks, std::stop_source& stop) {
  std::mutex mutex;
  std::optional<Error> first;
  const auto guarded = [&](const Task& task) {
    Result<void> result;
    try {
      result = task();
    } catch (
        const std::exception& e) {  // std::bad_alloc, std::system_error: nothing else is thrown on purpose
      result = fail(ErrorKind::transient, std::string("out of resources: ") + e.what());
    }
    if (result) return;
    const std::lock_guard lock(mutex);
    if (!first || first->kind == ErrorKind::interrupted) first = std::move(result).error();
    stop.request_stop();
  };
  {
    std::vector<std::jthread> threads;
    threads.reserve(tasks.size());
    for (const Task& task : tasks) threads.emplace_back([&guarded, &task] { guarded(task); });
  }
  if (first) return Failure(std::move(*first));
  return {};
}

}  // namespace firmquery

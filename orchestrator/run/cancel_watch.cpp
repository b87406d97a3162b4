#include "cancel_watch.hpp"

#include <chrono>
#include <vector>

namespace firmquery {

CancelWatch::CancelWatch(std::stop_token stop) : thread_([this, stop] { watch(stop); }) {}

CancelWatch::~CancelWatch() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CancelWatch::watch(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return closing_; });
  while (!closing_) {
    std::vector<Canceller> busy;
    for (const auto& [id, canceller] : sessions_) busy.push_back(canceller);
    lock.unlock();  // a cancel request is a connection of its own and may take its time
    for (const Canceller& canceller : busy) canceller.request();
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(250), [this] { return closing_; });
  }
}

CancelWatch::Guard::Guard(CancelWatch& watch, Canceller canceller) : watch_(watch) {
  const std::lock_guard lock(watch_.mutex_);
  id_ = watch_.next_id_++;
  watch_.sessions_.emplace(id_, std::move(canceller));
}

CancelWatch::Guard::~Guard() {
  const std::lock_guard lock(watch_.mutex_);
  watch_.sessions_.erase(id_);
}

}  // namespace firmquery

#include "cancellation.hpp"

#include <array>
#include <system_error>
#include <thread>

namespace firmquery {

void Cancellation::send(const std::shared_ptr<Cancellation>& cancellation) {
  Cancellation& self = *cancellation;
  Clock::time_point never = Clock::time_point::max();
  self.asked_.compare_exchange_strong(never, Clock::now());
  const std::lock_guard lock(self.mutex_);
  if (self.ask_ && !self.delivered_) self.delivered_ = self.ask_();
  if (!self.handle_ || self.on_its_way_) return;
  self.delivered_ = false;
  try {
    std::thread([cancellation] {
      std::array<char, 256> reason{};
      const bool delivered = PQcancel(cancellation->handle_.get(), reason.data(), reason.size()) == 1;
      const std::lock_guard inner(cancellation->mutex_);
      cancellation->on_its_way_ = false;
      cancellation->delivered_ = delivered;
      cancellation->done_.notify_all();
    }).detach();
    self.on_its_way_ = true;
  } catch (const std::system_error&) {
    // No thread to be had: the statement ends by its timeout.
  }
}

void Cancellation::forget() {
  asked_ = Clock::time_point::max();
  const std::lock_guard lock(mutex_);
  delivered_ = false;
}

bool Cancellation::request(const std::shared_ptr<Cancellation>& cancellation) {
  constexpr std::chrono::seconds kWait{2};
  Cancellation& self = *cancellation;
  send(cancellation);
  std::unique_lock lock(self.mutex_);
  self.done_.wait_for(lock, kWait, [&] { return !self.on_its_way_; });
  return self.delivered_;
}

}  // namespace firmquery

#include "cancellation.hpp"

#include <array>
#include <system_error>
#include <thread>

namespace firmquery {

bool Cancellation::request(const std::shared_ptr<Cancellation>& cancellation) {
  constexpr std::chrono::seconds kWait{2};
  Cancellation& self = *cancellation;
  Clock::time_point never = Clock::time_point::max();
  self.asked_.compare_exchange_strong(never, Clock::now());
  if (!self.handle_) return false;
  std::unique_lock lock(self.mutex_);
  if (!self.on_its_way_) {
    try {
      std::thread([cancellation] {
        std::array<char, 256> reason{};
        const bool delivered = PQcancel(cancellation->handle_.get(), reason.data(), reason.size()) == 1;
        const std::lock_guard inner(cancellation->mutex_);
        cancellation->on_its_way_ = false;
        cancellation->delivered_ = delivered;
        cancellation->done_.notify_all();
      }).detach();
    } catch (const std::system_error&) {
      return false;  // no thread to be had: the statement ends by its timeout
    }
    self.on_its_way_ = true;
    self.delivered_ = false;
  }
  self.done_.wait_for(lock, kWait, [&] { return !self.on_its_way_; });
  return self.delivered_;
}

}  // namespace firmquery

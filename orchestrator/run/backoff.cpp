#include "backoff.hpp"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <random>

namespace firmquery {

bool back_off(std::chrono::duration<double> delay, unsigned attempt, std::stop_token stop) {
  constexpr double pause_max_s = 60;
  const double full = std::min(pause_max_s, delay.count() * std::pow(2.0, attempt));
  std::random_device device;
  std::uniform_real_distribution<double> jitter(0.5, 1.0);
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, std::chrono::duration<double>(full * jitter(device)), [] { return false; });
  return !stop.stop_requested();
}

}  // namespace firmquery

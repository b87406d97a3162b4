#include "reading/retry_policy.hpp"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <random>

namespace firmquery {

bool RetryPolicy::pause(unsigned attempt, std::stop_token stop) {
  constexpr double pause_max_s = 60;
  const double full = std::min(pause_max_s, delay_.count() * std::pow(2.0, attempt));
  std::random_device device;
  std::uniform_real_distribution<double> jitter(0.5, 1.0);
  const std::chrono::duration<double> time(full * jitter(device));
  spend(time);
  return sleep_for(time, std::move(stop));
}

bool sleep_for(std::chrono::duration<double> time, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace firmquery

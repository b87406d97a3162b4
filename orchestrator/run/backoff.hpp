// The pause before a retry: exponential, capped at a minute, ended by a stop request.
#pragma once

#include <chrono>
#include <stop_token>

namespace firmquery {

// Waits about `delay` * 2^attempt; the upper half is random, so that sessions do not come back in step.
// Returns false when the stop was requested meanwhile.
bool back_off(std::chrono::duration<double> delay, unsigned attempt, std::stop_token stop);

}  // namespace firmquery

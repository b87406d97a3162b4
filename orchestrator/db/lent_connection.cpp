#include "lent_connection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

namespace firmquery {

WaitGuard::WaitGuard(PGconn* connection, std::shared_ptr<Cancellation> cancellation, std::stop_token stop,
                     std::chrono::duration<double> patience, std::string& given_up)
    : socket_(::fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 3)),
      cancellation_(std::move(cancellation)),
      stop_(std::move(stop)),
      patience_(patience),
      given_up_(given_up),
      thread_([this] { watch(); }) {}

WaitGuard::~WaitGuard() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
  ::close(socket_);
  if (!reason_.empty()) given_up_ = reason_;
}

void WaitGuard::watch() {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds look{100};
  constexpr std::chrono::seconds stop_grace{3};
  const Clock::time_point start = Clock::now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, look, [this] { return closing_; })) {
    if (stop_.stop_requested()) Cancellation::send(cancellation_);
    const Clock::time_point now = Clock::now();
    if (cancellation_->asked_before(now - stop_grace)) {
      reason_ = "the server did not react to a cancel request";
    } else if (now - start >= patience_) {
      reason_ = fmt::format("the server has been silent for {:.0f} s", patience_.count());
    }
    if (!reason_.empty()) ::shutdown(socket_, SHUT_RDWR);
  }
}

}  // namespace firmquery

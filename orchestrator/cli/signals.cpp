#include "signals.hpp"

#include <pthread.h>
#include <unistd.h>

namespace firmquery::cli {
namespace {

constexpr int kWake = SIGUSR1;  // ends the thread

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Signals::Signals(Screen& screen) : screen_(screen) {
  ::sigemptyset(&watched_);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (!is_ignored(signal)) ::sigaddset(&watched_, signal);
  }
  ::sigaddset(&watched_, kWake);
  ::pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  thread_ = std::thread([this] { receive(); });
}

Signals::~Signals() {
  ended_ = true;
  ::pthread_kill(thread_.native_handle(), kWake);
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Signals::receive() {
  while (true) {
    int signal = 0;
    if (::sigwait(&watched_, &signal) != 0) continue;
    if (signal == kWake) {
      if (ended_) return;
      continue;
    }
    if (caught_.exchange(signal) != 0) ::_exit(signal == SIGTERM ? 143 : 130);
    screen_.line(signal == SIGTERM ? "firmquery: terminated: stopping (again: at once)"
                                   : "firmquery: interrupted: stopping (again: at once)");
    stop_.request_stop();
  }
}

Error Signals::attributed(Error error) const {
  if (error.kind == ErrorKind::interrupted && caught_ == SIGTERM) {
    error.kind = ErrorKind::terminated;
    if (error.message == "interrupted") error.message = "terminated";
  }
  return error;
}

}  // namespace firmquery::cli

#include "signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <string>

namespace firmquery::cli {
namespace {

constexpr int kWake = SIGUSR1;  // ends the thread

struct Watched {
  int signal;
  ErrorKind kind;
  const char* word;
};
constexpr Watched kWatched[] = {{SIGINT, ErrorKind::interrupted, "interrupted"},
                                {SIGTERM, ErrorKind::terminated, "terminated"},
                                {SIGHUP, ErrorKind::hung_up, "hung up"},
                                {SIGQUIT, ErrorKind::quit, "quit"}};

const Watched& watched(int signal) {
  for (const Watched& known : kWatched) {
    if (known.signal == signal) return known;
  }
  return kWatched[0];
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Signals::Signals(Screen& screen) : screen_(screen) {
  ::sigemptyset(&watched_);
  for (const Watched& known : kWatched) {
    if (!is_ignored(known.signal)) ::sigaddset(&watched_, known.signal);
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
    if (caught_.exchange(signal) != 0) ::_exit(128 + signal);
    // First of all: what is written may find nobody who reads it.
    stop_.request_stop();
    screen_.last_words(std::string("firmquery: ") + watched(signal).word + ": stopping (again: at once)");
  }
}

Error Signals::attributed(Error error) const {
  if (error.kind != ErrorKind::interrupted || caught_ == 0) return error;
  const Watched& known = watched(caught_);
  error.kind = known.kind;
  if (error.message == kWatched[0].word) error.message = known.word;
  return error;
}

}  // namespace firmquery::cli

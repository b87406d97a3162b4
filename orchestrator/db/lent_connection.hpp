// libpqxx on a connection that a Session has opened: with the session's way of connecting, and with an end to
// waits that libpqxx does not know of. Private to db.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <stop_token>
#include <string>
#include <thread>

#include "cancellation.hpp"

namespace firmquery {

// Does not close the connection, and never opens another one: libpqxx would, silently, where one is lost (ADR
// 0002).
class LentPolicy final : public pqxx::connectionpolicy {
 public:
  explicit LentPolicy(PGconn* connection) : pqxx::connectionpolicy(std::string()), connection_(connection) {}
  handle do_startconnect(handle) override { return connection_; }
  handle do_completeconnect(handle) override { return connection_; }
  handle do_dropconnect(handle) noexcept override { return nullptr; }
  handle do_disconnect(handle) noexcept override { return nullptr; }
  bool is_ready(handle) const noexcept override { return true; }

 private:
  PGconn* const connection_;
};

class LentConnection final : public pqxx::connection_base {
 public:
  explicit LentConnection(PGconn* connection) : pqxx::connection_base(policy_), policy_(connection) {
    init();
  }
  ~LentConnection() { close(); }
  LentConnection(const LentConnection&) = delete;
  LentConnection& operator=(const LentConnection&) = delete;

 private:
  LentPolicy policy_;
};

// While it lives, a stop request becomes a cancel request, and a server that is silent for longer than
// `patience`, or does not react to the cancel, loses the connection: then `given_up` says why, when the guard
// has ended.
class WaitGuard {
 public:
  WaitGuard(PGconn* connection, std::shared_ptr<Cancellation> cancellation, std::stop_token stop,
            std::chrono::duration<double> patience, std::string& given_up);
  ~WaitGuard();
  WaitGuard(const WaitGuard&) = delete;
  WaitGuard& operator=(const WaitGuard&) = delete;

 private:
  void watch();

  const int socket_;  // a descriptor of its own: libpq may close the other at any time
  const std::shared_ptr<Cancellation> cancellation_;
  const std::stop_token stop_;
  const std::chrono::duration<double> patience_;
  std::string& given_up_;
  std::string reason_;  // of the thread, until it has ended
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace firmquery

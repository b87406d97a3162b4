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
#include <utility>

#include "cancellation.hpp"

namespace firmquery {

// Does not close the connection, and never opens another one: libpqxx 6 would, silently, where one is lost
// (ADR 0002).
#if PQXX_VERSION_MAJOR >= 7
class LentConnection {
 public:
  explicit LentConnection(PGconn* connection)
      : connection_(pqxx::connection::seize_raw_connection(connection)) {}
  ~LentConnection() { (void)std::move(connection_).release_raw_connection(); }
  LentConnection(const LentConnection&) = delete;
  LentConnection& operator=(const LentConnection&) = delete;
  pqxx::connection& get() { return connection_; }

 private:
  pqxx::connection connection_;
};
#else
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
  pqxx::connection_base& get() { return *this; }

 private:
  LentPolicy policy_;
};
#endif

// Later versions have another name for it, and warn of the old one.
template <class... Parameters>
pqxx::result execute_with(pqxx::transaction_base& work, const std::string& sql,
                          const Parameters&... parameters) {
#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
  return work.exec(sql, pqxx::params{parameters...});
#else
  return work.exec_params(sql, parameters...);
#endif
}

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

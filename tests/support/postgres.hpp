// A throw-away PostgreSQL for tests: a fresh cluster in a directory of its own, on a Unix socket in that
// directory and, when asked, on a free TCP port of 127.0.0.1. Durability is off. Started by root it runs as
// the user `postgres`. It ends with the test program, also when that crashes.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.hpp"
#include "support/sql.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

struct PostgresOptions {
  bool tcp = false;
  std::vector<std::string> settings = {};  // "log_statement=all"
  std::map<std::string, std::optional<std::string>> environment = {};
};

class PostgresServer {
 public:
  using Table = SqlTable;

  // Throw std::runtime_error, with the server's log where there is one.
  explicit PostgresServer(PostgresOptions options = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  std::string dsn(std::string_view database = "postgres") const;      // over the Unix socket, superuser
  std::string tcp_dsn(std::string_view database = "postgres") const;  // requires PostgresOptions::tcp
  const std::string& user() const { return user_; }                   // the superuser, also as OS user
  int port() const { return port_; }
  std::filesystem::path socket_directory() const { return directory_ / "s"; }
  std::filesystem::path data_directory() const { return directory_ / "d"; }

  // Runs SQL (several statements are fine) on a connection of its own and returns the last result.
  Table execute(const std::string& sql, std::string_view database = "postgres") const;
  // The first value of the first row; empty when there is none or it is NULL.
  std::string value(const std::string& sql, std::string_view database = "postgres") const;
  // `options` follow CREATE DATABASE name TEMPLATE template0: "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'".
  void create_database(const std::string& name, const std::string& options = {}) const;

  void start();                // after stop() or kill(); waits until it takes connections
  void stop();                 // fast shutdown: sessions are ended, data kept
  void signal(int number);     // to the postmaster
  std::string log() const;     // what has arrived of the log since the server's last start
  std::string complete_log();  // all that the server has written up to here. Requires: it takes connections
  void add_setting(const std::string& setting) {
    options_.settings.push_back(setting);
  }  // from the next start

 private:
  bool wait_until_ready();

  PostgresOptions options_;
  TempDir directory_;
  std::filesystem::path binaries_;
  std::string user_;
  int port_ = 5432;
  bool has_started_ = false;
  int marks_ = 0;  // in the log
  std::optional<Process> process_;
};

// One server for a whole test program, started by the first call, stopped at its end.
PostgresServer& shared_server();

// Directory with initdb and postgres: FIRMQUERY_TEST_PG_BIN, else pg_config's, else the newest of
// /usr/lib/postgresql/*/bin. FIRMQUERY_TEST_LC_MESSAGES is the language of the servers' messages.
std::filesystem::path postgres_binaries();

}  // namespace firmquery::test

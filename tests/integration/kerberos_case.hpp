// A KDC and a PostgreSQL that takes its tickets, and the program run as a child with an environment of its
// own. Role alice signs in by Kerberos, role scram by a password, role trusted by nothing.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/kdc.hpp"
#include "support/postgres.hpp"

namespace firmquery::test {

class KerberosRealm {
 public:
  KerberosRealm() {
    kdc.add_user("alice", "secret");
    kdc.add_user("bob", "secret");
    kdc.add_service("postgres/localhost");
    kdc.add_service("numeric/127.0.0.1");
    PostgresOptions options;
    options.tcp = true;
    options.settings = {
        "krb_server_keyfile=" + kdc.keytab("server.keytab", {"postgres/localhost"}, server_user()).string(),
        "hba_file=" +
            hba.write("hba.conf",
                      "local all all trust\nhost all scram all scram-sha-256\nhost all trusted all trust\n"
                      "host all all all gss include_realm=0\n")
                .string(),
        "log_connections=on"};
    options.environment = {{"KRB5_CONFIG", kdc.config().string()}};
    server = std::make_unique<PostgresServer>(options);
    server->execute(
        "create role alice login; create role bob_at_work login; create role trusted login;"
        "create role scram login password 'x';"
        "create table firm as select i as firm_root_id, 'name ' || i as name from generate_series(1, 10000) "
        "i;"
        "alter table firm add primary key (firm_root_id); grant select on firm to public;"
        "create sequence pause minvalue 0 start 4; grant select on pause to public");
  }
  static std::string server_user() { return ::geteuid() == 0 ? "postgres" : ""; }

  std::string dsn(const std::string& more = {}) const {
    return "host=localhost hostaddr=127.0.0.1 dbname=postgres port=" + std::to_string(server->port()) + " " +
           more;
  }
  // How long each row of a query with `kPause` takes, also in snapshots that are open already: sequences are
  // seen as they are.
  void set_pause(int milliseconds) const {
    server->value("select setval('pause', " + std::to_string(milliseconds) + ")");
  }
  static constexpr const char* kPause = "pg_sleep((select last_value from pause) / 1000.0)";
  // Ends the program's sessions that read, as an administrator would; how many those were.
  int end_sessions() const {
    return std::stoi(
        server->value("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name "
                      "like 'firmquery%' "
                      "and query like '%pg_sleep%'"));
  }
  // How often the server's log has the text.
  std::size_t logged(const std::string& text) const {
    const std::string log = server->complete_log();
    std::size_t count = 0;
    for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  }

  TempDir hba;
  Kdc kdc;
  std::unique_ptr<PostgresServer> server;
};

inline KerberosRealm& realm() {
  static KerberosRealm shared;
  return shared;
}

class KerberosCase : public testing::Test {
 protected:
  // The cache is the user's default one; it need not exist.
  ProcessOptions environment() const {
    ProcessOptions options;
    options.environment = {{"HOME", directory_.path().string()},
                           {"KRB5_CONFIG", config_.string()},
                           {"KRB5CCNAME", "FILE:" + cache_.string()},
                           {"KRB5_CLIENT_KTNAME", std::nullopt},
                           {"PGPASSWORD", std::nullopt}};
    return options;
  }
  ProcessResult firmquery(const std::vector<std::string>& arguments) const {
    return run_process(FIRMQUERY_BINARY, arguments, environment());
  }
  std::vector<std::string> run_arguments(const std::string& dsn, const std::string& ids,
                                         const std::string& sql) {
    return {"run",    "--ids",      directory_.write("ids", ids),
            "--sql",  sql,          "--dsn",
            dsn,      "--out",      out_,
            "--json", "--progress", "never"};
  }

  TempDir directory_;
  std::filesystem::path config_ = realm().kdc.config();
  std::filesystem::path cache_ = directory_ / "cc";
  std::filesystem::path out_ = directory_ / "out";
};

inline std::vector<std::string> operator+(std::vector<std::string> left,
                                          const std::vector<std::string>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace firmquery::test

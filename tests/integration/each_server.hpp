// The servers on which the same cases run: a throw-away PostgreSQL, and CockroachDB where there is one.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <ostream>
#include <string>
#include <thread>

#include "firmquery/db/dialect.hpp"
#include "support/cockroach.hpp"
#include "support/postgres.hpp"

namespace firmquery::test {

class EachServer {
 public:
  explicit EachServer(DialectKind kind) : kind_(kind) {}

  bool available() const { return kind_ == DialectKind::postgresql || cockroach_binary().has_value(); }
  bool is_cockroachdb() const { return kind_ == DialectKind::cockroachdb; }
  // `user`: empty is the superuser.
  std::string dsn(const std::string& user = {}, const std::string& database = {}) const {
    const std::string role = user.empty() ? "" : " user=" + user;  // libpq takes the last
    if (is_cockroachdb()) return shared_cockroach().dsn(database.empty() ? "defaultdb" : database) + role;
    return shared_server().dsn(database.empty() ? "postgres" : database) + role;
  }
  // One by one, each in a transaction of its own.
  void execute(std::initializer_list<std::string> statements, const std::string& database = {}) const {
    for (const std::string& sql : statements) execute_sql(dsn({}, database), sql);
  }
  SqlTable rows(const std::string& sql, const std::string& database = {}) const {
    return execute_sql(dsn({}, database), sql);
  }
  std::string value(const std::string& sql, const std::string& database = {}) const {
    return sql_value(dsn({}, database), sql);
  }
  std::string snapshot_kind() const { return is_cockroachdb() ? "as of system time" : "exported snapshot"; }

  // Tables of the program that any session can see: none may be left.
  std::string tables_left() const {
    return value(is_cockroachdb() ? "select count(*) from crdb_internal.tables where name like 'firmquery%' "
                                    "and state = 'PUBLIC'"
                                  : "select count(*) from pg_class where relname like 'firmquery%'");
  }
  // CockroachDB drops the tables of a session a moment after it has closed.
  void expect_nothing_left() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(10);
    while (tables_left() != "0" && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(tables_left(), "0");
  }
  // Ends the program's sessions that are at work on a statement, as an administrator would.
  void end_reading_sessions() const {
    execute({is_cockroachdb()
                 ? "cancel sessions (select session_id from [show cluster sessions] where application_name "
                   "like 'firmquery%' and active_queries || last_active_query like '%firm_root_id%')"
                 : "select pg_terminate_backend(pid) from pg_stat_activity where application_name like "
                   "'firmquery%' and query like '%firm_root_id%'"});
  }

 private:
  DialectKind kind_;
};

inline constexpr DialectKind kEachServer[] = {DialectKind::postgresql, DialectKind::cockroachdb};

}  // namespace firmquery::test

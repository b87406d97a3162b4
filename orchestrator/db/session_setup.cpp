#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "firmquery/db/dialect.hpp"

namespace firmquery {
namespace {

struct Setting {
  std::string name, value;
};

// Milliseconds as the servers take them: an int4, where 0 would mean "no limit".
std::string setting_of_seconds(double seconds) {
  const double value = std::clamp(std::ceil(seconds * 1000), 0.0, 2147483647.0);
  return std::to_string(static_cast<std::int64_t>(value));
}

std::vector<Setting> settings_for(const Dialect& dialect, const SessionSettings& settings) {
  const std::string timeout = setting_of_seconds(settings.statement_timeout_s);
  if (dialect.is_cockroachdb()) {
    std::vector<Setting> list = {
        {"experimental_enable_temp_tables", "on"},
        // On, perhaps by the role's default, it hides a temp table for the first seconds of its life.
        {"default_transaction_use_follower_reads", "off"},
        {"statement_timeout", timeout},
        // A session waits while others work; losing it means losing its temp table.
        {"idle_in_session_timeout", "0"},
        {"idle_in_transaction_session_timeout", "0"},
    };
    // Yield to the cluster's own traffic.
    if (dialect.has("quality_of_service")) {
      list.push_back({"default_transaction_quality_of_service", "background"});
      list.push_back({"copy_transaction_quality_of_service", "background"});
    }
    return list;
  }
  return {
      // Compiling costs more than these short range queries take.
      {"jit", "off"},
      {"statement_timeout", timeout},
      {"idle_session_timeout", "0"},
      {"idle_in_transaction_session_timeout", "0"},
      {"client_min_messages", "warning"},
      // A program that was killed leaves no statement behind that waits for a lock or computes for nobody.
      {"client_connection_check_interval", "5000"},
      // quote_literal() relies on it.
      {"standard_conforming_strings", "on"},
  };
}

// A setting that this version does not have (42704), has as read-only (55P02), gates (0A000) or refuses on
// this system (22023) is one that cannot be had; the rest works without.
bool is_absent(const Error& error) {
  return error.sqlstate == "42704" || error.sqlstate == "55P02" || error.sqlstate == "0A000" ||
         error.sqlstate == "22023";
}

// What a statement waits for a lock is at most half of its time, so that the two can be told apart.
Result<void> set_lock_timeout(Session& session, double statement_timeout_s) {
  const double wanted = session.reading().lock_timeout.count();
  const double limit = wanted > 0 ? std::min(wanted, statement_timeout_s / 2) : statement_timeout_s / 2;
  const auto done = session.execute(fmt::format("SET lock_timeout = '{}'", setting_of_seconds(limit)));
  if (!done && !is_absent(done.error())) return Failure(done.error());
  if (done) session.set_lock_limit(std::chrono::duration<double>(limit));
  return {};
}

// The user chooses two of them; whatever else is refused is refused to the program.
Error refused(Error error, const std::string& setting) {
  const bool zone = setting == "TimeZone", order = setting == "DateStyle";
  if ((zone || order) && error.sqlstate == "22023") {
    error.kind = ErrorKind::usage;
    error.place = zone ? "--time-zone" : "--date-order";
    error.remedy = zone ? "give a name of pg_timezone_names, such as UTC or Europe/Berlin"
                        : "this server reads dates month first only: leave it at mdy, and write 2024-02-01";
  } else {
    error.place = "setting " + setting;
  }
  return error;
}

}  // namespace

Result<void> set_up_reading(Session& session, DialectKind kind) {
  const ReadingOptions& reading = session.reading();
  const std::vector<Setting> settings = {
      {"TimeZone", reading.time_zone},
      {"DateStyle", "ISO, " + reading.date_order},
      {"IntervalStyle", "postgres"},
      {"extra_float_digits", "1"},  // the shortest digits that give the same number again
      {"bytea_output", "hex"},
      {"row_security", reading.row_security ? "on" : "off"},
      {"lock_timeout", setting_of_seconds(reading.lock_timeout.count())},
  };
  const bool postgresql = kind == DialectKind::postgresql;
  std::string all;
  for (const Setting& setting : settings) {
    const std::string sql = fmt::format("SET {} = {}", setting.name, session.quote_literal(setting.value));
    if (postgresql) {
      all += sql + ";";
      continue;
    }
    const auto done = session.execute(sql);
    if (!done && !is_absent(done.error())) return Failure(refused(done.error(), setting.name));
  }
  if (!postgresql) return {};
  // In one message: of these only the time zone can be wrong.
  if (const auto done = session.execute(all); !done) return Failure(refused(done.error(), "TimeZone"));
  session.set_lock_limit(reading.lock_timeout);
  return {};
}

Result<SessionReport> session_report(Session& session) {
  SessionReport report;
  const std::pair<const char*, std::string*> settings[] = {
      {"timezone", &report.time_zone},           {"datestyle", &report.date_style},
      {"intervalstyle", &report.interval_style}, {"extra_float_digits", &report.extra_float_digits},
      {"bytea_output", &report.bytea_output},    {"row_security", &report.row_security}};
  // In one round trip where the server can say it so.
  std::string all;
  for (const auto& [name, value] : settings)
    all += fmt::format("{}current_setting('{}', true)", all.empty() ? "SELECT " : ", ", name);
  if (const auto rows = session.execute(all);
      rows && rows->size() == 1 && rows->columns() == std::size(settings)) {
    for (std::size_t i = 0; i < std::size(settings); ++i) *settings[i].second = rows->at(0, i);
    return report;
  }
  for (const auto& [name, value] : settings) {
    const auto rows = session.execute(std::string("SHOW ") + name);
    if (!rows && !is_absent(rows.error())) return Failure(rows.error());
    if (rows && rows->size() == 1) *value = rows->at(0, 0);
  }
  return report;
}

Result<void> set_up_session(Session& session, const Dialect& dialect, const SessionSettings& settings) {
  session.set_time_limit(std::chrono::duration<double>(settings.statement_timeout_s));
  const std::vector<Setting> wanted = settings_for(dialect, settings);
  // In one round trip where the server has them all; else one by one, to find out which it has.
  std::string all;
  for (const Setting& setting : wanted) all += fmt::format("SET {} = '{}'; ", setting.name, setting.value);
  if (session.execute(all)) return set_lock_timeout(session, settings.statement_timeout_s);
  for (const Setting& setting : wanted) {
    const auto done = session.execute(fmt::format("SET {} = '{}'", setting.name, setting.value));
    if (done || is_absent(done.error())) continue;
    Error error = done.error();
    error.place = "setting " + setting.name;
    return Failure(std::move(error));
  }
  return set_lock_timeout(session, settings.statement_timeout_s);
}

Result<void> limit_statements(Session& session, double seconds) {
  FQ_TRY(session.execute(fmt::format("SET statement_timeout = '{}'", setting_of_seconds(seconds))));
  session.set_time_limit(std::chrono::duration<double>(seconds));
  return {};
}

Result<void> set_statement_timeout(Session& session, double seconds) {
  FQ_TRY(limit_statements(session, seconds));
  return set_lock_timeout(session, seconds);
}

}  // namespace firmquery

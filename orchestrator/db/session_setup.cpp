#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "firmquery/db/dialect.hpp"

namespace firmquery {
namespace {

struct Setting {
  std::string name;
  std::string value;  // as SQL: CockroachDB refuses a number in quotes
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

// The user chooses two of them; whatever else is refused is refused to the program.
bool is_chosen(const std::string& setting) {
  return setting == "TimeZone" || setting == "DateStyle";
}
Error refused(Error error, const std::string& setting) {
  if (is_chosen(setting) && error.sqlstate == "22023") {
    const bool zone = setting == "TimeZone";
    error.kind = ErrorKind::usage;
    error.place = zone ? "--time-zone" : "--date-order";
    error.remedy = zone ? "give a name of pg_timezone_names, such as UTC or Europe/Berlin"
                        : "this server reads dates month first only: leave it at mdy, and write 2024-02-01";
  } else {
    error.place = "setting " + setting;
  }
  return error;
}

// In one round trip where the server takes them all; else one by one, to find out which it has. What the user
// chose is never left out.
Result<void> set_all(Session& session, const std::vector<Setting>& settings) {
  std::string all;
  for (const Setting& setting : settings) all += fmt::format("SET {} = {}; ", setting.name, setting.value);
  if (session.execute(all)) return {};
  for (const Setting& setting : settings) {
    const auto done = session.execute(fmt::format("SET {} = {}", setting.name, setting.value));
    if (done || (is_absent(done.error()) && !is_chosen(setting.name))) continue;
    return Failure(refused(done.error(), setting.name));
  }
  return {};
}

Result<void> set_lock_timeout(Session& session, double seconds) {
  const auto done = session.execute(fmt::format("SET lock_timeout = {}", setting_of_seconds(seconds)));
  if (!done && !is_absent(done.error())) return Failure(done.error());
  if (done) session.set_lock_limit(std::chrono::duration<double>(seconds));
  return {};
}

// What a statement waits for a lock is at most half of its time, so that the two can be told apart.
double lock_timeout_s(const Session& session, double statement_timeout_s) {
  const double wanted = session.reading().lock_timeout.count();
  return wanted > 0 ? std::min(wanted, statement_timeout_s / 2) : statement_timeout_s / 2;
}

}  // namespace

Result<void> set_up_reading(Session& session, DialectKind kind) {
  const ReadingOptions& reading = session.reading();
  const bool postgresql = kind == DialectKind::postgresql;
  const double lock_timeout = reading.lock_timeout.count();
  std::vector<Setting> settings = {
      {"TimeZone", session.quote_literal(reading.time_zone)},
      {"DateStyle", session.quote_literal("ISO, " + reading.date_order)},
      {"IntervalStyle", "'postgres'"},
      // The shortest digits that give the same number again: for CockroachDB from 3 on, with 1 it writes 16.
      {"extra_float_digits", postgresql ? "1" : "3"},
      {"bytea_output", "'hex'"},
      {"row_security", reading.row_security ? "on" : "off"},
  };
  // CockroachDB had it late: asked for alone, it does not spoil the others' one round trip.
  if (postgresql) settings.push_back({"lock_timeout", setting_of_seconds(lock_timeout)});
  FQ_TRY(set_all(session, settings));
  if (!postgresql) return set_lock_timeout(session, lock_timeout);
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
  FQ_TRY(set_all(session, settings_for(dialect, settings)));
  return set_lock_timeout(session, lock_timeout_s(session, settings.statement_timeout_s));
}

Result<void> limit_statements(Session& session, double seconds) {
  FQ_TRY(session.execute(fmt::format("SET statement_timeout = '{}'", setting_of_seconds(seconds))));
  session.set_time_limit(std::chrono::duration<double>(seconds));
  return {};
}

Result<void> set_statement_timeout(Session& session, double seconds) {
  FQ_TRY(limit_statements(session, seconds));
  return set_lock_timeout(session, lock_timeout_s(session, seconds));
}

}  // namespace firmquery

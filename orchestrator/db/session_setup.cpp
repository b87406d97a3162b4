#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "firmquery/dialect.hpp"

namespace firmquery {
namespace {

struct Setting {
  std::string name, value;
};

// Milliseconds as the servers take them: an int4, where 0 would mean "no limit".
std::string milliseconds(double seconds) {
  const double value = std::clamp(std::ceil(seconds * 1000), 0.0, 2147483647.0);
  return std::to_string(static_cast<std::int64_t>(value));
}

std::vector<Setting> settings_for(const Dialect& dialect, const SessionSettings& settings) {
  const std::string timeout = milliseconds(settings.statement_timeout_s);
  if (dialect.is_cockroachdb()) {
    return {
        {"experimental_enable_temp_tables", "on"},
        // On, perhaps by the role's default, it hides a temp table for the first seconds of its life.
        {"default_transaction_use_follower_reads", "off"},
        {"statement_timeout", timeout},
        // A session waits while others work; losing it means losing its temp table.
        {"idle_in_session_timeout", "0"},
        {"idle_in_transaction_session_timeout", "0"},
        // Yield to the cluster's own traffic.
        {"default_transaction_quality_of_service", "background"},
        {"copy_transaction_quality_of_service", "background"},
    };
  }
  return {
      // Compiling costs more than these short range queries take.
      {"jit", "off"},
      {"statement_timeout", timeout},
      {"idle_session_timeout", "0"},
      {"idle_in_transaction_session_timeout", "0"},
      {"client_min_messages", "warning"},
      // quote_literal() relies on it.
      {"standard_conforming_strings", "on"},
  };
}

// A setting that this version does not have (42704), has as read-only (55P02) or gates (0A000) is one that
// cannot be had; the rest works without.
bool is_absent(const Error& error) {
  return error.sqlstate == "42704" || error.sqlstate == "55P02" || error.sqlstate == "0A000";
}

// What the server has for saying that a statement's time is over.
std::chrono::duration<double> patience_for(double statement_timeout_s) {
  return std::chrono::duration<double>(statement_timeout_s + 10);
}

}  // namespace

Result<void> set_up_session(Session& session, const Dialect& dialect, const SessionSettings& settings) {
  session.set_patience(patience_for(settings.statement_timeout_s));
  for (const Setting& setting : settings_for(dialect, settings)) {
    const auto done = session.execute(fmt::format("SET {} = '{}'", setting.name, setting.value));
    if (done || is_absent(done.error())) continue;
    Error error = done.error();
    error.place = "setting " + setting.name;
    return Failure(std::move(error));
  }
  return {};
}

Result<void> set_statement_timeout(Session& session, double seconds) {
  FQ_TRY(session.execute(fmt::format("SET statement_timeout = '{}'", milliseconds(seconds))));
  session.set_patience(patience_for(seconds));
  return {};
}

}  // namespace firmquery

// Staging tables of runs that ended without dropping them: found by their names, dropped one by one.
#include <algorithm>
#include <firmquery/sql_text.hpp>

#include "firmquery/db/dialect.hpp"
#include "firmquery/preflight/doctor.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kPattern = "firmquery_staging_########t######z_xxxxxx";

bool fits(char c, char pattern) {
  const bool digit = c >= '0' && c <= '9';
  if (pattern == '#') return digit;
  // The fixed part has an x nowhere.
  if (pattern == 'x') return digit || (c >= 'a' && c <= 'f');
  return c == pattern;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool is_cockroachdb(const Session& session) {
  return session.server_version_text().find("CockroachDB") != std::string::npos;
}

// Asked anew for each table: dropping one can take long enough for a run to begin. A role may always see its
// own sessions; a server that refuses leaves it unknown.
Result<LeftoverTable::Use> use_of(Session& session, std::string_view table) {
  const auto rows = session.execute(std::string(is_cockroachdb(session) ? sql::cockroachdb::sessions_of_runs
                                                                        : sql::postgresql::sessions_of_runs));
  if (!rows && !session.alive()) return Failure(rows.error());
  if (!rows) return LeftoverTable::Use::unknown;
  auto use = LeftoverTable::Use::none;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    if (rows->at(i, 0) == table) return LeftoverTable::Use::running;
    if (rows->at(i, 1) == "t") use = LeftoverTable::Use::unknown;
  }
  return use;
}

bool is_wanted(const LeftoverTable& table, const Cleaning& cleaning, std::chrono::sys_seconds now) {
  if (table.use == LeftoverTable::Use::running) return false;
  if (!cleaning.name.empty()) return table.name == cleaning.name;
  if (table.resumable) return false;
  const auto age = now - table.created;
  return cleaning.age && age >= *cleaning.age &&
         (table.use == LeftoverTable::Use::none || age >= longest_run);
}

Result<void> drop(Session& session, const LeftoverTable& table) {
  FQ_TRY(session.execute("drop table " + session.quote_identifier(table.schema) + "." +
                         session.quote_identifier(table.name)));
  return {};
}

}  // namespace

std::optional<std::chrono::sys_seconds> staging_table_time(std::string_view name) {
  if (name.size() != kPattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!fits(name[i], kPattern[i])) return std::nullopt;
  }
  const std::size_t date = kPattern.find('#');
  const auto part = [&](std::size_t at, std::size_t length) {
    return number(name.substr(date + at, length));
  };
  using namespace std::chrono;
  const year_month_day day{year{part(0, 4)}, month{static_cast<unsigned>(part(4, 2))},
                           std::chrono::day{static_cast<unsigned>(part(6, 2))}};
  const int hour = part(9, 2), minute = part(11, 2), second = part(13, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return sys_days{day} + hours{hour} + minutes{minute} + seconds{second};
}

Result<std::vector<LeftoverTable>> leftover_tables(Session& session) {
  FQ_TRY_ASSIGN(const Rows rows, session.execute(std::string(sql::postgresql::leftover_tables)));
  std::vector<LeftoverTable> tables;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto created = staging_table_time(rows.at(i, 1));
    if (!created) continue;
    FQ_TRY_ASSIGN(const LeftoverTable::Use use, use_of(session, rows.at(i, 1)));
    tables.push_back(
        {std::string(rows.at(i, 0)), std::string(rows.at(i, 1)), *created, use, false, false, {}});
  }
  std::sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
  return tables;
}

Result<std::vector<LeftoverTable>> clean_staging(const ConnectOptions& connect, const Cleaning& cleaning,
                                                 std::chrono::sys_seconds now) {
  FQ_TRY_ASSIGN(Session session, Session::open(connect));
  FQ_TRY_ASSIGN(std::vector<LeftoverTable> tables, leftover_tables(session));
  // Waiting long for a lock that somebody holds would stop his next statement as well. CockroachDB drops
  // beside readers.
  const bool locks = !is_cockroachdb(session);
  if (locks) FQ_TRY(session.execute("set lock_timeout = '2s'"));
  for (LeftoverTable& table : tables) {
    const auto& resumable = cleaning.resumable;
    table.resumable = std::find(resumable.begin(), resumable.end(), table.name) != resumable.end();
    if (!is_wanted(table, cleaning, now)) continue;
    if (!session.alive()) {
      FQ_TRY_ASSIGN(session, Session::open(connect));
      if (locks) FQ_TRY(session.execute("set lock_timeout = '2s'"));
    }
    FQ_TRY_ASSIGN(table.use, use_of(session, table.name));
    if (!is_wanted(table, cleaning, now)) continue;
    // A DROP can wait for minutes, for a node that is gone; the server goes on with it.
    session.set_patience(std::chrono::seconds(22));
    auto done = drop(session, table);
    table.dropped = done.has_value();
    if (!done) table.problem = std::move(done).error();
  }
  return tables;
}

}  // namespace firmquery

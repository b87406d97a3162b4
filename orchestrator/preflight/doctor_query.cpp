// Whether the query fits the server: its columns, the privilege to read, the key and its index.
#include <fmt/format.h>

#include "doctor_checks.hpp"
#include "firmquery/db/catalog.hpp"

namespace firmquery {
namespace {

const std::string kQuery = "query and key column", kSelect = "SELECT privilege", kIndex = "index on the key",
                  kWindow = "garbage collection", kRowSecurity = "row-level security";
constexpr double kShortWindow_s = 3600;

// Nothing is read, but everything that reading needs is asked for.
std::string zero_rows(const SqlTemplate& sql_template, const std::string& type) {
  const std::string query =
      sql_template.uses_relation()
          ? sql_template.render_relation("(select 1::bigint as ord, null::" + type + " as id)")
          : sql_template.render("NULL");
  return "SELECT * FROM (" + query + "\n) q LIMIT 0";
}

void check_index(const QueryFacts& facts, Checks& checks) {
  const KeyColumn& key = facts.key;
  const std::string column = key.table + "." + key.column;
  if (key.column.empty()) {
    return checks.not_checked(kIndex, "which column is compared could not be found out");
  }
  if (key.of_view) {
    return checks.not_checked(kIndex, column + " is a view's: look for the index on the table behind it");
  }
  if (key.indexes.empty()) {
    return checks.warn(kIndex, "no index starts with " + column + ": every range reads the whole table",
                       "CREATE INDEX ON " + key.table + " (" + key.column + ")");
  }
  checks.ok(kIndex, fmt::format("{}: {}", column, fmt::join(key.indexes, ", ")));
}

void check_window(const Dialect& dialect, const QueryFacts& facts, Checks& checks) {
  if (!dialect.is_cockroachdb()) return checks.ok(kWindow, "PostgreSQL keeps what a snapshot sees");
  if (!facts.gc_window_s) {
    return checks.not_checked(kWindow, "this role may not see the zone configuration of the table");
  }
  const std::string detail =
      fmt::format("the table's past stays readable for {:.1f} hours", *facts.gc_window_s / 3600);
  if (*facts.gc_window_s >= kShortWindow_s) return checks.ok(kWindow, detail);
  checks.warn(kWindow, detail,
              "a run must end within it: raise gc.ttlseconds of the table, or use more connections");
}

void check_row_security(const Session& session, const Dialect& dialect, const RowSecurity& found,
                        Checks& checks) {
  if (const std::string warning = row_security_warning(session, found); !warning.empty()) {
    return checks.warn(kRowSecurity, warning, found.not_an_error ? "" : "leave out --row-security on");
  }
  checks.ok(kRowSecurity, row_security_state(session, dialect, found));
}

void not_checked(const std::string& why, Checks& checks) {
  for (const std::string& name : {kSelect, kIndex, kWindow}) checks.not_checked(name, why);
}

}  // namespace

Checks check_query(const Job& job, Session* session, const Dialect* dialect, const SqlTemplate* sql_template,
                   std::optional<QueryFacts>& facts) {
  Checks checks;
  if (session == nullptr || dialect == nullptr || sql_template == nullptr) {
    const std::string why = session == nullptr   ? "no connection"
                            : dialect == nullptr ? "the dialect could not be found out"
                                                 : "no query template";
    checks.not_checked(kQuery, why);
    checks.not_checked(kRowSecurity, why);
    not_checked(why, checks);
    return checks;
  }
  auto examined = examine_query(*session, Catalog(job.connect), *dialect, *sql_template, job.key);
  if (!examined) {
    if (is_hidden_rows(examined.error())) {
      checks.not_checked(kQuery, "row-level security is in the way");
      checks.fail(kRowSecurity, examined.error());
    } else {
      checks.fail(kQuery, examined.error());
      checks.not_checked(kRowSecurity, "the query does not fit the server");
    }
    not_checked("the query cannot be read", checks);
    return checks;
  }
  facts = *std::move(examined);
  checks.ok(kQuery, fmt::format("{} columns; the key {} is {}", facts->columns.size(),
                                facts->columns[facts->row_key.column()].name, facts->key.type_name));
  if (!facts->bounded && !facts->bound_reason.empty()) {
    checks.warn("bound on the key", "ranges carry none: " + facts->bound_reason,
                "compare a plain column with IN ({ID_PLACEHOLDER})");
  }
  const auto read = session->execute(zero_rows(*sql_template, facts->key.staging_type));
  if (read) {
    checks.ok(kSelect, "the query runs");
  } else {
    checks.fail(kSelect, read.error());
  }
  check_row_security(*session, *dialect, facts->row_security, checks);
  check_index(*facts, checks);
  check_window(*dialect, *facts, checks);
  return checks;
}

}  // namespace firmquery

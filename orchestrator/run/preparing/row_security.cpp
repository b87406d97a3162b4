#include "firmquery/run/row_security.hpp"

#include <fmt/format.h>

#include <firmquery/sql_text.hpp>

namespace firmquery {
namespace {

// The first CockroachDB with row-level security.
bool can_hide(const Dialect& dialect) {
  return !dialect.is_cockroachdb() || dialect.major > 25 || (dialect.major == 25 && dialect.minor >= 2);
}

// In a transaction, whose locks say what the statement reads, views looked through. Analysing is enough.
Result<void> read_tables(Session& session, const std::string& sql, RowSecurity& found) {
  FQ_TRY(session.execute("set row_security = on"));
  FQ_TRY(session.describe(sql));
  FQ_TRY_ASSIGN(const Rows rows, session.execute(std::string(sql::postgresql::row_security_tables)));
  for (std::size_t i = 0; i < rows.size(); ++i) found.tables.emplace_back(rows.at(i, 0));
  return {};
}

// The server decides: with row_security off it refuses what a policy would filter for this role.
Result<bool> is_filtered(Session& session, const std::string& sql) {
  FQ_TRY(session.execute("set row_security = off"));
  const auto described = session.describe(sql);
  if (described) return false;
  if (described.error().sqlstate != "42501") return Failure(described.error());
  return true;
}

std::string names(const RowSecurity& found) {
  return found.tables.empty() ? "tables of the query" : fmt::format("{}", fmt::join(found.tables, ", "));
}

}  // namespace

Result<RowSecurity> examine_row_security(Session& session, const Dialect& dialect, const std::string& sql) {
  RowSecurity found;
  if (!can_hide(dialect)) return found;
  if (!dialect.is_cockroachdb()) {
    FQ_TRY(session.execute("begin read only"));
    auto read = read_tables(session, sql, found);
    FQ_TRY(session.execute("rollback"));
    FQ_TRY(read);
    if (found.tables.empty()) return found;
  }
  const bool wanted = session.reading().row_security;
  auto filtered = is_filtered(session, sql);
  const auto now = session.execute("show row_security");
  found.not_an_error = dialect.is_cockroachdb() && (!now || now->size() != 1 || now->at(0, 0) != "off");
  if (wanted) FQ_TRY(session.execute("set row_security = on"));
  if (found.not_an_error) {
    found.hides = true;
    return found;
  }
  FQ_TRY_ASSIGN(found.hides, std::move(filtered));
  return found;
}

Error hidden_rows(const Session& session, const RowSecurity& found) {
  return {ErrorKind::permission,
          fmt::format("row-level security of {} hides rows from role {}: they would be reported as missing",
                      names(found), session.user()),
          {},
          std::string(row_security_remedy),
          "42501"};
}

bool is_hidden_rows(const Error& error) {
  return error.sqlstate == "42501" && error.remedy == row_security_remedy;
}

std::string row_security_state(const Session& session, const Dialect& dialect, const RowSecurity& found) {
  if (!can_hide(dialect)) return fmt::format("{} has none", dialect.version);
  if (found.not_an_error || found.hides) return "rows may be hidden from role " + session.user();
  // CockroachDB is not asked which tables have it: with row_security off it refuses what a policy would
  // filter.
  if (dialect.is_cockroachdb()) return "hides nothing from role " + session.user();
  if (found.tables.empty()) return "no table of the query has it";
  return fmt::format("hides nothing from role {} in {}", session.user(), names(found));
}

std::string row_security_warning(const Session& session, const RowSecurity& found) {
  if (found.not_an_error) {
    return fmt::format(
        "this server cannot make it an error when row-level security hides rows from role {}: IDs whose rows "
        "are "
        "hidden are reported as missing; use a role with BYPASSRLS",
        session.user());
  }
  if (!found.hides || !session.reading().row_security) return {};
  return fmt::format(
      "row-level security of {} hides rows from role {}, as was asked for: IDs whose rows are hidden are "
      "reported as "
      "missing",
      names(found), session.user());
}

}  // namespace firmquery

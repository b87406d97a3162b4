#include "firmquery/db/session.hpp"

#include "firmquery/db/dialect.hpp"
#include "pg_connection.hpp"
#include "server_version.hpp"

namespace firmquery {

Result<Session> Session::open(const ConnectOptions& options, ConnectStage* stage) {
  if (options.connector) {
    FQ_TRY_ASSIGN(auto connection, options.connector->connect(options, stage));
    return Session(std::move(connection));
  }
  FQ_TRY_ASSIGN(auto connection, PgConnection::open(options, stage));
  const DialectKind kind = parse_server_version(connection->known.server_version_text).kind;
  Session session(std::move(connection));
  FQ_TRY(set_up_reading(session, kind));
  return session;
}

// Written out instead of PQescapeLiteral, which answers invalid UTF-8 with a null pointer; here it goes to
// the server, which refuses it with a message. Sound because client_encoding is always UTF8, where no byte of
// a character looks like a quote or a backslash.
std::string Session::quote_literal(std::string_view text) {
  const bool escape = text.find('\\') != std::string_view::npos;
  std::string out = escape ? " E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

std::string Session::quote_identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  return out + "\"";
}

Rows::Rows(pg_result* result) : result_(result, PQclear) {}

std::size_t Rows::size() const {
  return static_cast<std::size_t>(PQntuples(result_.get()));
}

std::size_t Rows::columns() const {
  return static_cast<std::size_t>(PQnfields(result_.get()));
}

std::string_view Rows::at(std::size_t row, std::size_t column) const {
  if (row >= size() || column >= columns()) return {};
  const int r = static_cast<int>(row), c = static_cast<int>(column);
  return {PQgetvalue(result_.get(), r, c), static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
}

bool Rows::is_null(std::size_t row, std::size_t column) const {
  if (row >= size() || column >= columns()) return true;
  return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) == 1;
}

std::string_view Rows::column_name(std::size_t column) const {
  const char* name = PQfname(result_.get(), static_cast<int>(column));
  return name != nullptr ? name : std::string_view();
}

std::string_view Rows::command_tag() const {
  return PQcmdStatus(result_.get());
}

}  // namespace firmquery

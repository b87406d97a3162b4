// Whether the private local PostgreSQL can stand in for a server that nobody has named.
#include "firmquery/core/sql_template.hpp"
#include "firmquery/db/catalog.hpp"
#include "firmquery/local/local_server.hpp"

namespace firmquery {
namespace {

// undefined_table and invalid_schema_name, or no session at all.
template <class Described>
Result<void> unless_absent(const Session& session, const Result<Described>& described) {
  if (described) return {};
  const Error& error = described.error();
  if (error.sqlstate == "42P01" || error.sqlstate == "3F000" || !session.alive()) return Failure(error);
  return {};
}

}  // namespace

Result<void> check_reads(const ConnectOptions& server, std::string_view statement) {
  FQ_TRY_ASSIGN(Session session, Session::open(server));
  return unless_absent(session, session.describe(std::string(statement)));
}

Result<void> check_reads(const ConnectOptions& server, const Job& job) {
  const auto sql_template = SqlTemplate::parse(job.sql, job.sql_name, job.key);
  if (!sql_template) return {};
  FQ_TRY_ASSIGN(Session session, Session::open(server));
  return unless_absent(session, describe_template(session, *sql_template));
}

}  // namespace firmquery

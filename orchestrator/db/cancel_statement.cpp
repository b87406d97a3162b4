#include "cancel_statement.hpp"

#include <fmt/format.h>
#include <poll.h>

#include "connect_attempt.hpp"
#include "kerberos_connect.hpp"

namespace firmquery {
namespace {

// Whoever has asked waits for it.
constexpr std::chrono::seconds kPatience{2};

// The server's answer to one statement: true when it has done it.
bool says_done(PGconn* connection, const std::string& sql, const Patience& patience) {
  if (PQsendQuery(connection, sql.c_str()) != 1) return false;
  while (PQisBusy(connection) == 1) {
    if (!wait_for_socket(PQsocket(connection), POLLIN, patience)) return false;
    if (PQconsumeInput(connection) != 1) return false;
  }
  const ResultHandle result(PQgetResult(connection));
  return PQresultStatus(result.get()) == PGRES_COMMAND_OK;
}

bool say(const ConnectOptions& options, const std::string& sql) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  const auto parameters = connection_parameters(options);
  if (!parameters) return false;
  const auto kerberos = use_kerberos(options, *parameters);
  if (!kerberos) return false;
  ConnectStage reached = ConnectStage::reach;
  const auto connection = connect(*parameters, options, reached);
  return connection && says_done(connection->get(), sql, Patience{until, {}});
}

}  // namespace

Cancellation::Ask cancel_by_statement(Connection& connection, ConnectOptions options) {
  const auto rows = connection.execute("SHOW session_id");
  if (!rows || rows->size() != 1) return {};
  const std::string id = Session::quote_literal(rows->at(0, 0));
  // A COPY is no query that could be cancelled; after a stop request the session is of no more use.
  const std::string query = fmt::format(
      "CANCEL QUERIES IF EXISTS (SELECT query_id FROM [SHOW CLUSTER QUERIES] WHERE session_id = {})", id);
  const std::string whole = fmt::format("CANCEL SESSION IF EXISTS {}", id);
  const std::stop_token stop = std::exchange(options.stop, {});
  options.overrides.emplace_back("connect_timeout", std::to_string(kPatience.count()));
  return [options = std::move(options), stop, query, whole] {
    return say(options, stop.stop_requested() ? whole : query);
  };
}

}  // namespace firmquery

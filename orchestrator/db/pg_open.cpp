#include <fmt/format.h>

#include <vector>

#include "cancel_statement.hpp"
#include "connect.hpp"
#include "firmquery/db/dialect.hpp"
#include "kerberos_connect.hpp"
#include "pg_connection.hpp"
#include "server_version.hpp"

namespace firmquery {
namespace {

constexpr const char* kGssUsed = "SELECT gss_authenticated FROM pg_stat_gssapi WHERE pid = pg_backend_pid()";

// An encrypted connection has a security context whatever let the role in; only the server knows what did.
Result<void> correct_authentication(Connection& connection, Authentication& authentication) {
  FQ_TRY_ASSIGN(const Rows rows, connection.execute(kGssUsed));
  if (rows.size() != 1 || rows.at(0, 0) != "f") return {};
  authentication.method = authentication.used_password ? "password" : "other";
  authentication.principal.clear();
  return {};
}

std::string text_of(const char* text) {
  return text != nullptr ? text : "";
}

}  // namespace

Result<std::unique_ptr<PgConnection>> PgConnection::open(const ConnectOptions& options, ConnectStage* stage) {
  FQ_TRY_ASSIGN(const Parameters parameters, connection_parameters(options));
  auto made = std::make_unique<PgConnection>();
  PgConnection& opened = *made;
  opened.stop_token = options.stop;
  ConnectStage reached = ConnectStage::reach;
  {
    FQ_TRY_ASSIGN([[maybe_unused]] const KerberosUse use, use_kerberos(options, parameters));
    auto connected = firmquery::connect(parameters, options, reached);
    if (!connected) {
      if (stage != nullptr) *stage = reached;
      if (connected.error().kind != ErrorKind::interrupted) connected.error().server = server_name(options);
    }
    FQ_TRY_ASSIGN(opened.connection, std::move(connected));
  }
  PGconn* raw = opened.connection.get();
  ConnectionFacts& known = opened.known;
  known.authentication = authentication_of(raw, options);
  FQ_TRY(check_authentication(options, known.authentication));
  PQsetnonblocking(raw, 1);  // every wait is this module's own, and has an end
  known.host = fmt::format("{}:{}", text_of(PQhost(raw)), text_of(PQport(raw)));
  known.user = text_of(PQuser(raw));
  known.database = text_of(PQdb(raw));
  known.ssl_in_use = PQsslInUse(raw) == 1;
  known.name = options.label.empty() ? fmt::format("{}/{}", known.host, known.database) : options.label;
  FQ_TRY_ASSIGN(const Rows rows, opened.execute("SELECT version()"));
  opened.options = options;
  known.reading = options.reading;
  known.own_date_style = opened.parameter("DateStyle");
  known.server_version_text = rows.at(0, 0);
  const ServerVersion version = parse_server_version(known.server_version_text);
  if (version.kind == DialectKind::cockroachdb && options.credentials) {
    options.credentials->note_no_gss_encryption();
  }
  if (known.authentication.gss_encrypted && version.kind == DialectKind::postgresql) {
    FQ_TRY(correct_authentication(opened, known.authentication));
    FQ_TRY(check_authentication(options, known.authentication));
  }
  // CockroachDB before v22.1 drops cancel requests.
  if (version.kind == DialectKind::postgresql || version.at_least(22, 1)) {
    opened.cancellation = std::make_shared<Cancellation>(PQgetCancel(raw));
  } else {
    opened.cancellation =
        std::make_shared<Cancellation>(cancel_by_statement(opened, opened.options_for_this_host()));
  }
  return made;
}

Result<Rows> PgConnection::execute(const std::string& sql) {
  FQ_TRY(begin());
  count_sent(sql.size());
  FQ_TRY_ASSIGN(ResultHandle result, finish_sent(PQsendQuery(connection.get(), sql.c_str()), sql));
  return Rows(result.release());
}

Result<Rows> PgConnection::execute(const std::string& sql,
                                   const std::vector<std::optional<std::string>>& parameters) {
  FQ_TRY(begin());
  std::vector<const char*> values;
  values.reserve(parameters.size());
  count_sent(sql.size());
  for (const auto& parameter : parameters) {
    values.push_back(parameter ? parameter->c_str() : nullptr);
    count_sent(parameter ? parameter->size() : 0);
  }
  const int sent = PQsendQueryParams(connection.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                     values.data(), nullptr, nullptr, 0);
  FQ_TRY_ASSIGN(ResultHandle result, finish_sent(sent, sql));
  return Rows(result.release());
}

Result<StatementDescription> PgConnection::describe(const std::string& sql) {
  FQ_TRY(begin());
  PGconn* raw = connection.get();
  FQ_TRY(finish_sent(PQsendPrepare(raw, "", sql.c_str(), 0, nullptr), sql));
  FQ_TRY_ASSIGN(const ResultHandle result, finish_sent(PQsendDescribePrepared(raw, ""), sql));
  StatementDescription description;
  for (int i = 0; i < PQnfields(result.get()); ++i) {
    description.columns.push_back({PQfname(result.get(), i), PQftype(result.get(), i),
                                   PQfmod(result.get(), i), PQftable(result.get(), i),
                                   PQftablecol(result.get(), i)});
  }
  for (int i = 0; i < PQnparams(result.get()); ++i) {
    description.parameter_types.push_back(PQparamtype(result.get(), i));
  }
  return description;
}

void PgConnection::set_lock_limit(std::chrono::duration<double> limit) {
  // CockroachDB has nobody to ask.
  const bool postgresql = parse_server_version(known.server_version_text).kind == DialectKind::postgresql;
  lock_limit = postgresql ? limit : std::chrono::duration<double>(0);
}

void PgConnection::set_time_limit(std::chrono::duration<double> limit) {
  time_limit = limit;
  patience = limit + std::chrono::seconds(10);
}

bool PgConnection::in_failed_transaction() const {
  return PQtransactionStatus(connection.get()) == PQTRANS_INERROR;
}

std::string PgConnection::parameter(const char* name) const {
  return text_of(PQparameterStatus(connection.get(), name));
}

}  // namespace firmquery

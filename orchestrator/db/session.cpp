#include <fmt/format.h>

#include <vector>

#include "cancel_statement.hpp"
#include "connect.hpp"
#include "firmquery/dialect.hpp"
#include "kerberos_connect.hpp"
#include "server_version.hpp"
#include "session_state.hpp"

namespace firmquery {
namespace {

constexpr const char* kGssUsed = "SELECT gss_authenticated FROM pg_stat_gssapi WHERE pid = pg_backend_pid()";

// An encrypted connection has a security context whatever let the role in; only the server knows what did.
Result<void> correct_authentication(Session& session, Authentication& authentication) {
  FQ_TRY_ASSIGN(const Rows rows, session.execute(kGssUsed));
  if (rows.size() != 1 || rows.at(0, 0) != "f") return {};
  authentication.method = authentication.used_password ? "password" : "other";
  authentication.principal.clear();
  return {};
}

}  // namespace

Result<Session> Session::open(const ConnectOptions& options, ConnectStage* stage) {
  FQ_TRY_ASSIGN(const Parameters parameters, connection_parameters(options));
  auto state = std::make_unique<State>();
  state->stop = options.stop;
  ConnectStage reached = ConnectStage::reach;
  {
    FQ_TRY_ASSIGN([[maybe_unused]] const KerberosUse use, use_kerberos(options, parameters));
    auto connected = connect(parameters, options, reached);
    if (!connected) {
      if (stage != nullptr) *stage = reached;
      if (connected.error().kind != ErrorKind::interrupted) connected.error().server = server_name(options);
    }
    FQ_TRY_ASSIGN(state->connection, std::move(connected));
  }
  state->authentication = authentication_of(state->connection.get(), options);
  FQ_TRY(check_authentication(options, state->authentication));
  PQsetnonblocking(state->connection.get(), 1);  // every wait is this module's own, and has an end
  Session session(std::move(state));
  session.state_->server =
      options.label.empty() ? fmt::format("{}/{}", session.host(), session.database()) : options.label;
  FQ_TRY_ASSIGN(const Rows rows, session.execute("SELECT version()"));
  State& opened = *session.state_;
  opened.options = options;
  opened.own_date_style = session.parameter("DateStyle");
  opened.version_text = rows.at(0, 0);
  const ServerVersion version = parse_server_version(opened.version_text);
  if (version.kind == DialectKind::cockroachdb && options.credentials) {
    options.credentials->note_no_gss_encryption();
  }
  if (opened.authentication.gss_encrypted && version.kind == DialectKind::postgresql) {
    FQ_TRY(correct_authentication(session, opened.authentication));
    FQ_TRY(check_authentication(options, opened.authentication));
  }
  // CockroachDB before v22.1 drops cancel requests.
  if (version.kind == DialectKind::postgresql || version.at_least(22, 1)) {
    opened.cancellation = std::make_shared<Cancellation>(PQgetCancel(opened.connection.get()));
  } else {
    opened.cancellation =
        std::make_shared<Cancellation>(cancel_by_statement(session, opened.options_for_this_host()));
  }
  FQ_TRY(set_up_reading(session, version.kind));
  return session;
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Rows> Session::execute(const std::string& sql) {
  FQ_TRY(state_->begin());
  FQ_TRY_ASSIGN(ResultHandle result,
                state_->finish_sent(PQsendQuery(state_->connection.get(), sql.c_str()), sql));
  return Rows(result.release());
}

Result<Rows> Session::execute(const std::string& sql,
                              const std::vector<std::optional<std::string>>& parameters) {
  FQ_TRY(state_->begin());
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  const int sent = PQsendQueryParams(state_->connection.get(), sql.c_str(), static_cast<int>(values.size()),
                                     nullptr, values.data(), nullptr, nullptr, 0);
  FQ_TRY_ASSIGN(ResultHandle result, state_->finish_sent(sent, sql));
  return Rows(result.release());
}

Result<StatementDescription> Session::describe(const std::string& sql) {
  FQ_TRY(state_->begin());
  PGconn* raw = state_->connection.get();
  FQ_TRY(state_->finish_sent(PQsendPrepare(raw, "", sql.c_str(), 0, nullptr), sql));
  FQ_TRY_ASSIGN(const ResultHandle result, state_->finish_sent(PQsendDescribePrepared(raw, ""), sql));
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

// Written out instead of PQescapeLiteral, which answers invalid UTF-8 with a null pointer; here it goes to
// the server, which refuses it with a message. Sound because client_encoding is always UTF8, where no byte of
// a character looks like a quote or a backslash.
std::string Session::quote_literal(std::string_view text) const {
  const bool escape = text.find('\\') != std::string_view::npos;
  std::string out = escape ? " E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

std::string Session::quote_identifier(std::string_view name) const {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  return out + "\"";
}

const std::stop_token& Session::stop() const {
  return state_->stop;
}

bool Session::alive() const {
  return state_ && state_->alive();
}

void Session::set_patience(std::chrono::duration<double> silence) {
  state_->patience = silence;
}

void Session::set_lock_limit(std::chrono::duration<double> limit) {
  // CockroachDB has nobody to ask.
  const bool postgresql = parse_server_version(state_->version_text).kind == DialectKind::postgresql;
  state_->lock_limit = postgresql ? limit : std::chrono::duration<double>(0);
}

void Session::set_time_limit(std::chrono::duration<double> limit) {
  state_->time_limit = limit;
  state_->patience = limit + std::chrono::seconds(10);
}

bool Session::in_failed_transaction() const {
  return PQtransactionStatus(state_->connection.get()) == PQTRANS_INERROR;
}

std::string Session::server_version_text() const {
  return state_->version_text;
}

std::string Session::host() const {
  const char* host = PQhost(state_->connection.get());
  const char* port = PQport(state_->connection.get());
  return fmt::format("{}:{}", host != nullptr ? host : "", port != nullptr ? port : "");
}

std::string Session::name() const {
  return state_->server;
}

std::string Session::user() const {
  const char* user = PQuser(state_->connection.get());
  return user != nullptr ? user : "";
}

std::string Session::database() const {
  const char* database = PQdb(state_->connection.get());
  return database != nullptr ? database : "";
}

std::string Session::parameter(const char* name) const {
  const char* value = PQparameterStatus(state_->connection.get(), name);
  return value != nullptr ? value : "";
}

bool Session::ssl_in_use() const {
  return PQsslInUse(state_->connection.get()) == 1;
}

const Authentication& Session::authentication() const {
  return state_->authentication;
}

const ReadingOptions& Session::reading() const {
  return state_->options.reading;
}

const std::string& Session::own_date_style() const {
  return state_->own_date_style;
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

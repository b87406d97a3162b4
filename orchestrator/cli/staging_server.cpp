#include "staging_server.hpp"

#include "firmquery/input.hpp"
#include "firmquery/local_server.hpp"

namespace firmquery::cli {

bool asks_embedded_server(const Settings& settings) {
  return !query_of(settings.text("ids")).empty() && settings.value("ids-dsn").items.empty();
}

void resolve_staging(const Settings& settings, ConnectOptions& staging, std::vector<Error>& errors,
                     std::vector<std::string>& notices) {
  const Value& dsn = settings.value("ids-dsn");
  if (query_of(settings.text("ids")).empty()) {
    if (dsn.origin == Origin::flag) {
      errors.push_back(Error{ErrorKind::usage,
                             "there is no query of IDs for it",
                             dsn.place,
                             "write --ids \"sql:SELECT ...\", or leave it out",
                             {}});
    }
    return;
  }
  staging.connect_timeout = std::chrono::seconds(settings.integer("connect-timeout"));
  staging.application_name = settings.text("application-name");
  if (dsn.items.empty()) return;
  staging.dsn = dsn.items.back();
  if (auto valid = check_dsn(staging.dsn); !valid) {
    Error error = std::move(valid).error();
    error.place = dsn.place;
    errors.push_back(std::move(error));
  }
  // "***" stands where a secret was.
  if (dsn.origin != Origin::environment && redact_dsn(staging.dsn).find("=***") != std::string::npos) {
    notices.push_back(dsn.place + ": the DSN holds a password; use ~/.pgpass, or a service with one");
  }
}

Result<std::string> start_embedded_server() {
  FQ_TRY_ASSIGN(LocalServer server, LocalServer::find());
  FQ_TRY_ASSIGN(LocalServerStatus status, server.start());
  return std::move(status.dsn);
}

Result<void> start_embedded_server(Job& job) {
  if (!job.embedded && !job.staging_embedded) return {};
  FQ_TRY_ASSIGN(const std::string dsn, start_embedded_server());
  if (job.embedded) job.connect.dsn = dsn;
  if (job.staging_embedded) job.staging.dsn = dsn;
  return {};
}

}  // namespace firmquery::cli

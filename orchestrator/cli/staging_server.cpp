#include "staging_server.hpp"

#include <fmt/format.h>

#include "firmquery/job/local_dsn.hpp"
#include "firmquery/local/local_server.hpp"
#include "firmquery/run/input.hpp"

namespace firmquery::cli {
namespace {

// The server that nobody has named, and why the private one does not stand in for it.
Failure unnamed(const std::string& what, const std::string& why, const std::string& option) {
  const bool rows = option == "--dsn";
  return fail(
      ErrorKind::usage, fmt::format("no server is named{}{}", what, why), {},
      fmt::format("name one: {} DSN, {}; or say {} {} for the private local PostgreSQL", option,
                  rows ? "database.host or database.dsn of a job file, PGHOST, PGSERVICE or another PG* "
                         "variable of libpq, DATABASE_URL, COCKROACH_URL"
                       : "or input.ids_dsn of a job file",
                  option, kLocalDsn));
}

void use(const LocalServerStatus& status, ConnectOptions& connect) {
  connect.dsn = status.dsn;
  connect.label = "the private local PostgreSQL in " + status.directory.string();
}

Result<void> start_asked_for(Creation creation, ConnectOptions& connect) {
  FQ_TRY_ASSIGN(LocalServer server, LocalServer::find());
  if (creation == Creation::never) {
    FQ_TRY_ASSIGN(const LocalServerStatus found, server.status());
    if (!found.initialized) {
      return fail(ErrorKind::usage, "there is no private local PostgreSQL yet", found.directory.string(),
                  "firmquery local start makes it");
    }
  }
  FQ_TRY_ASSIGN(const LocalServerStatus started, server.start());
  use(started, connect);
  return {};
}

// Takes the private server when it is there and has what is read. It may be stopped, but it is never made.
Result<void> stand_in(const std::string& what, const Reads& reads, const std::string& option,
                      ConnectOptions& connect) {
  auto server = LocalServer::find();
  if (!server) return unnamed(what, {}, option);
  const auto found = server->status();
  if (!found || !found->initialized || !reads) return unnamed(what, {}, option);
  FQ_TRY_ASSIGN(const LocalServerStatus started, server->start());
  ConnectOptions candidate = connect;
  use(started, candidate);
  if (const auto there = reads(candidate); !there) {
    if (there.error().kind == ErrorKind::transient) return there;
    return unnamed(
        what, fmt::format(", and {} lacks what is read: {}", candidate.label, there.error().message), option);
  }
  connect = candidate;
  return {};
}

}  // namespace

Result<void> settle_staging(ServerChoice choice, Creation creation, const std::string& ids,
                            ConnectOptions& staging) {
  if (choice == ServerChoice::named) return {};
  if (choice == ServerChoice::local) return start_asked_for(creation, staging);
  const Reads reads = [&ids](const ConnectOptions& server) { return check_reads(server, query_of(ids)); };
  return stand_in(" for the query of IDs", reads, "--ids-dsn", staging);
}

Result<void> settle_target(ServerChoice choice, Creation creation, const Reads& reads,
                           ConnectOptions& connect) {
  if (choice == ServerChoice::named) return {};
  if (choice == ServerChoice::local) return start_asked_for(creation, connect);
  return stand_in({}, reads, "--dsn", connect);
}

Result<void> settle_servers(Job& job, Creation creation) {
  FQ_TRY(settle_staging(job.staging_target, creation, job.ids_path, job.staging));
  const Reads reads = [&job](const ConnectOptions& server) { return check_reads(server, job); };
  return settle_target(job.target, creation, job.sql.empty() ? Reads() : reads, job.connect);
}

}  // namespace firmquery::cli

// A connection that failed, and what to do about it: by the server's SQLSTATE, and where no server has said
// one by what was being done. No decision rests on words.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "cockroach_words.hpp"
#include "connect_attempt.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kCredentials =
    "check user and password (passfile, service file, PGPASSWORD) or the Kerberos ticket (klist, kinit)";
constexpr std::string_view kTicket =
    "get a ticket (kinit, or a keytab), and check krbsrvname and the server's principal";
constexpr std::string_view kHba =
    "ask for an entry in pg_hba.conf for this host, user and database; sslmode=require if the server takes "
    "TLS connections only";
constexpr std::string_view kCertificate =
    "set sslrootcert to the certificate authority of the server, and host to the name in its certificate";

struct Advice {
  ErrorKind kind;
  std::string_view remedy;
};

// Of class 28. The function is where in PostgreSQL's source the error was raised: a name, the same in every
// language.
Advice refused_login(const ConnectFailure& failure) {
  std::string_view remedy = kCredentials;
  if (failure.sqlstate == "28P01" || failure.wants_password) {
    remedy = kCredentials;
  } else if (failure.wants_gss || failure.gss_context) {
    remedy = kTicket;
  } else if (failure.function == "InitializeSessionUserId") {
    remedy = "set user to a role of the server that may log in, or ask for one (CREATE ROLE ... LOGIN)";
  } else if (failure.function == "ClientAuthentication") {
    remedy = kHba;
  }
  return {ErrorKind::permission, remedy};
}

Advice by_code(const ConnectFailure& failure) {
  const std::string_view code = failure.sqlstate;
  const std::string_view sqlclass = code.substr(0, 2);
  if (needs_cockroach_licence(failure.message)) {
    return {
        ErrorKind::permission,
        "before v24.3 CockroachDB signs in by Kerberos only with an enterprise licence: have one installed "
        "(cluster setting enterprise.license), or use a certificate or a password"};
  }
  if (sqlclass == "28") return refused_login(failure);
  if (code == "3D000") return {ErrorKind::usage, "set dbname to a database of the server"};
  if (code == "42501") return {ErrorKind::permission, "ask for GRANT CONNECT ON DATABASE"};
  if (code == "53300") return {ErrorKind::transient, "wait, or use fewer connections (--connections)"};
  if (code == "57P03") return {ErrorKind::transient, "wait until the server is ready"};
  // What was asked for in the connection string: a setting, a value of it, a database that takes no
  // connections.
  if (sqlclass == "22" || sqlclass == "42" || sqlclass == "0A" || sqlclass == "55" || sqlclass == "3D") {
    return {ErrorKind::usage, "correct the connection string"};
  }
  const ErrorKind kind = classify_sqlstate(code).kind;
  return {kind == ErrorKind::query ? ErrorKind::transient : kind, "see the server's log"};
}

bool socket_is_forbidden(const Parameters& resolved) {
  const auto host = resolved.find("host"), port = resolved.find("port");
  if (host == resolved.end() || port == resolved.end() || !host->second.starts_with('/')) return false;
  const std::string path = fmt::format("{}/.s.PGSQL.{}", host->second, port->second);
  return ::access(path.c_str(), W_OK) != 0 && errno == EACCES;
}

Advice by_stage(const ConnectFailure& failure, const Parameters& resolved) {
  constexpr Advice kUnreachable{ErrorKind::transient, "check host and port, and that the server is running"};
  if (failure.timed_out) return kUnreachable;
  switch (failure.stage) {
    case ConnectStage::reach:
      if (socket_is_forbidden(resolved))
        return {ErrorKind::permission, "ask for access to the server's socket"};
      return kUnreachable;
    case ConnectStage::tls:
      if (failure.refused) {
        return {ErrorKind::usage,
                "connect with TLS or, where the network is trusted, say so with sslmode=prefer or "
                "sslmode=disable"};
      }
      if (failure.bad_certificate) return {ErrorKind::permission, kCertificate};
      if (failure.hung_up) return kUnreachable;
      if (!failure.tls_begun) {
        return {ErrorKind::usage,
                "set sslrootcert to the certificate authority of the server, and check sslcert "
                "and sslkey where the server wants them"};
      }
      return {ErrorKind::transient, "check the TLS settings of server and client (ssl_min_protocol_version)"};
    case ConnectStage::gss_encryption:
      if (failure.refused || !failure.gss_context) {
        return {ErrorKind::usage,
                "get a ticket (kinit), or leave gssencmode=require out: CockroachDB, and "
                "PostgreSQL without Kerberos, encrypt with TLS only (sslmode=verify-full)"};
      }
      return failure.hung_up ? kUnreachable : Advice{ErrorKind::permission, kTicket};
    case ConnectStage::login:
      if (failure.wants_password) return {ErrorKind::permission, kCredentials};
      if (failure.hung_up) return kUnreachable;
      // The server has asked for something, and libpq has not got it.
      return {ErrorKind::permission, failure.wants_gss ? kTicket : kCredentials};
    default:
      return kUnreachable;
  }
}

}  // namespace

Error connect_error(const ConnectFailure& failure, const Parameters& resolved) {
  const Advice advice = failure.sqlstate.empty() ? by_stage(failure, resolved) : by_code(failure);
  return {advice.kind, failure.message, "connect", std::string(advice.remedy), failure.sqlstate};
}

}  // namespace firmquery

#include "connect.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "firmquery/kerberos.hpp"

namespace firmquery {
namespace {

bool is_local_host(std::string_view host) {
  return host.empty() || host.front() == '/' || host.front() == '@' || host == "localhost" || host == "::1" ||
         host.starts_with("127.");
}

// libpq takes lists of hosts; one that is not local makes the connection one over the network.
bool all_local(std::string_view hosts) {
  while (true) {
    const std::size_t comma = hosts.find(',');
    if (!is_local_host(hosts.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    hosts.remove_prefix(comma + 1);
  }
}

bool is_present(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::string value_of(const Parameters& parameters, const char* keyword) {
  const auto found = parameters.find(keyword);
  return found == parameters.end() ? std::string() : found->second;
}

TlsSituation tls_situation(const Parameters& parameters) {
  const Parameters resolved = resolve(parameters);
  TlsSituation situation;
  situation.host = value_of(resolved, "host");
  situation.hostaddr = value_of(resolved, "hostaddr");
  situation.sslrootcert = value_of(resolved, "sslrootcert");
  situation.sslmode = value_of(resolved, "sslmode");
  // "prefer" is what libpq reports when nobody has chosen; only DSN and environment tell the two apart, so
  // sslmode=prefer in a service file counts as no choice.
  const bool chosen = parameters.count("sslmode") != 0 || std::getenv("PGSSLMODE") != nullptr;
  if (!chosen && situation.sslmode == "prefer") situation.sslmode.clear();
  const char* home = std::getenv("HOME");  // where libpq looks first, too
  situation.user_root_exists =
      home != nullptr && is_present(std::filesystem::path(home) / ".postgresql" / "root.crt");
  situation.system_root_exists = is_present(kSystemRoots);
  return situation;
}

constexpr std::string_view kCockroachPort = "26257";

struct ConnectCause {
  std::string_view text;
  ErrorKind kind;
  std::string_view remedy;
};

constexpr std::string_view kCredentials =
    "check user and password (passfile, service file, PGPASSWORD) or the Kerberos ticket (klist, kinit)";
constexpr std::string_view kCertificate =
    "set sslrootcert to the certificate authority of the server, and host to the name in its certificate";
constexpr std::string_view kNoTls =
    "connect with TLS or, where the network is trusted, say so with sslmode=prefer or sslmode=disable";

// First match wins: the particular before the general.
constexpr std::array kCauses = {
    ConnectCause{"no pg_hba.conf entry", ErrorKind::permission,
                 "ask for an entry in pg_hba.conf for this host, user and database; sslmode=require if the "
                 "server takes TLS connections only"},
    ConnectCause{"pg_hba.conf rejects", ErrorKind::permission,
                 "ask for an entry in pg_hba.conf for this host, user and database"},
    ConnectCause{
        "GSS authentication requires an enterprise license", ErrorKind::permission,
        "before v24.3 CockroachDB signs in by Kerberos only with an enterprise licence: have one installed "
        "(cluster setting enterprise.license), or use a certificate or a password"},
    ConnectCause{
        "GSSAPI encryption", ErrorKind::usage,
        "CockroachDB encrypts with TLS only: leave gssencmode=require out, and use sslmode=verify-full"},
    ConnectCause{"GSSAPI", ErrorKind::permission,
                 "get a ticket (kinit, or a keytab), and check krbsrvname and the server's principal"},
    ConnectCause{"Kerberos", ErrorKind::permission, "get a ticket (kinit, or a keytab)"},
    ConnectCause{"certificate verify failed", ErrorKind::permission, kCertificate},
    ConnectCause{"does not match host name", ErrorKind::permission, kCertificate},
    ConnectCause{"authentication failed", ErrorKind::permission, kCredentials},
    ConnectCause{"no password supplied", ErrorKind::permission, kCredentials},
    ConnectCause{"is not permitted to log in", ErrorKind::permission, "ask for LOGIN on the role"},
    ConnectCause{"permission denied for database", ErrorKind::permission,
                 "ask for GRANT CONNECT ON DATABASE"},
    ConnectCause{"permission denied", ErrorKind::permission, kCredentials},
    ConnectCause{"Permission denied", ErrorKind::permission, "ask for access to the server's socket"},
    ConnectCause{"root certificate file", ErrorKind::usage,
                 "set sslrootcert to the certificate authority of the server"},
    ConnectCause{"does not support SSL", ErrorKind::usage, kNoTls},
    ConnectCause{"definition of service", ErrorKind::usage, "check PGSERVICE and the service file"},
    ConnectCause{"service file", ErrorKind::usage, "check PGSERVICEFILE and the service file"},
    ConnectCause{"invalid integer value", ErrorKind::usage, "correct the connection string"},
    ConnectCause{"invalid port number", ErrorKind::usage, "correct the port of the connection string"},
    ConnectCause{"value: \"", ErrorKind::usage,
                 "correct the connection string"},  // invalid sslmode value: "x"
    ConnectCause{"invalid connection option", ErrorKind::usage, "correct the connection string"},
    ConnectCause{"too many clients", ErrorKind::transient, "wait, or use fewer connections (--connections)"},
    ConnectCause{"too many connections", ErrorKind::transient,
                 "wait, or use fewer connections (--connections)"},
    ConnectCause{"remaining connection slots", ErrorKind::transient,
                 "wait, or use fewer connections (--connections)"},
    ConnectCause{"could not translate host name", ErrorKind::transient, "check the host name and the DNS"},
};

}  // namespace

ConnectArguments::ConnectArguments(const Parameters& parameters) {
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
}

// libpq resolves these only when it connects; an attempt that its own validation refuses resolves them all
// and opens no socket.
Parameters resolve(Parameters parameters) {
  parameters["target_session_attrs"] = "resolve-only";
  const ConnectArguments arguments(parameters);
  Parameters resolved;
  PGconn* connection = PQconnectStartParams(arguments.keywords.data(), arguments.values.data(), 0);
  PQconninfoOption* options = connection != nullptr ? PQconninfo(connection) : nullptr;
  for (const PQconninfoOption* o = options; o != nullptr && o->keyword != nullptr; ++o) {
    if (o->val != nullptr && *o->val != '\0') resolved[o->keyword] = o->val;
  }
  PQconninfoFree(options);
  PQfinish(connection);
  return resolved;
}

Parameters tls_default(const TlsSituation& situation) {
  // hostaddr is where libpq connects to; host is then a name for the certificate and for Kerberos only.
  const std::string& address = situation.hostaddr.empty() ? situation.host : situation.hostaddr;
  if (!situation.sslmode.empty() || all_local(address)) return {};
  Parameters added = {{"sslmode", "verify-full"}};
  if (situation.sslrootcert.empty() && !situation.user_root_exists && situation.system_root_exists) {
    added["sslrootcert"] = kSystemRoots;
  }
  return added;
}

Parameters gss_default(const Parameters& parameters, bool known_to_refuse) {
  if (parameters.count("gssencmode") != 0 || std::getenv("PGGSSENCMODE") != nullptr) return {};
  const Parameters resolved = resolve(parameters);
  if (value_of(resolved, "gssencmode") != "prefer") return {};  // a service file's, or a libpq without GSSAPI
  const std::string ports = "," + value_of(resolved, "port");
  std::size_t others = 0;
  for (std::size_t at = 0; at != std::string::npos; at = ports.find(',', at + 1)) {
    if (std::string_view(ports).substr(at + 1, ports.find(',', at + 1) - at - 1) != kCockroachPort) ++others;
  }
  if (!known_to_refuse && others > 0) return {};
  return {{"gssencmode", "disable"}};
}

void rotate_hosts(Parameters& parameters, unsigned offset) {
  if (offset == 0) return;
  const Parameters resolved = resolve(parameters);
  std::string lists[] = {value_of(resolved, "host"), value_of(resolved, "hostaddr"),
                         value_of(resolved, "port")};
  const char* const keywords[] = {"host", "hostaddr", "port"};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto commas = static_cast<unsigned>(std::count(lists[i].begin(), lists[i].end(), ','));
    if (commas == 0) continue;  // one value serves every host
    for (unsigned turns = offset % (commas + 1); turns > 0; --turns) {
      const std::size_t comma = lists[i].find(',');
      lists[i] = lists[i].substr(comma + 1) + "," + lists[i].substr(0, comma);
    }
    parameters[keywords[i]] = lists[i];
  }
}

Result<Parameters> connection_parameters(const ConnectOptions& options) {
  // A server that vanishes without a word is noticed after about a minute, not after TCP's two hours.
  Parameters parameters = {{"keepalives_idle", "30"},
                           {"keepalives_interval", "10"},
                           {"keepalives_count", "3"},
                           {"tcp_user_timeout", "60000"},
                           {"connect_timeout", std::to_string(options.connect_timeout.count())}};
  FQ_TRY_ASSIGN(const Parameters given, parse_dsn(options.dsn));
  for (const auto& [keyword, value] : given) parameters[keyword] = value;
  parameters["client_encoding"] = "UTF8";
  if (!options.application_name.empty()) parameters["application_name"] = options.application_name;
  for (const auto& [keyword, value] : options.overrides) parameters[keyword] = value;
  for (const auto& [keyword, value] : tls_default(tls_situation(parameters))) parameters[keyword] = value;
  const bool refused = options.credentials && options.credentials->no_gss_encryption();
  for (const auto& [keyword, value] : gss_default(parameters, refused)) parameters[keyword] = value;
  rotate_hosts(parameters, options.host_offset);
  return parameters;
}

Error connect_error(std::string_view message) {
  Error error{ErrorKind::transient, {}, "connect", "check host and port, and that the server is running", {}};
  // One sentence out of libpq's lines, one for each address tried.
  for (const char c : message) {
    if (c == '\n') {
      error.message += "; ";
    } else if (c != '\t') {
      error.message += c;
    }
  }
  while (error.message.ends_with("; ")) error.message.resize(error.message.size() - 2);
  const auto says = [&](std::string_view text) { return error.message.find(text) != std::string::npos; };
  for (const ConnectCause& cause : kCauses) {
    if (!says(cause.text)) continue;
    error.kind = cause.kind;
    error.remedy = cause.remedy;
    return error;
  }
  if (says("database \"") && says("does not exist")) {
    error.kind = ErrorKind::usage;
    error.remedy = "set dbname to a database of the server";
  } else if (says("role \"") && says("does not exist")) {
    error.kind = ErrorKind::permission;
    error.remedy = "set user to a role of the server, or ask for one to be created";
  }
  return error;
}

}  // namespace firmquery

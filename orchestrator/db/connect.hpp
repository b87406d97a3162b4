// How a ConnectOptions becomes libpq parameters, and these a connection. Private to db.
#pragma once

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

// libpq keyword -> value; empty values are left out, so that environment and service file apply to them.
using Parameters = std::map<std::string, std::string>;

// Empty where nobody has named it.
inline std::string value_of(const Parameters& parameters, const char* keyword) {
  const auto found = parameters.find(keyword);
  return found == parameters.end() ? std::string() : found->second;
}

// The keywords a DSN sets. Fails (kind usage) when it cannot be parsed.
Result<Parameters> parse_dsn(std::string_view dsn);

// The arrays that libpq takes; `parameters` must outlive them.
struct ConnectArguments {
  explicit ConnectArguments(const Parameters& parameters);
  std::vector<const char*> keywords, values;  // each ends with a null pointer
};

// The parameters together with the environment, the service file and libpq's defaults.
Parameters resolve(Parameters parameters);

// The same, with libpq's complaint (kind usage) where something in them cannot be.
Result<Parameters> resolve_valid(const Parameters& parameters);

// Lists of hosts, addresses and ports turned by `offset` places, so that sessions start at different nodes.
void rotate_hosts(Parameters& parameters, unsigned offset);

// Everything that is handed to libpq for `options`: defaults, then the DSN, then what this program fixes,
// then the overrides, then the TLS default.
Result<Parameters> connection_parameters(const ConnectOptions& options);

// gssencmode=disable for what is, by what is known or by its port, CockroachDB: it refuses GSSAPI encryption,
// and what stands between may refuse less politely. Nothing where somebody has chosen.
Parameters gss_default(const Parameters& parameters, bool known_to_refuse);

struct ConnectionFinish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionHandle = std::unique_ptr<PGconn, ConnectionFinish>;

// A connection to the first of the hosts that takes one. No wait outlasts the limits: a stop request ends it,
// and connect_timeout what is done about one address. (GSSAPI's own questions to a KDC have the limits of
// krb5.conf.) Notices are dropped from the first on. `stage` says how far a failed connection came.
Result<ConnectionHandle> connect(Parameters parameters, const ConnectOptions& options, ConnectStage& stage);

struct ConnectFailure;
Error connect_error(const ConnectFailure& failure, const Parameters& resolved);

// What the TLS default depends on. `sslmode` and `sslrootcert` are empty where nobody has set them.
struct TlsSituation {
  std::string host, hostaddr, sslmode, sslrootcert;
  bool user_root_exists = false;    // ~/.postgresql/root.crt, which libpq reads by itself
  bool system_root_exists = false;  // kSystemRoots
};
inline constexpr const char* kSystemRoots = "/etc/ssl/certs/ca-certificates.crt";

// Parameters to add: none for local hosts or where sslmode is set; else sslmode=verify-full and, where libpq
// would find no root certificate, the system's. libpq's own default (prefer) accepts anybody's server and
// falls back to plain text, which is no way to send a password over a network.
Parameters tls_default(const TlsSituation& situation);

}  // namespace firmquery

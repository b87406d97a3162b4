// Kerberos around one connect: the ticket before it, the check after it, the explanation when it fails.
// Private to db.
#pragma once

#include <libpq-fe.h>

#include "connect_attempt.hpp"
#include "firmquery/db/kerberos.hpp"

namespace firmquery {

using KerberosUse = Credentials::Use;

// Hold it while libpq connects. Empty without credentials and for connections over a Unix socket, which
// GSSAPI does not serve.
Result<KerberosUse> use_kerberos(const ConnectOptions& options, const Parameters& parameters);

// By what the client knows: a security context that both sides have completed.
Authentication authentication_of(PGconn* connection, const ConnectOptions& options);

// Fails (kind permission) when the job demands GSSAPI and something else let the role in, or when another
// service principal answered than the job names.
Result<void> check_authentication(const ConnectOptions& options, const Authentication& authentication);

// `error` with what Kerberos has to do with it.
Error kerberos_connect_error(Error error, const ConnectFailure& failure, const ConnectOptions& options,
                             const Parameters& parameters);

}  // namespace firmquery

#include "kerberos_connect.hpp"

#include <fmt/format.h>
#include <gssapi/gssapi.h>

#include <algorithm>
#include <string_view>

#include "cockroach_words.hpp"
#include "kerberos_errors.hpp"

namespace firmquery {
namespace {

constexpr const char* kGssLine =
    "ask for a line with gss in pg_hba.conf (CockroachDB: server.host_based_authentication.configuration) "
    "that "
    "matches this host, role and database before any other";

std::vector<std::string> elements(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

std::vector<ServiceName> services_of(const Parameters& parameters) {
  const Parameters resolved = resolve(parameters);
  std::vector<ServiceName> names;
  for (const std::string& host : elements(value_of(resolved, "host"))) {
    if (host.empty() || host.front() == '/' || host.front() == '@') continue;
    names.push_back({value_of(resolved, "krbsrvname"), host});
  }
  return names;
}

// libpq makes the service principal of the host it is told to connect to.
Result<void> check_spn(const std::string& spn, const std::vector<ServiceName>& services) {
  if (spn.empty()) return {};
  FQ_TRY_ASSIGN(const ServicePrincipal wanted, parse_spn(spn));
  std::string hosts;
  for (const ServiceName& name : services) {
    if (name.host == wanted.host && name.service == wanted.service) return {};
    hosts += (hosts.empty() ? "" : ", ") + name.service + "/" + name.host;
  }
  return fail(
      ErrorKind::usage,
      fmt::format("the job names the service principal {}, but the connection asks for {}", spn, hosts),
      kKerberosPlace,
      fmt::format("connect with host={0}; where that name does not lead to the server, with host={0} and "
                  "hostaddr=ADDRESS",
                  wanted.host));
}

std::string text_of(gss_name_t name) {
  OM_uint32 minor = 0;
  gss_buffer_desc buffer = GSS_C_EMPTY_BUFFER;
  std::string text;
  if (name != GSS_C_NO_NAME && !GSS_ERROR(gss_display_name(&minor, name, &buffer, nullptr))) {
    text.assign(static_cast<const char*>(buffer.value), buffer.length);
  }
  gss_release_buffer(&minor, &buffer);
  return text;
}

Error asked_for_something_else(Error error, const std::string& what, bool wanted) {
  if (!wanted) return error;
  error.message = fmt::format("the server asked for {}, not for Kerberos ({})", what, error.message);
  error.remedy = kGssLine;
  return error;
}

// The server has looked at the ticket and said no.
Error refused(Error error, const Ticket& ticket, const std::string& role) {
  const std::string name = ticket.principal.substr(0, ticket.principal.find_first_of("/@"));
  if (name != role) {
    error.remedy = fmt::format(
        "connect as the role of {} (database.user), or ask for an entry in pg_ident.conf that lets it in as "
        "{}",
        ticket.principal, role);
    return error;
  }
  error.remedy = fmt::format(
      "the server's log has the reason. Its keytab (krb_server_keyfile) may lack the service's present key; "
      "its "
      "clock may differ by more than five minutes; without include_realm=0 the role has to be called {}",
      ticket.principal);
  return error;
}

}  // namespace

Result<std::vector<ServiceName>> service_names(const ConnectOptions& options) {
  FQ_TRY_ASSIGN(const Parameters parameters, connection_parameters(options));
  return services_of(parameters);
}

Result<KerberosUse> use_kerberos(const ConnectOptions& options, const Parameters& parameters) {
  if (!options.credentials) return KerberosUse();
  const std::vector<ServiceName> services = services_of(parameters);
  if (services.empty()) return KerberosUse();
  FQ_TRY(check_spn(options.credentials->options().spn, services));
  return options.credentials->ensure();
}

// A server can claim success in the middle of GSSAPI's exchange; libpq before 16 believes it. A context that
// is open has seen the server's proof that it holds the service's key.
Authentication authentication_of(PGconn* connection, const ConnectOptions& options) {
  Authentication found;
  found.used_password = PQconnectionUsedPassword(connection) != 0;
  found.method = found.used_password ? "password" : "other";
  found.gss_encrypted = PQgssEncInUse(connection) != 0;
  auto* context = static_cast<gss_ctx_id_t>(PQgetgssctx(connection));
  if (context == GSS_C_NO_CONTEXT) return found;
  OM_uint32 minor = 0, flags = 0;
  gss_name_t client = GSS_C_NO_NAME, service = GSS_C_NO_NAME;
  int open = 0;
  (void)gss_inquire_context(&minor, context, &client, &service, nullptr, nullptr, &flags, nullptr, &open);
  if (open != 0 && (flags & GSS_C_MUTUAL_FLAG) != 0) {
    found.method = "gss";
    found.principal = text_of(client);
    found.service = text_of(service);
    // Of a context whose ticket has ended meanwhile the library tells no names any more.
    const auto ticket = options.credentials ? options.credentials->ticket() : std::nullopt;
    if (found.principal.empty() && ticket) found.principal = ticket->principal;
  }
  gss_release_name(&minor, &client);
  gss_release_name(&minor, &service);
  return found;
}

Result<void> check_authentication(const ConnectOptions& options, const Authentication& authentication) {
  if (!options.credentials) return {};
  const KerberosOptions& kerberos = options.credentials->options();
  if (authentication.method != "gss") {
    if (!kerberos.required) return {};
    return fail(
        ErrorKind::permission,
        fmt::format("the server let the role in {}, and the job demands Kerberos",
                    authentication.method == "password" ? "by its password" : "without asking for a ticket"),
        "connect", std::string(kGssLine) + ", or leave --require-auth out");
  }
  options.credentials->note_signed_in();
  if (kerberos.spn.empty()) return {};
  FQ_TRY_ASSIGN(const ServicePrincipal wanted, parse_spn(kerberos.spn));
  std::string proven = authentication.service;
  if (proven.empty()) {
    return fail(ErrorKind::transient, "the ticket ended while the session was opened", kKerberosPlace,
                "get a ticket that lasts longer (kinit -l, ticket_lifetime in krb5.conf)");
  }
  // The realm stays open where the KDC was asked to find it; the ticket that it gave has it.
  if (proven.ends_with('@')) {
    FQ_TRY_ASSIGN(const ServicePrincipal parts, parse_spn(proven.substr(0, proven.size() - 1)));
    FQ_TRY_ASSIGN(const ServiceTicket ticket, options.credentials->service_ticket(parts.service, parts.host));
    proven = ticket.principal;
  }
  if (wanted.realm.empty() || proven == kerberos.spn) return {};
  return fail(
      ErrorKind::permission,
      fmt::format("the server proved to be {}, and the job demands {}", proven, kerberos.spn), kKerberosPlace,
      "correct kerberos.spn, or what changes the name: [domain_realm], dns_canonicalize_hostname and rdns "
      "in krb5.conf");
}

Error kerberos_connect_error(Error error, const ConnectFailure& failure, const ConnectOptions& options,
                             const Parameters& parameters) {
  if (!options.credentials) return error;
  Credentials& credentials = *options.credentials;
  if (failure.wants_password) {
    return asked_for_something_else(std::move(error), "a password", credentials.options().wanted);
  }
  const auto ticket = credentials.ticket();
  const bool gss = failure.wants_gss || failure.gss_context;
  if (!failure.sqlstate.empty()) {
    const bool of_the_role = failure.function == "ClientAuthentication" ||  // no line of pg_hba.conf
                             failure.function == "InitializeSessionUserId" ||
                             needs_cockroach_licence(failure.message);
    if (!gss || !ticket || of_the_role || !failure.sqlstate.starts_with("28")) return error;
    return refused(std::move(error), *ticket, value_of(resolve(parameters), "user"));
  }
  // What the server asks for behind TLS is not to be seen.
  const bool demanded = failure.stage == ConnectStage::gss_encryption;
  const bool maybe = failure.stage == ConnectStage::login && failure.tls_begun;
  if (failure.timed_out || failure.hung_up || !(gss || demanded || maybe)) return error;
  if (auto problem = credentials.problem()) return *problem;
  // Demanded, with a ticket, and still not possible: the server does not have it.
  if (!ticket || (demanded && !gss)) return error;
  std::string services;
  for (const ServiceName& name : services_of(parameters)) {
    auto given = credentials.service_ticket(name.service, name.host);
    if (!given) return given.error();
    services += (services.empty() ? "" : ", ") + given->principal;
  }
  // There is a ticket for the server: it is the server that cannot use it.
  error.remedy = fmt::format(
      "have the server's keytab (krb_server_keyfile) hold the present key of {} (compare klist -k with "
      "kvno), and "
      "its clock be right",
      services);
  return error;
}

}  // namespace firmquery

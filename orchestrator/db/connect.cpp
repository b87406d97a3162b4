#include "connect.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "firmquery/db/kerberos.hpp"

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

// What libpq is made to refuse, so that it goes through all parameters and opens no socket.
constexpr const char* kRefused = "resolve-only";

// The keyword that gets the refused value loses its own.
Parameters resolve_refusing(Parameters parameters, const char* keyword, std::string& complaint) {
  parameters[keyword] = kRefused;
  const ConnectArguments arguments(parameters);
  Parameters resolved;
  const ConnectionHandle connection(
      PQconnectStartParams(arguments.keywords.data(), arguments.values.data(), 0));
  PQconninfoOption* options = connection ? PQconninfo(connection.get()) : nullptr;
  for (const PQconninfoOption* o = options; o != nullptr && o->keyword != nullptr; ++o) {
    if (o->val != nullptr && *o->val != '\0') resolved[o->keyword] = o->val;
  }
  PQconninfoFree(options);
  complaint = connection ? PQerrorMessage(connection.get()) : "out of memory";
  return resolved;
}

}  // namespace

ConnectArguments::ConnectArguments(const Parameters& parameters) {
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
}

Parameters resolve(Parameters parameters) {
  std::string ignored;
  return resolve_refusing(std::move(parameters), "channel_binding", ignored);
}

Result<Parameters> resolve_valid(const Parameters& parameters) {
  std::string complaint;
  static_cast<void>(resolve_refusing(parameters, "target_session_attrs", complaint));
  // That keyword is looked at last: where libpq complains of it, it has found nothing else.
  if (complaint.find(kRefused) != std::string::npos) return resolve(parameters);
  while (!complaint.empty() && complaint.back() == '\n') complaint.pop_back();
  std::replace(complaint.begin(), complaint.end(), '\n', ' ');
  return fail(ErrorKind::usage, complaint, "connect",
              "correct the connection string, and the service file where PGSERVICE names one");
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

std::string server_name(const ConnectOptions& options) {
  if (!options.label.empty()) return options.label;
  const auto parameters = connection_parameters(options);
  if (!parameters) return {};
  const Parameters resolved = resolve(*parameters);
  std::string hosts = value_of(resolved, "host");
  if (hosts.empty()) hosts = value_of(resolved, "hostaddr");
  std::string ports = value_of(resolved, "port"), name;
  const auto next = [](std::string& list) {
    const std::size_t comma = list.find(',');
    std::string first = list.substr(0, comma);
    list = comma == std::string::npos ? std::string() : list.substr(comma + 1);
    return first;
  };
  for (std::string host, port; name.empty() || !hosts.empty();) {
    host = next(hosts);
    if (!ports.empty()) port = next(ports);  // one port serves every host
    name += fmt::format("{}{}:{}", name.empty() ? "" : ",", host.empty() ? "local socket" : host, port);
  }
  return fmt::format("{}/{}", name, value_of(resolved, "dbname"));
}

}  // namespace firmquery

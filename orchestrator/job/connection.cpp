#include "connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <set>
#include <string_view>

#include "firmquery/db/kerberos.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/make_job.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

struct Part {
  AnyOption option;
  std::string_view keyword;
  bool location;  // says which server: never mixed with a DSN of a stronger source
};
constexpr std::array<Part, 8> kParts{{{options::host, "host", true},
                                      {options::port, "port", true},
                                      {options::database, "dbname", true},
                                      {options::service, "service", true},
                                      {options::user, "user", false},
                                      {options::sslmode, "sslmode", false},
                                      {options::sslrootcert, "sslrootcert", false},
                                      {options::passfile, "passfile", false}}};

// The keywords that a DSN names.
Result<std::set<std::string, std::less<>>> keywords_of(const std::string& dsn, const std::string& place) {
  std::set<std::string, std::less<>> names;
  if (dsn.empty()) return names;
  if (auto valid = check_dsn(dsn); !valid) {
    Error error = std::move(valid).error();
    error.place = place;
    return Failure(std::move(error));
  }
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      PQconninfoParse(dsn.c_str(), nullptr), PQconninfoFree);
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr;
       ++option) {
    if (option->val == nullptr) continue;
    names.emplace(option->keyword);
    if (*option->val == '\0') continue;
    // libpq looks at these only when it connects.
    const auto part = std::find_if(kParts.begin(), kParts.end(),
                                   [&](const Part& p) { return p.keyword == option->keyword; });
    if (part != kParts.end()) FQ_TRY(check_value(part->option.spec(), option->val, place, option->keyword));
  }
  return names;
}

Result<std::string> read_password(const std::string& path, std::vector<std::string>& notices) {
  FQ_TRY_ASSIGN(std::string text, read_file(path, 1 << 16));
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0 && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    notices.push_back(fmt::format("{}: others may read the password file; chmod 600 it", path));
  }
  text.erase(std::min(text.find_first_of("\r\n"), text.size()));
  if (text.empty()) return fail(ErrorKind::usage, "the password file is empty", path);
  return text;
}

// Kerberos is asked for by the job or the command line, not by a variable that is set for other programs,
// too.
bool asked_for(const Settings& settings, AnyOption option) {
  return settings.is_set(option) && !settings.value(option).read_by_library;
}

KerberosOptions kerberos_options(const Settings& settings) {
  KerberosOptions kerberos;
  kerberos.principal = settings.get(options::principal);
  kerberos.keytab = settings.get(options::keytab);
  // What the variable says, the library finds by itself, whole collections included.
  if (asked_for(settings, options::ticket_cache)) kerberos.ticket_cache = settings.get(options::ticket_cache);
  if (asked_for(settings, options::krb5_conf)) kerberos.krb5_conf = settings.get(options::krb5_conf);
  kerberos.spn = settings.get(options::spn);
  kerberos.required = settings.get(options::require_gss);
  kerberos.wanted = kerberos.required;
  for (const AnyOption option : std::initializer_list<AnyOption>{options::principal, options::keytab,
                                                                 options::ticket_cache, options::spn}) {
    kerberos.wanted = kerberos.wanted || asked_for(settings, option);
  }
  kerberos.renew_before = settings.get(options::renew_before);
  return kerberos;
}

// Adds keywords to a connection: a stronger source replaces the DSN's, a weaker one only fills what the DSN
// leaves open, and never says which server. What libpq reads from its own variables it treats in the same way
// by itself.
class Overrides {
 public:
  Overrides(const Setting& dsn, std::set<std::string, std::less<>> named, ConnectOptions& connect)
      : dsn_(dsn), named_(std::move(named)), connect_(connect) {}

  void add(const Setting& value, std::string_view keyword, const std::string& text, bool location) {
    if (text.empty() || value.read_by_library) return;
    const bool stronger = !dsn_.items.empty() && value.origin > dsn_.origin;
    const bool weaker = !dsn_.items.empty() && value.origin < dsn_.origin;
    if (!stronger && (named_.count(keyword) > 0 || (location && weaker))) return;
    connect_.overrides.emplace_back(keyword, text);
  }

 private:
  const Setting& dsn_;
  std::set<std::string, std::less<>> named_;
  ConnectOptions& connect_;
};

void add_kerberos_keywords(const Settings& settings, Overrides& overrides, Problems& problems) {
  if (!settings.is_set(options::user) && settings.is_set(options::principal)) {
    const std::string principal = settings.get(options::principal);
    overrides.add(settings.value(options::principal), "user",
                  principal.substr(0, principal.find_first_of("/@")), false);
  }
  if (!settings.is_set(options::spn)) return;
  if (auto spn = parse_spn(settings.get(options::spn))) {
    overrides.add(settings.value(options::spn), "krbsrvname", spn->service, false);
  } else {
    problems.errors.push_back(std::move(spn).error());
    problems.errors.back().place = settings.value(options::spn).place;
  }
}

// Without a DSN the parts are the DSN, so that messages and reports can name the server.
void make_dsn_of_parts(ConnectOptions& connect) {
  std::vector<std::pair<std::string, std::string>> secrets;
  for (const auto& [keyword, text] : connect.overrides) {
    if (keyword == "password") {
      secrets.emplace_back(keyword, text);
    } else {
      connect.dsn += fmt::format("{}{}={}", connect.dsn.empty() ? "" : " ", keyword, quote_dsn_value(text));
    }
  }
  connect.overrides = std::move(secrets);
}

// Of what leads to a server at all, and how it is called there.
void set_common(const Settings& settings, ConnectOptions& connect) {
  connect.connect_timeout = settings.get(options::connect_timeout);
  connect.application_name = settings.get(options::application_name);
}

// A flag's password is warned about where the arguments are taken.
bool of_file(const Setting& dsn) {
  return dsn.origin != Origin::environment && dsn.origin != Origin::flag;
}

}  // namespace

bool names_server(const Settings& settings, const Surroundings& surroundings) {
  for (const AnyOption option :
       std::initializer_list<AnyOption>{options::dsn, options::host, options::service, options::database}) {
    if (settings.is_set(option)) return true;
  }
  return surroundings.variable("PGHOSTADDR").has_value();
}

ServerChoice resolve_connection(const Settings& settings, const Surroundings& surroundings,
                                ConnectOptions& connect, Problems& problems) {
  const Setting& dsn = settings.value(options::dsn);
  set_common(settings, connect);
  if (settings.get(options::dsn) == kLocalDsn) return ServerChoice::local;
  if (!names_server(settings, surroundings)) return ServerChoice::none;
  connect.dsn = settings.get(options::dsn);
  auto named = keywords_of(connect.dsn, dsn.place);
  if (!named) {
    problems.errors.push_back(named.error());
    named.emplace();
  }
  if (named->count("password") > 0 && of_file(dsn)) {
    problems.notices.push_back(dsn.place +
                               ": the DSN holds a password; use database.passfile or database.password_file");
  }
  Overrides overrides(dsn, *std::move(named), connect);
  for (const Part& part : kParts) {
    overrides.add(settings.value(part.option), part.keyword, settings.text(part.option), part.location);
  }
  add_kerberos_keywords(settings, overrides, problems);
  if (settings.is_set(options::password_file)) {
    if (auto password = read_password(settings.get(options::password_file), problems.notices)) {
      connect.overrides.emplace_back("password", *std::move(password));
    } else {
      problems.errors.push_back(std::move(password).error());
    }
  }
  connect.credentials = std::make_shared<Credentials>(kerberos_options(settings));
  if (connect.dsn.empty()) make_dsn_of_parts(connect);
  return ServerChoice::named;
}

ServerChoice staging_choice(const Settings& settings) {
  if (query_of(settings.get(options::ids)).empty()) return ServerChoice::named;
  if (!settings.is_set(options::ids_dsn)) return ServerChoice::none;
  return settings.get(options::ids_dsn) == kLocalDsn ? ServerChoice::local : ServerChoice::named;
}

void resolve_staging(const Settings& settings, ConnectOptions& staging, Problems& problems) {
  const Setting& dsn = settings.value(options::ids_dsn);
  if (query_of(settings.get(options::ids)).empty()) {
    if (dsn.origin == Origin::flag) {
      problems.add("there is no query of IDs for it", dsn.place,
                   "write --ids \"sql:SELECT ...\", or leave it out");
    }
    return;
  }
  set_common(settings, staging);
  if (staging_choice(settings) != ServerChoice::named) return;
  staging.dsn = dsn.items.back();
  if (auto valid = check_dsn(staging.dsn); !valid) {
    problems.errors.push_back(std::move(valid).error());
    problems.errors.back().place = dsn.place;
  }
  // "***" stands where a secret was.
  if (of_file(dsn) && redact_dsn(staging.dsn).find("=***") != std::string::npos) {
    problems.notices.push_back(dsn.place +
                               ": the DSN holds a password; use ~/.pgpass, or a service with one");
  }
}

std::vector<std::pair<std::string, std::string>> kerberos_variables(const Settings& settings) {
  std::vector<std::pair<std::string, std::string>> variables;
  // The cache and the keytab need none: sessions are given their tickets (kerberos.hpp).
  if (asked_for(settings, options::krb5_conf)) {
    variables.emplace_back(options::krb5_conf.spec().variable, settings.get(options::krb5_conf));
  }
  return variables;
}

}  // namespace firmquery

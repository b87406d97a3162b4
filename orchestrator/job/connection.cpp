#include "firmquery/job/connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string_view>

#include "firmquery/output/files.hpp"
#include "firmquery/db/kerberos.hpp"

namespace firmquery {
namespace {

struct Part {
  std::string_view option, keyword;
  bool location;  // says which server: never mixed with a DSN of a stronger source
};
constexpr std::array<Part, 8> kParts{{{"host", "host", true},
                                      {"port", "port", true},
                                      {"database", "dbname", true},
                                      {"service", "service", true},
                                      {"user", "user", false},
                                      {"sslmode", "sslmode", false},
                                      {"sslrootcert", "sslrootcert", false},
                                      {"passfile", "passfile", false}}};

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
    if (part != kParts.end())
      FQ_TRY(check_value(*find_option(part->option), option->val, place, option->keyword));
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
bool asked_for(const Settings& settings, std::string_view option) {
  return settings.is_set(option) && !settings.value(option).read_by_library;
}

KerberosOptions kerberos_options(const Settings& settings) {
  KerberosOptions kerberos;
  kerberos.principal = settings.text("principal");
  kerberos.keytab = settings.text("keytab");
  // What the variable says, the library finds by itself, whole collections included.
  if (asked_for(settings, "ticket-cache")) kerberos.ticket_cache = settings.text("ticket-cache");
  kerberos.krb5_conf = asked_for(settings, "krb5-conf") ? settings.text("krb5-conf") : "";
  kerberos.spn = settings.text("spn");
  kerberos.required = settings.text("require-auth") == "gss";
  kerberos.wanted = kerberos.required;
  for (const char* option : {"principal", "keytab", "ticket-cache", "spn"}) {
    kerberos.wanted = kerberos.wanted || asked_for(settings, option);
  }
  kerberos.renew_before = std::chrono::seconds(settings.integer("renew-before"));
  return kerberos;
}

std::string quoted(const std::string& value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

bool names_server(const Settings& settings, const Surroundings& surroundings) {
  for (const char* option : {"dsn", "host", "service", "database"}) {
    if (settings.is_set(option)) return true;
  }
  return surroundings.variable("PGHOSTADDR").has_value();
}

Result<void> resolve_connection(const Settings& settings, const Surroundings& surroundings, Job& job,
                                std::vector<std::string>& notices) {
  const Value& dsn = settings.value("dsn");
  job.connect.connect_timeout = std::chrono::seconds(settings.integer("connect-timeout"));
  job.connect.application_name = settings.text("application-name");
  const bool local = settings.text("dsn") == kLocalDsn;
  job.target = local                                 ? ServerChoice::local
               : names_server(settings, surroundings) ? ServerChoice::named
                                                     : ServerChoice::none;
  if (job.target != ServerChoice::named) return {};
  job.connect.dsn = settings.text("dsn");
  FQ_TRY_ASSIGN(const auto named, keywords_of(job.connect.dsn, dsn.place));
  // A flag's is warned about where the arguments are taken (secrets.hpp).
  const bool of_file = dsn.origin != Origin::environment && dsn.origin != Origin::flag;
  if (named.count("password") > 0 && of_file) {
    notices.push_back(dsn.place +
                      ": the DSN holds a password; use database.passfile or database.password_file");
  }
  auto& overrides = job.connect.overrides;
  // A stronger source replaces the DSN's keyword; a weaker one only fills what the DSN leaves open, and never
  // says which server. What libpq reads from its own variables it treats in the same way by itself.
  const auto add = [&](const Value& value, std::string_view keyword, const std::string& text, bool location) {
    if (text.empty() || value.read_by_library) return;
    const bool stronger = !dsn.items.empty() && value.origin > dsn.origin;
    const bool weaker = !dsn.items.empty() && value.origin < dsn.origin;
    if (!stronger && (named.count(keyword) > 0 || (location && weaker))) return;
    overrides.emplace_back(keyword, text);
  };
  for (const Part& part : kParts)
    add(settings.value(part.option), part.keyword, settings.text(part.option), part.location);
  if (!settings.is_set("user") && settings.is_set("principal")) {
    const std::string principal = settings.text("principal");
    add(settings.value("principal"), "user", principal.substr(0, principal.find_first_of("/@")), false);
  }
  if (settings.is_set("spn")) {
    auto spn = parse_spn(settings.text("spn"));
    if (!spn) {
      Error error = std::move(spn).error();
      error.place = settings.value("spn").place;
      return Failure(std::move(error));
    }
    add(settings.value("spn"), "krbsrvname", spn->service, false);
  }
  if (settings.is_set("password-file")) {
    FQ_TRY_ASSIGN(const std::string password, read_password(settings.text("password-file"), notices));
    overrides.emplace_back("password", password);
  }
  job.connect.credentials = std::make_shared<Credentials>(kerberos_options(settings));
  if (!job.connect.dsn.empty()) return {};
  // Without a DSN the parts are the DSN, so that messages and reports can name the server.
  std::vector<std::pair<std::string, std::string>> secrets;
  for (const auto& [keyword, text] : overrides) {
    if (keyword == "password") {
      secrets.emplace_back(keyword, text);
    } else {
      job.connect.dsn += fmt::format("{}{}={}", job.connect.dsn.empty() ? "" : " ", keyword, quoted(text));
    }
  }
  overrides = std::move(secrets);
  return {};
}

ServerChoice staging_choice(const Settings& settings) {
  if (query_of(settings.text("ids")).empty()) return ServerChoice::named;
  if (!settings.is_set("ids-dsn")) return ServerChoice::none;
  return settings.text("ids-dsn") == kLocalDsn ? ServerChoice::local : ServerChoice::named;
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
  if (staging_choice(settings) != ServerChoice::named) return;
  staging.dsn = dsn.items.back();
  if (auto valid = check_dsn(staging.dsn); !valid) {
    Error error = std::move(valid).error();
    error.place = dsn.place;
    errors.push_back(std::move(error));
  }
  // "***" stands where a secret was.
  const bool of_file = dsn.origin != Origin::environment && dsn.origin != Origin::flag;
  if (of_file && redact_dsn(staging.dsn).find("=***") != std::string::npos) {
    notices.push_back(dsn.place + ": the DSN holds a password; use ~/.pgpass, or a service with one");
  }
}

std::vector<std::pair<std::string, std::string>> kerberos_variables(const Settings& settings) {
  std::vector<std::pair<std::string, std::string>> variables;
  // The cache and the keytab need none: sessions are given their tickets (kerberos.hpp).
  if (asked_for(settings, "krb5-conf")) {
    variables.emplace_back(find_option("krb5-conf")->variable, settings.text("krb5-conf"));
  }
  return variables;
}

}  // namespace firmquery

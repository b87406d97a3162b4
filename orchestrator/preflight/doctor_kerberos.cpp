// Everything that Kerberos needs before a server is asked: keys, a ticket, clocks, and a ticket for the
// server.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "doctor_checks.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/db/kerberos.hpp"

namespace firmquery {
namespace {

const std::string kKeytab = "Kerberos keytab", kTicket = "Kerberos ticket", kClock = "Kerberos clock",
                  kService = "Kerberos service";
constexpr std::chrono::minutes kShort{60};
constexpr std::chrono::seconds kTolerance{300}, kNotable{60};

void check_keytab(const Credentials& credentials, Checks& checks) {
  const auto entries = credentials.keytab_entries();
  if (!entries) return checks.fail(kKeytab, entries.error());
  std::map<std::string, std::set<unsigned>> versions;
  for (const KeytabEntry& entry : *entries) versions[entry.principal].insert(entry.version);
  std::string detail = credentials.options().keytab + ":";
  for (const auto& [principal, numbers] : versions) {
    detail += fmt::format(" {} (key version {})", principal, fmt::join(numbers, ", "));
  }
  checks.ok(kKeytab, detail);
}

void check_ticket(const Credentials& credentials, Checks& checks) {
  const auto problem = credentials.problem();
  if (problem) return checks.fail(kTicket, *problem);
  const auto ticket = credentials.ticket();
  if (!ticket) return checks.not_checked(kTicket, "no ticket");
  const std::string detail =
      fmt::format("{}, {}, {} left", ticket->principal, ticket->source, span_text(ticket->left));
  if (ticket->renewal == Renewal::keytab) return checks.ok(kTicket, detail + ", renewed from the keytab");
  if (ticket->renewal == Renewal::renewable) {
    return checks.ok(kTicket,
                     detail + fmt::format(", can be renewed for {}", span_text(ticket->renewable_for)));
  }
  if (ticket->left >= kShort) return checks.ok(kTicket, detail + ", cannot be renewed");
  checks.warn(kTicket, detail + ", and it cannot be renewed: a longer run cannot replace a lost session",
              "name a keytab (kerberos.keytab), or get a longer ticket (kinit -l)");
}

void check_clock(const Credentials& credentials, Checks& checks) {
  const auto offset = credentials.kdc_clock_offset();
  if (std::chrono::abs(offset) < kNotable) return;
  const std::string detail = fmt::format("this machine is {} {} the KDC", span_text(std::chrono::abs(offset)),
                                         offset.count() > 0 ? "behind" : "ahead of");
  const std::string remedy =
      "synchronise this machine's clock (chrony, NTP): servers refuse tickets when it "
      "differs by more than five minutes";
  if (std::chrono::abs(offset) < kTolerance) return checks.warn(kClock, detail, remedy);
  checks.warn(kClock, detail + "; the library makes up for it here, and nothing may do so elsewhere", remedy);
}

void check_services(Credentials& credentials, const ConnectOptions& connect, Checks& checks) {
  const auto names = service_names(connect);
  if (!names) return checks.fail(kService, names.error());
  if (names->empty()) {
    return checks.warn(kService, "the connection has no host name, and Kerberos needs one",
                       "connect over TCP by name (host=...); hostaddr may add the address");
  }
  for (const ServiceName& name : *names) {
    const auto given = credentials.service_ticket(name.service, name.host);
    if (!given) {
      checks.fail(kService, given.error());
    } else if (given->renamed()) {
      checks.warn(kService, fmt::format("DNS turns {} into {}", given->requested, given->principal),
                  "if the server refuses that, set dns_canonicalize_hostname = false and rdns = false in "
                  "[libdefaults] of krb5.conf");
    } else {
      checks.ok(kService, fmt::format("the KDC gives a ticket for {}", given->principal));
    }
  }
}

}  // namespace

KerberosChecks check_kerberos(const ConnectOptions& connect) {
  KerberosChecks result;
  // A ticket that nobody has asked for matters only if the server does.
  if (!connect.credentials || !connect.credentials->options().wanted) return result;
  Credentials& credentials = *connect.credentials;
  const bool ready = credentials.ensure().has_value();
  if (!credentials.options().keytab.empty()) check_keytab(credentials, result.checks);
  check_ticket(credentials, result.checks);
  check_clock(credentials, result.checks);
  if (ready) check_services(credentials, connect, result.checks);
  result.usable = !result.checks.failed();
  return result;
}

}  // namespace firmquery

// Kerberos credentials for sign-in by GSSAPI: found in a ticket cache or obtained from a keytab, inspected
// before every connect, renewed in time. See docs/kerberos.md and docs/adr/0012.
//
// A Credentials object is shared by all sessions of a run and is safe to use from any thread. Tickets that it
// obtains or renews live in this process's memory; a user's cache is only read, except the one that is named
// together with a keytab. No key and no ticket ever appears in a message.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"

namespace firmquery {

struct ConnectOptions;

struct KerberosOptions {
  std::string principal;     // "alice" or "alice@REALM"; empty: the cache's, or the first of the keytab
  std::string keytab;        // file with the principal's keys; empty: none
  std::string ticket_cache;  // "FILE:/tmp/cc"; empty: the library's default. With a keytab: written, too
  std::string krb5_conf;     // must be readable if set; the library itself is told by KRB5_CONFIG
  std::string spn;           // "service/host@REALM" that must be the one connected to; empty: any
  // The job asks for Kerberos: without a usable ticket no connection is tried. Otherwise a ticket is used
  // where there is one, and the lack of one is the server's business.
  bool wanted = false;
  bool required = false;  // fail where the server lets the role in by anything but GSSAPI
  // A ticket with less than this left is replaced, or less than a third of its life where that is shorter.
  std::chrono::seconds renew_before{300};
};

// "service/host@REALM" or "service/host", taken apart. Fails (kind usage) on other forms.
struct ServicePrincipal {
  std::string service, host, realm;  // realm may be empty
};
Result<ServicePrincipal> parse_spn(const std::string& spn);

enum class Renewal { none, renewable, keytab };

struct Ticket {
  std::string principal;
  std::string source;                     // "keytab /etc/firmquery.keytab", "ticket cache FILE:/tmp/krb5cc_0"
  std::chrono::seconds left{0};           // at the time of asking; not positive once expired
  Renewal renewal = Renewal::none;        // how it will be replaced without anybody's help
  std::chrono::seconds renewable_for{0};  // of Renewal::renewable
};

// A key in a keytab. The key itself is never read out.
struct KeytabEntry {
  std::string principal;
  unsigned version = 0;    // kvno
  std::string encryption;  // "aes256-cts-hmac-sha1-96"
};

// What the KDC gives for a service on a host.
struct ServiceTicket {
  std::string requested;  // "postgres/db", as the connection names it
  std::string principal;  // "postgres/db.example.com@REALM", after the library's canonicalisation
  bool renamed() const;   // the hosts of the two differ
};

// Something that happened to the ticket and that a log should have.
struct TicketEvent {
  bool warning = false;
  std::string text;
};

class Credentials {
 public:
  explicit Credentials(KerberosOptions options);  // touches nothing yet
  ~Credentials();
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  const KerberosOptions& options() const;

  // While it lives, GSSAPI in the thread that holds it (and so libpq) signs in with the ticket. Must end in
  // that thread.
  class Use;

  // Sees to it that there is a valid ticket, with time to spare where it can be had: looks at the one in
  // hand, else at the cache, else asks the KDC. May block for the KDC's time-outs. Fails with kind permission
  // (kind transient when no KDC answers, usage when the configuration cannot be read). A ticket that is still
  // good is used although it could not be replaced. Where Kerberos is not wanted it never fails.
  Result<Use> ensure();

  // Between connects: renews what would otherwise expire before the next one, and notes what has expired.
  // Does nothing unless a session has signed in with the ticket. May block as ensure().
  void keep_alive();

  std::optional<Ticket> ticket() const;  // the one in hand, expired or not; nullopt where there is none
  std::optional<Error> problem() const;  // why there is no valid ticket; nullopt when there is one
  // Since the last call, each once; none while no session has signed in with the ticket.
  std::vector<TicketEvent> take_events();
  void note_signed_in();
  bool signed_in() const;

  // For an examination. They ask the cache, the keytab file or the KDC.
  Result<std::vector<KeytabEntry>> keytab_entries() const;
  Result<ServiceTicket> service_ticket(const std::string& service, const std::string& host);
  std::chrono::seconds kdc_clock_offset() const;  // KDC minus this machine, as far as an answer has told

  // CockroachDB refuses GSSAPI encryption. Once a server turned out to be one, the sessions that follow
  // do not ask.
  void note_no_gss_encryption();
  bool no_gss_encryption() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Credentials::Use {
 public:
  Use() = default;
  Use(Use&& other) noexcept;
  Use& operator=(Use&&) = delete;
  ~Use();

 private:
  friend class Credentials;
  explicit Use(std::shared_ptr<const std::string> cache);
  std::shared_ptr<const std::string> cache_;  // the cache is destroyed with its last user
};

// The services and hosts that a connection would ask tickets for: one for each host that is not a socket.
struct ServiceName {
  std::string service, host;
};
Result<std::vector<ServiceName>> service_names(const ConnectOptions& options);

}  // namespace firmquery

// Where tickets come from: caches, keytabs and the KDC. Private to db. Not thread-safe.
#pragma once

#include <krb5.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/db/kerberos.hpp"
#include "kerberos_errors.hpp"

namespace firmquery {

// A ticket-granting ticket in a cache of this process's memory, which goes with its last user.
struct HeldTicket {
  std::shared_ptr<const std::string> cache;  // "MEMORY:..."
  std::string principal, source;
  std::chrono::sys_seconds starts, expires;
  std::chrono::sys_seconds renewable_until;  // the epoch when it is not renewable
};

class TicketSource {
 public:
  // Reads krb5.conf.
  static Result<TicketSource> open(const KerberosOptions& options);

  Result<HeldTicket> from_keytab();
  // A copy of what the user's cache holds, expired or not; the cache stays as it is.
  Result<HeldTicket> from_cache();
  Result<HeldTicket> renewed(const HeldTicket& ticket);
  // Puts the ticket into the cache that the options name.
  Result<void> store(const HeldTicket& ticket);

  Result<std::vector<KeytabEntry>> keytab_entries();
  Result<ServiceTicket> service_ticket(const HeldTicket& ticket, const std::string& service,
                                       const std::string& host);
  std::chrono::sys_seconds now() const;  // corrected by what the KDC has said
  std::chrono::seconds kdc_clock_offset() const;

 private:
  struct ContextFree {
    void operator()(krb5_context context) const { krb5_free_context(context); }
  };
  explicit TicketSource(const KerberosOptions& options) : options_(&options) {}
  Error error(krb5_error_code code, const KerberosSubject& subject = {}) const;
  Result<HeldTicket> hold(std::shared_ptr<const std::string> cache, std::string source) const;
  std::shared_ptr<const std::string> private_cache() const;

  const KerberosOptions* options_;
  std::unique_ptr<std::remove_pointer_t<krb5_context>, ContextFree> context_;
};

}  // namespace firmquery

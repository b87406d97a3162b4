#include "kerberos_tickets.hpp"

#include <fmt/format.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "krb5_handles.hpp"

namespace firmquery {
namespace {

std::string cache_name(krb5_context context, krb5_ccache cache) {
  char* text = nullptr;
  if (cache == nullptr || krb5_cc_get_full_name(context, cache, &text) != 0) return {};
  std::string name(text);
  krb5_free_string(context, text);
  return name;
}

// May come last in any thread, after the context that made the cache is gone.
void destroy_cache(const std::string* name) {
  krb5_context context = nullptr;
  krb5_ccache cache = nullptr;
  if (krb5_init_context(&context) == 0) {
    if (krb5_cc_resolve(context, name->c_str(), &cache) == 0) krb5_cc_destroy(context, cache);
    krb5_free_context(context);
  }
  delete name;
}

std::string realm_of(krb5_const_principal principal) {
  return principal == nullptr ? std::string() : std::string(principal->realm.data, principal->realm.length);
}

bool is_granting(krb5_const_principal server, const std::string& realm) {
  const auto part = [&](int i) {
    return i < server->length ? std::string(server->data[i].data, server->data[i].length) : std::string();
  };
  return part(0) == KRB5_TGS_NAME && part(1) == realm;
}

// The granting ticket of the cache's own realm that lasts longest.
bool find_granting_ticket(krb5_context context, krb5_ccache cache, const std::string& realm,
                          krb5_ticket_times& times, bool& renewable) {
  krb5_cc_cursor cursor;
  if (krb5_cc_start_seq_get(context, cache, &cursor) != 0) return false;
  bool found = false;
  for (Krb5Creds creds(context); krb5_cc_next_cred(context, cache, &cursor, creds.get()) == 0;
       krb5_free_cred_contents(context, creds.get()), *creds = {}) {
    if (krb5_is_config_principal(context, creds->server) || !is_granting(creds->server, realm)) continue;
    if (found && krb5_time(creds->times.endtime) <= krb5_time(times.endtime)) continue;
    found = true;
    times = creds->times;
    renewable = (creds->ticket_flags & TKT_FLG_RENEWABLE) != 0;
  }
  krb5_cc_end_seq_get(context, cache, &cursor);
  return found;
}

// What GSSAPI, which libpq signs in with, makes of the cache.
std::string gss_principal(const std::string& cache) {
  OM_uint32 minor = 0, lifetime = 0;
  gss_krb5_ccache_name(&minor, cache.c_str(), nullptr);
  gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
  std::string principal;
  if (!GSS_ERROR(gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_INITIATE,
                                  &credential, nullptr, nullptr))) {
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    (void)gss_inquire_cred(&minor, credential, &name, &lifetime, nullptr, nullptr);
    if (name != GSS_C_NO_NAME && !GSS_ERROR(gss_display_name(&minor, name, &text, nullptr))) {
      principal.assign(static_cast<const char*>(text.value), text.length);
    }
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &name);
    gss_release_cred(&minor, &credential);
  }
  gss_krb5_ccache_name(&minor, nullptr, nullptr);
  return principal;
}

std::string without_prefix(const std::string& keytab) {
  return keytab.starts_with("FILE:") ? keytab.substr(5) : keytab;
}

}  // namespace

Error TicketSource::error(krb5_error_code code, const KerberosSubject& subject) const {
  KerberosSubject filled = subject;
  const auto fill = [](std::string& text, const std::string& with) {
    if (text.empty()) text = with;
  };
  fill(filled.principal, options_->principal);
  fill(filled.keytab, without_prefix(options_->keytab));
  fill(filled.cache, options_->ticket_cache);
  return kerberos_error(context_.get(), code, filled);
}

Result<TicketSource> TicketSource::open(const KerberosOptions& options) {
  TicketSource source(options);
  if (!options.krb5_conf.empty() && ::access(options.krb5_conf.c_str(), R_OK) != 0) {
    return fail(ErrorKind::usage,
                fmt::format("the Kerberos configuration {} cannot be read: {}", options.krb5_conf,
                            fmt::format("{}", strerror(errno))),
                kKerberosPlace, "check the path of kerberos.krb5_conf (KRB5_CONFIG)");
  }
  krb5_context context = nullptr;
  if (const krb5_error_code code = krb5_init_context(&context)) return Failure(source.error(code));
  source.context_.reset(context);
  return source;
}

std::shared_ptr<const std::string> TicketSource::private_cache() const {
  krb5_ccache cache = nullptr;
  if (krb5_cc_new_unique(context_.get(), "MEMORY", nullptr, &cache) != 0) return {};
  std::shared_ptr<const std::string> name(new std::string(cache_name(context_.get(), cache)), destroy_cache);
  krb5_cc_close(context_.get(), cache);
  return name;
}

// The facts of a cache that has just been filled.
Result<HeldTicket> TicketSource::hold(std::shared_ptr<const std::string> cache, std::string source) const {
  const krb5_context context = context_.get();
  Krb5Cache handle(context);
  Krb5Principal client(context);
  krb5_error_code code = krb5_cc_resolve(context, cache->c_str(), handle.out());
  if (code == 0) code = krb5_cc_get_principal(context, handle.get(), client.out());
  krb5_ticket_times times{};
  bool renewable = false;
  if (code == 0 && !find_granting_ticket(context, handle.get(), realm_of(client.get()), times, renewable)) {
    code = KRB5_CC_NOTFOUND;
  }
  if (code != 0) return Failure(error(code, {.cache = source}));
  HeldTicket ticket{
      std::move(cache), gss_principal(cache_name(context, handle.get())), std::move(source), {}, {}, {}};
  if (ticket.principal.empty()) ticket.principal = krb5_name(context, client.get());
  ticket.starts = krb5_time(times.starttime != 0 ? times.starttime : times.authtime);
  ticket.expires = krb5_time(times.endtime);
  if (renewable) ticket.renewable_until = krb5_time(times.renew_till);
  return ticket;
}

Result<std::vector<KeytabEntry>> TicketSource::keytab_entries() {
  const krb5_context context = context_.get();
  const std::string path = without_prefix(options_->keytab);
  // The library reports some of these as an empty or damaged keytab.
  if (path.find(':') == std::string::npos && ::access(path.c_str(), R_OK) != 0) return Failure(error(errno));
  Krb5Keytab keytab(context);
  krb5_kt_cursor cursor;
  krb5_error_code code = krb5_kt_resolve(context, options_->keytab.c_str(), keytab.out());
  if (code == 0) code = krb5_kt_start_seq_get(context, keytab.get(), &cursor);
  if (code != 0) return Failure(error(code));
  std::vector<KeytabEntry> entries;
  krb5_keytab_entry entry;
  while ((code = krb5_kt_next_entry(context, keytab.get(), &entry, &cursor)) == 0) {
    char encryption[100] = "";
    krb5_enctype_to_name(entry.key.enctype, FALSE, encryption, sizeof encryption);
    entries.push_back({krb5_name(context, entry.principal), entry.vno, encryption});
    krb5_free_keytab_entry_contents(context, &entry);
  }
  krb5_kt_end_seq_get(context, keytab.get(), &cursor);
  if (code != KRB5_KT_END) return Failure(error(code));
  return entries;
}

Result<HeldTicket> TicketSource::from_keytab() {
  const krb5_context context = context_.get();
  FQ_TRY_ASSIGN(const auto entries, keytab_entries());
  std::string wanted = options_->principal;
  if (wanted.empty() && !entries.empty()) wanted = entries.front().principal;
  Krb5Principal client(context);
  if (const auto code = krb5_parse_name(context, wanted.c_str(), client.out())) return Failure(error(code));
  KerberosSubject subject{.principal = krb5_name(context, client.get()), .realm = realm_of(client.get())};
  std::set<std::string> principals;
  std::set<unsigned> versions;
  for (const KeytabEntry& entry : entries) {
    principals.insert(entry.principal);
    if (entry.principal == subject.principal) versions.insert(entry.version);
  }
  subject.key_versions = fmt::format("{}", fmt::join(versions, ", "));
  if (versions.empty()) {
    Error none = error(KRB5_KT_NOTFOUND, subject);
    none.message = fmt::format(
        "the keytab {} has no key of {}; it has those of {}", without_prefix(options_->keytab),
        subject.principal, principals.empty() ? "nobody" : fmt::format("{}", fmt::join(principals, ", ")));
    return Failure(std::move(none));
  }
  const auto cache = private_cache();
  Krb5Cache handle(context);
  Krb5Keytab keytab(context);
  Krb5InitOptions init(context);
  Krb5Creds creds(context);
  krb5_error_code code = cache ? krb5_cc_resolve(context, cache->c_str(), handle.out()) : ENOMEM;
  if (code == 0) code = krb5_kt_resolve(context, options_->keytab.c_str(), keytab.out());
  if (code == 0) code = krb5_get_init_creds_opt_alloc(context, init.out());
  if (code == 0) code = krb5_get_init_creds_opt_set_out_ccache(context, init.get(), handle.get());
  if (code == 0) {
    code =
        krb5_get_init_creds_keytab(context, creds.get(), client.get(), keytab.get(), 0, nullptr, init.get());
  }
  if (code != 0) return Failure(error(code, subject));
  return hold(cache, "keytab " + without_prefix(options_->keytab));
}

Result<HeldTicket> TicketSource::from_cache() {
  const krb5_context context = context_.get();
  KerberosSubject subject;
  Krb5Principal wanted(context), holder(context);
  if (!options_->principal.empty()) {
    if (const auto code = krb5_parse_name(context, options_->principal.c_str(), wanted.out())) {
      return Failure(error(code));
    }
    subject.principal = krb5_name(context, wanted.get());
  }
  Krb5Cache user(context);
  krb5_error_code code = KRB5_CC_NOTFOUND;
  if (!options_->ticket_cache.empty()) {
    code = krb5_cc_resolve(context, options_->ticket_cache.c_str(), user.out());
  } else {
    // Of a collection (DIR:, KCM:, KEYRING:) the one of the principal, wherever it stands.
    if (wanted) code = krb5_cc_cache_match(context, wanted.get(), user.out());
    if (code != 0) code = krb5_cc_default(context, user.out());
  }
  subject.cache = user ? cache_name(context, user.get()) : options_->ticket_cache;
  if (code == 0) code = krb5_cc_get_principal(context, user.get(), holder.out());
  if (code != 0) return Failure(error(code, subject));
  if (wanted && !krb5_principal_compare(context, wanted.get(), holder.get())) {
    return fail(
        ErrorKind::permission,
        fmt::format("the ticket in {} is that of {}, not of {}", subject.cache,
                    krb5_name(context, holder.get()), subject.principal),
        kKerberosPlace,
        fmt::format("run kinit {}, name another cache (kerberos.ticket_cache, KRB5CCNAME), or correct "
                    "kerberos.principal",
                    subject.principal));
  }
  const auto cache = private_cache();
  Krb5Cache copy(context);
  code = cache ? krb5_cc_resolve(context, cache->c_str(), copy.out()) : ENOMEM;
  if (code == 0) code = krb5_cc_initialize(context, copy.get(), holder.get());
  if (code == 0) code = krb5_cc_copy_creds(context, user.get(), copy.get());
  if (code != 0) return Failure(error(code, subject));
  auto held = hold(cache, subject.cache);
  if (held) held->source = "ticket cache " + subject.cache;
  return held;
}

Result<HeldTicket> TicketSource::renewed(const HeldTicket& ticket) {
  const krb5_context context = context_.get();
  const auto cache = private_cache();
  Krb5Cache from(context), into(context);
  Krb5Principal client(context);
  Krb5Creds creds(context);
  krb5_error_code code = cache ? krb5_cc_resolve(context, ticket.cache->c_str(), from.out()) : ENOMEM;
  if (code == 0) code = krb5_cc_get_principal(context, from.get(), client.out());
  if (code == 0) code = krb5_get_renewed_creds(context, creds.get(), client.get(), from.get(), nullptr);
  if (code == 0) code = krb5_cc_resolve(context, cache->c_str(), into.out());
  if (code == 0) code = krb5_cc_initialize(context, into.get(), client.get());
  if (code == 0) code = krb5_cc_store_cred(context, into.get(), creds.get());
  if (code != 0) {
    return Failure(error(code, {.principal = ticket.principal, .realm = realm_of(client.get())}));
  }
  return hold(cache, ticket.source);
}

Result<void> TicketSource::store(const HeldTicket& ticket) {
  const krb5_context context = context_.get();
  Krb5Cache from(context), into(context);
  Krb5Principal client(context);
  krb5_error_code code = krb5_cc_resolve(context, ticket.cache->c_str(), from.out());
  if (code == 0) code = krb5_cc_get_principal(context, from.get(), client.out());
  if (code == 0) code = krb5_cc_resolve(context, options_->ticket_cache.c_str(), into.out());
  if (code == 0) code = krb5_cc_initialize(context, into.get(), client.get());
  if (code == 0) code = krb5_cc_copy_creds(context, from.get(), into.get());
  if (code != 0) return Failure(error(code));
  return {};
}

Result<ServiceTicket> TicketSource::service_ticket(const HeldTicket& ticket, const std::string& service,
                                                   const std::string& host) {
  const krb5_context context = context_.get();
  Krb5Cache cache(context);
  Krb5Creds asked(context);
  Krb5Ticket given(context);
  ServiceTicket result{service + "/" + host, {}};
  krb5_error_code code =
      krb5_sname_to_principal(context, host.c_str(), service.c_str(), KRB5_NT_SRV_HST, &asked->server);
  if (code == 0) {
    result.principal = krb5_name(context, asked->server);
    code = krb5_cc_resolve(context, ticket.cache->c_str(), cache.out());
  }
  if (code == 0) code = krb5_cc_get_principal(context, cache.get(), &asked->client);
  if (code == 0) code = krb5_get_credentials(context, 0, cache.get(), asked.get(), given.out());
  if (code == 0) {
    // The one asked for may leave the realm open; the ticket itself does not.
    krb5_ticket* ticket_for = nullptr;
    if (krb5_decode_ticket(&given.get()->ticket, &ticket_for) == 0) {
      result.principal = krb5_name(context, ticket_for->server);
      krb5_free_ticket(context, ticket_for);
    }
    return result;
  }
  Error failed = error(
      code, {.principal = ticket.principal,
             .realm = realm_of(asked->server != nullptr && asked->server->realm.length > 0 ? asked->server
                                                                                           : asked->client),
             .spn = result.principal.empty() ? result.requested : result.principal});
  if (code == KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN && result.renamed()) {
    failed.message = fmt::format("DNS has turned {} into {}, which the KDC does not know", result.requested,
                                 result.principal);
    failed.remedy =
        "set dns_canonicalize_hostname = false and rdns = false in [libdefaults] of krb5.conf, or have the "
        "service "
        "principal created for that name";
  }
  return Failure(std::move(failed));
}

std::chrono::sys_seconds TicketSource::now() const {
  krb5_timestamp time = 0;
  krb5_timeofday(context_.get(), &time);
  return krb5_time(time);
}

std::chrono::seconds TicketSource::kdc_clock_offset() const {
  krb5_timestamp seconds = 0;
  krb5_int32 microseconds = 0;
  if (krb5_get_time_offsets(context_.get(), &seconds, &microseconds) != 0) return {};
  return std::chrono::seconds(static_cast<std::int32_t>(seconds));
}

}  // namespace firmquery

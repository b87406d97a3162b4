#include "firmquery/db/kerberos.hpp"
#include "firmquery/core/time_text.hpp"

#include <fmt/format.h>
#include <gssapi/gssapi_krb5.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <mutex>
#include <utility>

#include "kerberos_tickets.hpp"

namespace firmquery {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// A KDC that did not give a ticket is left alone this long, unless the job cannot go on without one.
constexpr seconds kPause{10};

bool same_host(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view host_part(std::string_view principal) {
  principal = principal.substr(0, principal.rfind('@'));
  return principal.substr(principal.find('/') + 1);
}

}  // namespace

struct Credentials::State {
  explicit State(KerberosOptions given) : options(std::move(given)) {}

  const KerberosOptions options;
  std::atomic<bool> no_gss_encryption{false};
  std::atomic<bool> signed_in{false};

  std::mutex mutex;
  // Guarded by mutex:
  std::optional<TicketSource> source;
  std::optional<HeldTicket> held;
  std::optional<Error> problem;
  std::optional<sys_seconds> pause_until;
  bool told_of_expiry = false;
  std::vector<TicketEvent> events;

  seconds left() const { return held->expires - source->now(); }
  bool is_due() const {
    const seconds life = held->expires - held->starts;
    return left() <= std::min(options.renew_before, life / 3);
  }
  bool renewable() const {
    return options.keytab.empty() && left() > seconds(0) && held->renewable_until > held->expires;
  }

  void adopt(HeldTicket ticket) {
    const bool first = !held;
    held = std::move(ticket);
    problem.reset();
    pause_until.reset();
    told_of_expiry = false;
    if (left() <= seconds(0)) return;
    events.push_back({false, fmt::format("Kerberos: {}ticket of {} ({}), {} left", first ? "" : "a new ",
                                         held->principal, held->source, span_text(left()))});
  }

  // Leaves the reason in `problem` when there is nothing better than before.
  void refresh() {
    if (!options.keytab.empty()) return refresh_from_keytab();
    auto copied = source->from_cache();
    if (copied && (!held || copied->expires > held->expires)) {
      adopt(*std::move(copied));
    } else if (!held) {
      problem = std::move(copied).error();
    }
    // The KDC is only troubled when Kerberos is what signs in here.
    if (held && is_due() && renewable() && (options.wanted || signed_in)) take(source->renewed(*held));
  }

  void refresh_from_keytab() {
    // A ticket that another run has left in the cache they share.
    if (!held && !options.ticket_cache.empty()) {
      auto shared = source->from_cache();
      if (shared && shared->expires > source->now()) adopt(*std::move(shared));
      if (held && !is_due()) return;
    }
    take(source->from_keytab());
    if (!problem && !options.ticket_cache.empty()) {
      if (auto stored = source->store(*held); !stored) {
        events.push_back({true, "Kerberos: the ticket was not stored: " + stored.error().message});
      }
    }
  }

  void take(Result<HeldTicket> ticket) {
    if (ticket) return adopt(*std::move(ticket));
    problem = std::move(ticket).error();
    pause_until = source->now() + kPause;
    if (!held || left() <= seconds(0)) return;
    events.push_back({true, fmt::format("Kerberos: {}; going on with the ticket that has {} left",
                                        problem->message, span_text(left()))});
  }

  Error expired() const {
    const std::string by = held->source.starts_with("keytab") ? "" : " and there is no way to renew it";
    return {ErrorKind::permission,
            fmt::format("the ticket of {} ({}) expired {} ago{}", held->principal, held->source,
                        span_text(-left()), by),
            kKerberosPlace,
            "run kinit; a run that has begun goes on with firmquery resume. For runs that outlive a ticket "
            "name a "
            "keytab (kerberos.keytab)",
            {}};
  }

  // What there is to say when no valid ticket is in hand.
  Error why_not() const {
    if (problem) return *problem;
    return expired();
  }

  // True: `held` is valid.
  bool make_valid() {
    if (!source) {
      auto opened = TicketSource::open(options);
      if (!opened) {
        problem = std::move(opened).error();
        return false;
      }
      source.emplace(*std::move(opened));
    }
    const bool in_need = options.wanted && !(held && left() > seconds(0));
    const bool paused = !in_need && pause_until && source->now() < *pause_until;
    if (!paused && (!held || is_due())) refresh();
    return held && left() > seconds(0);
  }
};

Credentials::Credentials(KerberosOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Credentials::~Credentials() = default;

const KerberosOptions& Credentials::options() const {
  return state_->options;
}

Result<Credentials::Use> Credentials::ensure() {
  const std::lock_guard lock(state_->mutex);
  if (state_->make_valid()) return Use(state_->held->cache);
  if (state_->options.wanted) return Failure(state_->why_not());
  return Use();
}

void Credentials::keep_alive() {
  if (!state_->signed_in) return;
  // Whoever asks the KDC at this moment does the same work; nobody else needs to wait for it.
  const std::unique_lock lock(state_->mutex, std::try_to_lock);
  if (!lock || !state_->source || !state_->held) return;
  if (!state_->make_valid() && !state_->told_of_expiry) {
    state_->told_of_expiry = true;
    state_->events.push_back(
        {true,
         fmt::format("Kerberos: {}; open sessions go on, but one that is lost cannot be replaced until there "
                     "is a new ticket (kinit), which is then used",
                     state_->why_not().message)});
  }
}

std::optional<Error> Credentials::problem() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->held && state_->left() > seconds(0)) return std::nullopt;
  if (!state_->held) return state_->problem;
  return state_->why_not();
}

std::optional<Ticket> Credentials::ticket() const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->held) return std::nullopt;
  Ticket ticket{state_->held->principal, state_->held->source, state_->left(), Renewal::none, {}};
  if (!state_->options.keytab.empty()) {
    ticket.renewal = Renewal::keytab;
  } else if (state_->renewable()) {
    ticket.renewal = Renewal::renewable;
    ticket.renewable_for = state_->held->renewable_until - state_->source->now();
  }
  return ticket;
}

std::vector<TicketEvent> Credentials::take_events() {
  const std::unique_lock lock(state_->mutex, std::try_to_lock);
  if (!lock || !state_->signed_in) return {};
  return std::exchange(state_->events, {});
}

Result<std::vector<KeytabEntry>> Credentials::keytab_entries() const {
  const std::lock_guard lock(state_->mutex);
  FQ_TRY_ASSIGN(TicketSource source, TicketSource::open(state_->options));
  return source.keytab_entries();
}

Result<ServiceTicket> Credentials::service_ticket(const std::string& service, const std::string& host) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->make_valid()) return Failure(state_->why_not());
  return state_->source->service_ticket(*state_->held, service, host);
}

seconds Credentials::kdc_clock_offset() const {
  const std::lock_guard lock(state_->mutex);
  return state_->source ? state_->source->kdc_clock_offset() : seconds(0);
}

void Credentials::note_signed_in() {
  state_->signed_in = true;
}

bool Credentials::signed_in() const {
  return state_->signed_in;
}

void Credentials::note_no_gss_encryption() {
  state_->no_gss_encryption = true;
}

bool Credentials::no_gss_encryption() const {
  return state_->no_gss_encryption;
}

Credentials::Use::Use(std::shared_ptr<const std::string> cache) : cache_(std::move(cache)) {
  OM_uint32 minor = 0;
  gss_krb5_ccache_name(&minor, cache_->c_str(), nullptr);
}

Credentials::Use::Use(Use&& other) noexcept : cache_(std::exchange(other.cache_, nullptr)) {}

Credentials::Use::~Use() {
  OM_uint32 minor = 0;
  if (cache_) gss_krb5_ccache_name(&minor, nullptr, nullptr);
}

bool ServiceTicket::renamed() const {
  return !same_host(host_part(requested), host_part(principal));
}

Result<ServicePrincipal> parse_spn(const std::string& spn) {
  const std::size_t slash = spn.find('/'), at = spn.rfind('@');
  const std::size_t end = at == std::string::npos ? spn.size() : at;
  if (slash == std::string::npos || slash == 0 || slash + 1 >= end || end + 1 == spn.size()) {
    return fail(ErrorKind::usage, fmt::format("\"{}\" is no service principal", spn), {},
                "write service/host@REALM, for example postgres/db.example.com@EXAMPLE.COM");
  }
  return ServicePrincipal{spn.substr(0, slash), spn.substr(slash + 1, end - slash - 1),
                          at == std::string::npos ? "" : spn.substr(at + 1)};
}

}  // namespace firmquery

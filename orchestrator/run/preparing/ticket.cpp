#include "preparing/ticket.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "firmquery/core/time_text.hpp"
#include "firmquery/db/kerberos.hpp"

namespace firmquery {
namespace {

constexpr double kProbe_s = 5;
constexpr double kLoad_ids_per_s = 150'000;  // COPY into a temporary table, one session; the slower system
// A list this short is read before a ticket this long ends: not worth asking the server.
constexpr double kNoQuestion_s = 300;
constexpr std::size_t kNoQuestion_ids = 1000;

class NoSink : public RowSink {
 public:
  Result<void> row(std::string_view, std::string_view, bool) override { return {}; }
};

// Seconds an ID takes on one session, from the middle of the list.
std::optional<double> seconds_per_id(const StrategyContext& context, Session& session) {
  const auto array = make_strategy(StrategyKind::array, context);
  const std::size_t middle = context.ids.size() / 2;
  std::optional<double> cost;
  for (const std::size_t count : {std::size_t{100}, std::size_t{2000}}) {
    const Slice slice{middle, std::min(middle + count, context.ids.size())};
    auto statement = array->query(session, slice);
    if (!statement) return std::nullopt;
    NoSink sink;
    const auto start = std::chrono::steady_clock::now();
    if (!session.stream(statement->sql, context.facts.row_key, false, sink, statement->parameters)) {
      return std::nullopt;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    cost = took.count() / static_cast<double>(slice.size());
    // The larger sample is worth its time only where the cost of a statement hides that of an ID.
    if (took.count() > 0.05 || slice.end == context.ids.size()) break;
  }
  return cost;
}

std::optional<double> estimated_seconds(const StrategyContext& context, Session& session) {
  if (!set_up_session(session, context.dialect, SessionSettings{kProbe_s})) return std::nullopt;
  std::optional<double> cost;
  if (session.execute("begin read only")) {
    cost = seconds_per_id(context, session);
    (void)session.execute("rollback");
  }
  (void)set_up_session(session, context.dialect, SessionSettings{context.job.query_timeout.count()});
  if (!cost) return std::nullopt;
  const double each = static_cast<double>(context.ids.size()) / std::max(context.job.connections, 1U);
  return each * (*cost + 1 / kLoad_ids_per_s);
}

}  // namespace

void tend_ticket(const ConnectOptions& connect, EventStream& events) {
  if (!connect.credentials || !connect.credentials->signed_in()) return;
  connect.credentials->keep_alive();
  for (const TicketEvent& told : connect.credentials->take_events()) {
    if (told.warning) {
      events.emit(event::Warning{told.text});
    } else {
      events.emit(event::Note{told.text});
    }
  }
}

std::optional<std::string> short_ticket_warning(const StrategyContext& context, Session& session) {
  const auto& credentials = context.job.connect.credentials;
  if (!credentials || session.authentication().method != "gss" || context.ids.size() == 0)
    return std::nullopt;
  const auto ticket = credentials->ticket();
  if (!ticket || ticket->renewal == Renewal::keytab) return std::nullopt;
  const bool renewable = ticket->renewal == Renewal::renewable;
  const auto lasts = static_cast<double>((renewable ? ticket->renewable_for : ticket->left).count());
  if (lasts >= kNoQuestion_s && context.ids.size() < kNoQuestion_ids) return std::nullopt;
  const auto needs = estimated_seconds(context, session);
  if (!needs || *needs < lasts) return std::nullopt;
  return fmt::format(
      "the run needs about {} (an estimate from some of its {} IDs), but the Kerberos ticket of {} ({}) {} "
      "{} {}: "
      "after that a session that is lost cannot be replaced, and the run ends with exit 5, to be resumed; "
      "name a "
      "keytab (kerberos.keytab), or get a longer ticket (kinit -l)",
      span_text(std::chrono::duration<double>(*needs)), context.ids.size(), ticket->principal, ticket->source,
      renewable ? "can be renewed for" : "lasts", span_text(std::chrono::duration<double>(lasts)),
      renewable ? "only" : "and cannot be renewed");
}

AuthenticationReport authentication_report(const Session& session) {
  const Authentication& found = session.authentication();
  return {found.method, found.principal, found.gss_encrypted};
}

}  // namespace firmquery

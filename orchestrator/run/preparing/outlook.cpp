#include "preparing/outlook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "firmquery/core/estimate.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/db/kerberos.hpp"
#include "firmquery/run/instant.hpp"

namespace firmquery {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kProbe_s = 2;  // for all of it
constexpr std::size_t kFew = 20, kMany = 2000;
constexpr double kLoad_ids_per_s = 150'000;  // COPY into a temporary table, one session; the slower system
// An ID that takes longer than this is not worth asking the server for: 1,000 IDs end within five minutes.
constexpr double kSlow_s_per_id = 0.3;

class NoSink : public RowSink {
 public:
  Result<void> row(std::string_view, std::string_view, bool) override { return {}; }
};

class Probe {
 public:
  Probe(const StrategyContext& context, Session& session)
      : context_(context), session_(session), array_(make_strategy(StrategyKind::array, context)) {}

  // Seconds that reading so many IDs takes over all sessions. Rather too few than too many: what a statement costs
  // whatever its length is paid once, and not for each ID; and where the time of the probe is up, its IDs would have
  // taken longer. nullopt: the server has refused, or even a few IDs take too long to say anything.
  std::optional<double> seconds(std::uint64_t ids) {
    const std::size_t all = context_.ids.size(), middle = all / 2;
    const auto few = time({middle, std::min(middle + kFew, all)});
    if (!few || few->timed_out) return std::nullopt;
    double per_id = few->seconds / static_cast<double>(few->ids), once = 0;
    // As many as fit into half of the time that is left, by what the few have taken.
    const double fit = few->seconds > 0 ? (kProbe_s - spent_) / 2 / per_id : static_cast<double>(kMany);
    const std::size_t second = middle + few->ids;
    const std::size_t count =
        std::min(static_cast<std::size_t>(std::min(fit, static_cast<double>(kMany))), all - second);
    if (count > few->ids) {
      const auto many = time({second, second + count});
      if (!many) return std::nullopt;
      per_id = std::max(many->seconds - few->seconds, 0.0) / static_cast<double>(many->ids - few->ids);
      if (!many->timed_out) once = std::max(few->seconds - per_id * static_cast<double>(few->ids), 0.0);
    } else if (second < all) {
      return std::nullopt;
    }
    const double sessions = std::max(1.0, static_cast<double>(context_.job.connections));
    return once + static_cast<double>(ids) / sessions * (per_id + 1 / kLoad_ids_per_s);
  }

 private:
  struct Time {
    std::size_t ids = 0;
    double seconds = 0;
    bool timed_out = false;
  };
  std::optional<Time> time(Slice slice) {
    const double limit = kProbe_s - spent_;
    if (limit < 0.01 || !set_statement_timeout(session_, limit)) return std::nullopt;
    if (!session_.execute("begin read only")) return std::nullopt;
    const auto start = std::chrono::steady_clock::now();
    NoSink sink;
    auto statement = array_->query(session_, slice);
    const auto read = statement ? session_.stream(statement->sql, context_.facts.row_key, false, sink,
                                                  statement->parameters)
                                : Result<std::uint64_t>(Failure(statement.error()));
    const double took = Seconds(std::chrono::steady_clock::now() - start).count();
    (void)session_.execute("rollback");
    spent_ += took;
    if (read) return Time{slice.size(), took, false};
    if (read.error().timed_out) return Time{slice.size(), took, true};
    return std::nullopt;
  }

  const StrategyContext& context_;
  Session& session_;
  const std::unique_ptr<Strategy> array_;
  double spent_ = 0;
};

// One of the things that end, and when.
struct End {
  TimeLimit bound;
  double in_s;
  std::string what, remedy;  // "the run needs about 5 min (...), but " and what
};

std::string in_words(double seconds) {
  return span_text(Seconds(seconds));
}

std::optional<End> deadline_of(const Job& job) {
  if (!job.deadline) return std::nullopt;
  const double left = Seconds(job.deadline->at - std::chrono::system_clock::now()).count();
  return End{TimeLimit::deadline, left,
             fmt::format("the deadline (--deadline {}) is in {}", job.deadline->text, in_words(left)),
             "begin earlier, or use more connections; --late warn begins all the same, reads until the "
             "deadline, and leaves the rest to a resume"};
}

std::optional<End> ticket_of(const Job& job, const Session& session) {
  const auto& credentials = job.connect.credentials;
  if (!credentials || session.authentication().method != "gss") return std::nullopt;
  const auto ticket = credentials->ticket();
  if (!ticket || ticket->renewal == Renewal::keytab) return std::nullopt;
  const bool renewable = ticket->renewal == Renewal::renewable;
  const double left = ticket_window(*ticket);
  const std::string how = renewable ? fmt::format("can be renewed for only {}", in_words(left))
                                    : fmt::format("lasts {} and cannot be renewed", in_words(left));
  return End{
      TimeLimit::ticket, left,
      fmt::format("the Kerberos ticket of {} ({}) {}: after that the sessions that are open go on, but one "
                  "that is lost cannot be replaced, and the run ends with exit 5, to be resumed; what has "
                  "sessions of its own at the end, the second proof and near misses, is left out",
                  ticket->principal, ticket->source, how),
      "name a keytab (kerberos.keytab), or get a longer ticket (kinit -l)"};
}

std::optional<End> gc_window_of(const StrategyContext& context, const SnapshotReport& earlier) {
  if (!context.dialect.is_cockroachdb()) return std::nullopt;
  // A new run takes its instant when the list is loaded.
  const SnapshotReport instant = make_instant(context.dialect, context.job.snapshot, earlier)->report();
  const auto left = gc_window_left(context.facts, instant);
  if (!left) return std::nullopt;
  return End{
      TimeLimit::gc_window, *left,
      fmt::format("what the tables hold at the run's instant stays readable for only {}: what is not read by "
                  "then can be read at a later instant alone, by a resume with --snapshot off",
                  in_words(*left)),
      "raise gc.ttlseconds of the table, or use more connections"};
}

std::vector<End> ends_of(const StrategyContext& context, const Session& session,
                         const SnapshotReport& earlier) {
  std::vector<End> ends;
  for (auto& end :
       {deadline_of(context.job), ticket_of(context.job, session), gc_window_of(context, earlier)}) {
    if (end) ends.push_back(*end);
  }
  return ends;
}

// A list this short is read before an end this far away: not worth asking the server.
bool may_be_too_soon(const End& end, std::uint64_t unread, unsigned connections) {
  if (end.bound == TimeLimit::deadline && unread > kFew) return true;
  return static_cast<double>(unread) / std::max(connections, 1u) * kSlow_s_per_id > end.in_s;
}

std::string needs_text(double ahead_s, const EstimateReport& estimate, std::uint64_t unread) {
  const std::string by = estimate.source == "history"
                             ? "an estimate by earlier runs of this job"
                             : fmt::format("an estimate from some of its {} IDs", unread);
  return fmt::format("the run needs about {} ({})", span_text(Seconds(ahead_s)), by);
}

}  // namespace

std::string_view to_string(TimeLimit bound) {
  switch (bound) {
    case TimeLimit::deadline:
      return "deadline";
    case TimeLimit::ticket:
      return "ticket";
    case TimeLimit::gc_window:
      return "gc_window";
  }
  return "";
}

Outlook look_ahead(const StrategyContext& context, Session& session, const OutlookOptions& options) {
  Outlook outlook;
  EstimateReport& estimate = outlook.estimate;
  estimate.ids = options.unread;
  const auto ends = ends_of(context, session, options.earlier);
  for (const End& end : ends) outlook.bounds.push_back(end.bound);
  double ahead_s = 0;
  if (const auto expected = expected_by(context.job.past, context.ids.size(), options.unread)) {
    estimate.source = "history";
    estimate.seconds = expected->total_s;
    estimate.runs = expected->runs;
    ahead_s = expected->ahead_s;
  } else if (options.unread > 0 && std::any_of(ends.begin(), ends.end(), [&](const End& end) {
               return may_be_too_soon(end, options.unread, context.job.connections);
             })) {
    const auto seconds = Probe(context, session).seconds(options.unread);
    (void)set_statement_timeout(session, context.job.query_timeout.count());
    if (seconds) {
      estimate.source = "probe";
      estimate.seconds = options.elapsed_s + *seconds;
      ahead_s = *seconds;
    }
  }
  if (!estimate.seconds) return outlook;
  for (const End& end : ends) {
    if (ahead_s < end.in_s) continue;
    outlook.late.push_back(
        {end.bound, needs_text(ahead_s, estimate, options.unread) + ", but " + end.what, end.remedy});
  }
  return outlook;
}

Result<void> refuse_late(const Job& job, const Outlook& outlook) {
  for (const TooLate& late : outlook.late) {
    const bool refuse =
        job.late == Late::refuse || (job.late == Late::by_default && late.bound == TimeLimit::deadline);
    if (refuse) return fail(ErrorKind::late, "the run was not begun: " + late.what, {}, late.remedy);
  }
  return {};
}

double ticket_window(const Ticket& ticket) {
  const bool renewable = ticket.renewal == Renewal::renewable;
  return static_cast<double>((renewable ? ticket.renewable_for : ticket.left).count());
}

std::optional<double> gc_window_left(const QueryFacts& facts, const SnapshotReport& instant) {
  if (!facts.gc_window_s || instant.kind != kSystemTime) return std::nullopt;
  double nanoseconds = 0;  // since 1970; none before it is taken
  const auto read =
      std::from_chars(instant.value.data(), instant.value.data() + instant.value.size(), nanoseconds);
  if (read.ec != std::errc()) return facts.gc_window_s;
  const double now = Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
  return *facts.gc_window_s - std::max(now - nanoseconds * 1e-9, 0.0);
}

}  // namespace firmquery

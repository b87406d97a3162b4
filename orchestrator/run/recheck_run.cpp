#include "firmquery/run/recheck_run.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <memory>
#include <random>
#include <utility>

#include "firmquery/core/key_text.hpp"
#include "firmquery/core/row_key.hpp"
#include "firmquery/core/sample.hpp"
#include "firmquery/output/exceptions.hpp"
#include "firmquery/run/run.hpp"
#include "preparing/preparation.hpp"
#include "publishing/run_record.hpp"
#include "reading/recheck.hpp"

namespace firmquery {
namespace {

// Drawn anew each time: who verifies again looks at others.
std::uint64_t fresh_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

// The IDs that a server needs to be asked for: 70000 is missing in an int2 column without asking.
bool is_askable(std::string_view id, IdType type, const KeyColumn& key) {
  if (type != IdType::integer || key.id_type != IdType::integer) return true;
  std::int64_t value = 0;
  std::from_chars(id.data(), id.data() + id.size(), value);
  return value >= key.low && value <= key.high;
}

Result<std::uint64_t> each_missing(
    const RunReader& run, IdType type, const KeyColumn& key,
    const std::function<void(std::uint64_t place, std::string_view id)>& visit) {
  FQ_TRY_ASSIGN(IdReader ids, run.missing());
  std::uint64_t count = 0;
  for (std::string_view id;;) {
    FQ_TRY_ASSIGN(const bool more, ids.next(id));
    if (!more) return count;
    if (!is_askable(id, type, key)) continue;
    visit(count++, id);
  }
}

Result<IdSet> sample_missing(const RunReader& run, IdType type, const KeyColumn& key, std::uint64_t most,
                             std::uint64_t& of) {
  FQ_TRY_ASSIGN(of, each_missing(run, type, key, [](std::uint64_t, std::string_view) {}));
  StratifiedSample sample(of, most, fresh_seed());
  auto next = sample.next();
  IdSetBuilder drawn(type);
  FQ_TRY(each_missing(run, type, key, [&](std::uint64_t place, std::string_view id) {
    if (place != next) return;
    drawn.add(id);
    next = sample.next();
  }));
  return drawn.finish().unique;
}

// Of the rows, so that an ID with many rows is the likelier to be drawn.
Result<IdSet> sample_found(const RunReader& run, IdType type, std::uint64_t most) {
  const Report& report = run.report();
  FQ_TRY_ASSIGN(const auto rows, run.results());
  const auto key = RowKey::among(rows->columns(), report.key);
  if (!key)
    return fail(ErrorKind::integrity, "the results have no column " + report.key, run.directory().string());
  StratifiedSample sample(report.result.rows, most, fresh_seed());
  auto next = sample.next();
  IdSetBuilder drawn(type);
  std::string id;
  for (std::uint64_t row = 0; next; ++row) {
    FQ_TRY_ASSIGN(const bool more, rows->next());
    if (!more) break;
    if (row != *next) continue;
    next = sample.next();
    std::string_view value;
    bool is_null = false;
    const auto field = [&](std::size_t column, std::string_view& text, bool& null) {
      return rows->field(column, text, null);
    };
    if (!key->read(field, value, is_null) || is_null || !read_key(value, type, id))
      return fail(ErrorKind::integrity, fmt::format("row {} of the results has no key", row + 1),
                  run.directory().string());
    drawn.add(std::string_view(id));
  }
  return drawn.finish().unique;
}

Result<Claims> claims_of(const RunReader& run, const KeyColumn& key, std::uint64_t most) {
  const auto type = id_type_from_string(run.report().id_type);
  if (!type)
    return fail(ErrorKind::integrity, "the report does not say what its keys are", run.directory().string());
  Claims claims;
  FQ_TRY_ASSIGN(claims.missing, sample_missing(run, *type, key, most, claims.missing_of));
  FQ_TRY_ASSIGN(claims.found, sample_found(run, *type, found_sample(most)));
  claims.found_of = run.report().result.found;
  return claims;
}

// Whether it is asked as it was then, and the same server.
Result<void> check_target(Prepared::Parts& parts, const JournalState& journal, const RunReader& run) {
  JournalList now = *journal.list;
  FQ_TRY(parts.control.attempt(
      [&](Session& session) -> Result<void> {
        FQ_TRY_ASSIGN(now.server, cluster_identity(session, parts.control.dialect()));
        return {};
      },
      parts.stop));
  now.target = server_name(parts.job.connect);
  now.session = session_text(parts.session_report);
  const auto changed = changes(now, *journal.list);
  if (changed.empty()) return {};
  return fail(ErrorKind::usage, in_words(changed) + " changed since the run", run.directory().string(),
              "name the server that the run has asked, with --dsn");
}

// The one instant of all readings, if it can be gone back to.
SnapshotReport instant_of(const Report& report) {
  if (report.readings.empty()) return {};
  const SnapshotReport& first = report.readings.front().snapshot;
  for (const ReadingReport& reading : report.readings) {
    if (reading.snapshot.kind != kSystemTime || reading.snapshot.value != first.value) return {};
  }
  return first;
}

Result<RecheckedRun> recheck(const RunReader& run, const Job& given, EventStream& events,
                             const std::stop_token& stop) {
  FQ_TRY_ASSIGN(const JournalState journal, run.journal());
  if (!journal.list) return fail(ErrorKind::usage, "the run never had a list", run.directory().string());
  Job job = given;
  job.sql = journal.job.sql;
  job.sql_name = "the run's query";
  job.key = journal.job.key;
  ListFiles no_list;
  no_list.from_copy = true;  // so that it is not read beside
  Preparation preparation(job, events, stop, no_list, Access::read_only);
  FQ_TRY(preparation.connect());
  FQ_TRY(preparation.examine());
  Prepared::Parts& parts = preparation.parts();
  FQ_TRY(check_target(parts, journal, run));
  FQ_TRY_ASSIGN(const Claims claims, claims_of(run, parts.facts.key, parts.job.recheck));

  const StrategyContext strategy{parts.job,       parts.control.dialect(), *parts.sql_template, parts.facts,
                                 parts.input.ids, run.report().run_id,     parts.retry};
  Pace pace(parts.job.pace);
  std::vector<std::string> strategies;
  for (const ReadingReport& reading : run.report().readings) strategies.push_back(reading.strategy);
  const SecondWay way{second_way(strategies), parts.job.connections, std::chrono::hours(24 * 365)};
  const auto ask = [&](Instant& instant) {
    return ask_again(claims, {strategy, instant, pace, parts.events, parts.stop}, way);
  };
  const auto nothing_came = [](const RecheckReport& recheck) {
    return recheck.missing.asked + recheck.found.asked == 0 && !recheck.skipped.empty();
  };
  if (const SnapshotReport earlier = instant_of(run.report()); !earlier.value.empty()) {
    FQ_TRY_ASSIGN(RecheckReport recheck, ask(*make_instant(strategy.dialect, true, earlier)));
    if (!nothing_came(recheck)) return RecheckedRun{std::move(recheck), true};
    events.emit(event::Warning{"at the run's instant " + recheck.skipped});
  }
  const auto now = make_instant(strategy.dialect, true, {});
  FQ_TRY(parts.control.attempt([&](Session& session) { return now->take(session); }, parts.stop));
  FQ_TRY_ASSIGN(RecheckReport recheck, ask(*now));
  if (nothing_came(recheck)) return fail(ErrorKind::transient, recheck.skipped, run.directory().string());
  return RecheckedRun{std::move(recheck), false};
}

}  // namespace

Result<RecheckedRun> recheck_run(const RunReader& run, const Job& job, EventStream& events,
                                 std::stop_token stop) {
  auto done = guarded([&] { return recheck(run, job, events, stop); });
  if (!done && stop.stop_requested() && done.error().kind != ErrorKind::integrity)
    return fail(ErrorKind::interrupted, "interrupted");
  return done;
}

}  // namespace firmquery

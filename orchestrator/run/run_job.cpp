// run_job(): the run into a directory.
#include <functional>
#include <utility>

#include "execution.hpp"
#include "firmquery/output/exceptions.hpp"
#include "preparing/job_lock.hpp"
#include "publishing/directory_store.hpp"
#include "publishing/finish.hpp"
#include "run_stop.hpp"

namespace firmquery {
namespace {

RunOutcome refused(Error error) {
  RunOutcome outcome;
  outcome.kind = RunOutcome::Kind::refused;
  outcome.report.status = error.kind == ErrorKind::interrupted ? "interrupted" : "failed";
  outcome.error = std::move(error);
  return outcome;
}

// The run in the directory is finished. It is the answer when it is that of this job, this list and this
// target.
Result<Report> completed_before(Preparation& preparation, DirectoryStore& store) {
  FQ_TRY(preparation.connect());
  FQ_TRY(preparation.examine());
  FQ_TRY(preparation.read_list());
  Prepared::Parts& parts = preparation.parts();
  FQ_TRY_ASSIGN(Report report, store.complete_report(list_now(parts, parts.input.report)));
  store.tidy();
  return report;
}

Result<void> stages(Preparation& preparation, DirectoryStore& store, Ledger& ledger,
                    const std::function<Result<void>()>& lock) {
  auto prepared = [&]() -> Result<void> {
    FQ_TRY(preparation.connect());
    FQ_TRY(store.audited());
    FQ_TRY(lock());
    FQ_TRY(preparation.examine());
    return preparation.read_list();
  }();
  if (!prepared) preparation.abandon();  // before the directory goes that it writes to
  Prepared::Parts& parts = preparation.parts();
  describe(parts, ledger.report);
  ledger.start.timing.clean_s = parts.clean_s;
  FQ_TRY(prepared);
  // Before the server is asked for hours.
  if (const auto& file = parts.job.baseline; !file.empty()) {
    FQ_TRY_ASSIGN(Baseline baseline,
                  Baseline::read(file, parts.input.ids.type(), store.directory(), parts.stop));
    store.accept(std::move(baseline));
  }
  return execute_into(parts, store, ledger, {});
}

RunOutcome run(const Job& job, EventStream& events, RunStop& halt) {
  const std::stop_token stop = halt.token();
  // A template that makes no sense leaves no directory.
  if (const auto parsed = SqlTemplate::parse(job.sql, job.sql_name, job.key); !parsed)
    return refused(parsed.error());
  Ledger ledger(job.run_id);
  const Listening listening(events, ledger.figures);
  auto opened =
      DirectoryStore::open(job, {ledger.report.run_id, ledger.report.started_at, ledger.began}, events, stop);
  if (!opened) return refused(std::move(opened).error());
  DirectoryStore& store = **opened;
  RunOutcome outcome;
  if (store.opening() == Opening::skipped) {
    outcome.kind = RunOutcome::Kind::skipped;
    outcome.out = store.directory();
    return outcome;
  }
  Preparation preparation(job, events, stop, store.list_files());
  if (store.opening() == Opening::complete) {
    auto report = completed_before(preparation, store);
    if (!report) return refused(std::move(report).error());
    outcome.kind = RunOutcome::Kind::complete_before;
    outcome.report = *std::move(report);
  } else {
    ledger.report.run_id = store.run_id();
    ledger.report.started_at = store.started_at();
    JobLock lock(job);
    auto done = stages(preparation, store, ledger, [&] { return lock_job(lock, job, events, halt); });
    if (!done) done = Failure(halt.in_words(std::move(done).error()));
    outcome = ending(store, ledger, std::move(done));
    if (outcome.report.status == "complete") store.tidy();
    lock.release();
    if (outcome.error && outcome.error->kind == ErrorKind::overlap && job.on_overlap == OnOverlap::skip) {
      outcome.kind = RunOutcome::Kind::skipped;
      outcome.skipped_because = std::exchange(outcome.error, std::nullopt)->message;
    }
  }
  outcome.out = store.directory();
  outcome.profile = preparation.parts().input.profile;
  outcome.breached = breached_thresholds(job, outcome.report);
  outcome.unchecked = unchecked_thresholds(job, outcome.report);
  return outcome;
}

}  // namespace

RunOutcome run_job(const Job& job, Observer& observer, std::stop_token stop) {
  EventStream events;
  events.add(observer);
  RunStop halt(stop);
  const Listening listening(events, halt);
  const auto outcome = guarded([&]() -> Result<RunOutcome> {
    const DeadlineWatch deadline(job.deadline, halt);
    return run(job, events, halt);
  });
  RunOutcome done = outcome ? *outcome : refused(outcome.error());
  if (done.error) done.error = halt.attributed(*std::move(done.error));
  events.emit(event::PhaseBegun{Phase::done});
  events.emit(event::Ended{done.report, done.error});
  return done;
}

}  // namespace firmquery

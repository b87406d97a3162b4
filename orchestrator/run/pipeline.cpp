#include "firmquery/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <firmquery/sql_text.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "control.hpp"
#include "finish.hpp"
#include "firmquery/catalog.hpp"
#include "firmquery/files.hpp"
#include "firmquery/input.hpp"
#include "query_facts.hpp"
#include "reading.hpp"
#include "run_record.hpp"
#include "strategy.hpp"
#include "ticket.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The server may hold fewer values than the list: what an int2 column cannot hold is missing without asking.
Slice askable(const IdSet& ids, const KeyColumn& key) {
  if (ids.type() != IdType::integer || key.id_type != IdType::integer) return {0, ids.size()};
  const auto [begin, end] = ids.integer_interval(key.low, key.high);
  return {begin, end};
}

// The server does not let this role, or this cluster, do what the strategy needs.
bool is_refusal(const Error& error) {
  // Without an SQLSTATE, or with one of class 28, it is the connection that was refused, whatever the strategy.
  return (error.kind == ErrorKind::permission && !error.sqlstate.empty() && !error.sqlstate.starts_with("28")) || error.sqlstate == "0A000" ||
         error.sqlstate == "25006" || error.sqlstate == "XCEXF";
}

std::string session_text(const SessionReport& session) {
  return fmt::format("time zone {}, dates {}, intervals {}, extra_float_digits {}, bytea {}, row_security {}",
                     session.time_zone, session.date_style, session.interval_style,
                     session.extra_float_digits, session.bytea_output, session.row_security);
}

class OneAtATime : public RunLog {
 public:
  OneAtATime(RunLog& log, std::vector<std::string>& warnings) : log_(log), warnings_(warnings) {}
  void info(const std::string& message) override {
    const std::lock_guard lock(mutex_);
    log_.info(message);
  }
  void warning(const std::string& message) override {
    const std::lock_guard lock(mutex_);
    log_.warning(message);
    if (warnings_.size() > kWarningsMax) return;
    warnings_.push_back(warnings_.size() < kWarningsMax ? message : "further warnings are in the log only");
  }

 private:
  static constexpr std::size_t kWarningsMax = 1000;
  std::mutex mutex_;
  RunLog& log_;
  std::vector<std::string>& warnings_;
};

// One run from the opened directory to the manifest. Members are in the order in which the stages fill them.
class Run {
 public:
  Run(const Job& job, Progress& progress, RunLog& log, std::stop_token stop)
      : job_(job),
        progress_(progress),
        log_(log, report_.warnings),
        stop_(std::move(stop)),
        retry_(job),
        pace_(job.pace),
        control_(job, retry_, log_) {}

  Result<RunOutcome> run() {
    report_.run_id = job_.run_id.empty() ? make_run_id() : job_.run_id;
    report_.started_at = utc_now();
    report_.status = "failed";
    report_.key = job_.key;
    report_.spreadsheet_safe = job_.spreadsheet_safe;
    FQ_TRY_ASSIGN(const SqlTemplate sql_template, SqlTemplate::parse(job_.sql, job_.sql_name, job_.key));
    FQ_TRY_ASSIGN(OpenedRun opened, open_run(job_, report_.run_id, stop_));
    if (opened.opening == Opening::skipped) return RunOutcome{RunOutcome::Kind::skipped, report_, {}, {}};
    if (opened.opening == Opening::complete) return completed_before();
    record_.emplace(std::move(*opened.record));
    if (const auto& earlier = record_->earlier) {
      report_.run_id = earlier->job.run_id;
      report_.started_at = earlier->job.at;
      report_.readings = earlier->readings;
    }
    FQ_TRY(note_start(*record_, job_, report_));
    auto result = stages(sql_template);
    if (!result) return ended(std::move(result).error());
    // The run is whole without it, and resume does it again.
    if (report_.status == "complete") {
      if (auto tidied = tidy_complete_run(job_.out); !tidied) log_.warning(tidied.error().to_string());
    }
    progress_.phase = Phase::done;
    return RunOutcome{RunOutcome::Kind::ran, report_, input_.profile, breached_thresholds(job_, report_)};
  }

 private:
  Result<RunOutcome> completed_before() {
    FQ_TRY(tidy_complete_run(job_.out));
    const std::string path = job_.out / "report.json";
    FQ_TRY_ASSIGN(const std::string text, read_regular_file(path));
    FQ_TRY_ASSIGN(report_, report_from_json(text, path));
    progress_.phase = Phase::done;
    return RunOutcome{RunOutcome::Kind::complete_before, report_, {}, breached_thresholds(job_, report_)};
  }

  Result<RunOutcome> ended(Error error) {
    if (stop_.stop_requested()) error = fail(ErrorKind::interrupted, "interrupted").value();
    const bool interrupted = error.kind == ErrorKind::interrupted;
    report_.status = interrupted ? "interrupted" : "failed";
    if (list_known_) collect();
    // A resumption that was refused has nothing to say about the run.
    const bool refused = record_->earlier && !list_known_;
    if (!refused) (void)write_report();
    (void)record_->audit.event("end", {{"status", report_.status}, {"error", error.message}});
    // A run that never began (the query does not fit, the list cannot be read) leaves nothing in the way of
    // the corrected command; one that was interrupted, or may work later, stays.
    const bool can_go_on = list_known_ || refused ||
                           ((interrupted || error.kind == ErrorKind::transient) && job_.ids_path != "-");
    const bool curable =
        interrupted || error.kind == ErrorKind::transient || error.kind == ErrorKind::permission;
    const bool says_how = error.remedy.find("firmquery resume") != std::string::npos;
    if (can_go_on && curable && !says_how) {
      error.remedy += (error.remedy.empty() ? "" : "; ") + std::string("firmquery resume ") +
                      job_.out.string() + " goes on with the run";
    }
    if (!can_go_on) remove_run(job_.out);
    return Failure(std::move(error));
  }

  Result<void> stages(const SqlTemplate& sql_template) {
    FQ_TRY(examine(sql_template));
    FQ_TRY(clean());
    FQ_TRY(share_out());
    FQ_TRY(drop_leftover_table());
    if (const auto warning = short_ticket_warning(*strategy_, control_.session())) log_.warning(*warning);
    // Also with nothing to ask: the report names strategy and instant.
    if (unread() > 0 || report_.readings.empty()) FQ_TRY(load_and_read());
    collect();
    if (unread() == 0 && !(record_->earlier && record_->earlier->all_read))
      FQ_TRY(record_->journal.all_read());
    return export_results(sql_template);
  }

  // Connects, finds the dialect and what the template is about; nothing is written on the server.
  Result<void> examine(const SqlTemplate& sql_template) {
    progress_.phase = Phase::connecting;
    FQ_TRY(control_.connect(stop_));
    report_.dialect = to_string(dialect().kind);
    report_.server_version = dialect().version;
    report_.authentication = authentication_report(control_.session());
    FQ_TRY_ASSIGN(report_.session, session_report(control_.session()));
    FQ_TRY(record_->audit.event(
        "connect", {{"server", control_.session().host()},
                    {"role", control_.session().user()},
                    {"authentication", report_.authentication.method},
                    {"principal", report_.authentication.principal},
                    {"gss_encrypted", report_.authentication.gss_encrypted ? "true" : "false"}}));
    tend_ticket(job_.connect, log_);
    FQ_TRY(control_.attempt(
        [&](Session& session) -> Result<void> {
          FQ_TRY_ASSIGN(facts_,
                        examine_query(session, Catalog(job_.connect), dialect(), sql_template, job_.key));
          return {};
        },
        stop_));
    report_.key_type = facts_.key.type_name;
    for (const std::string& warning : facts_.warnings) log_.warning(warning);
    strategy_.emplace(
        StrategyContext{job_, dialect(), sql_template, facts_, input_.ids, report_.run_id, retry_});
    return {};
  }

  Result<void> clean() {
    progress_.phase = Phase::cleaning;
    const Clock::time_point start = Clock::now();
    InputOptions options = input_options(job_);
    options.copy = job_.out / kListCopyName;
    if (job_.ids_from_copy) {
      options.path = options.copy;
      FQ_TRY(check_list_copy(options.copy));
    }
    FQ_TRY_ASSIGN(options.clean.type, choose_id_type(job_, facts_));
    FQ_TRY_ASSIGN(input_, read_input(options, job_.out, stop_, &progress_.lines_read));
    for (const std::string& warning : input_.warnings) log_.warning(warning);
    report_.input = input_.report;
    report_.id_type = to_string(options.clean.type);
    report_.timing.clean_s = seconds_since(start);
    progress_.ids_total = input_.ids.size();
    return {};
  }

  // Fixes who reads what, or takes it over from the run that is resumed.
  Result<void> share_out() {
    JournalList list{input_.ids.size(),
                     report_.input.digest,
                     identity(),
                     facts_.csv_header,
                     {},
                     session_text(report_.session)};
    if (record_->earlier) {
      FQ_TRY(check_same(list, *record_->earlier->list));
      list.shares = record_->earlier->list->shares;
    } else {
      list.shares = split(askable(input_.ids, facts_.key), std::max(job_.connections, 1u));
      FQ_TRY(record_->journal.list(list));
    }
    list_known_ = true;
    for (unsigned number = 0; number < list.shares.size(); ++number) {
      shares_.emplace_back(input_.ids, number, list.shares[number], part_path(job_.out, number));
      if (record_->earlier) FQ_TRY(shares_.back().restore(record_->earlier->units, facts_.key_index));
      progress_.rows += shares_.back().reconciler().rows();
    }
    report_.connections = static_cast<unsigned>(shares_.size());
    progress_.ids_done = input_.ids.size() - unread();
    progress_.ids_loaded = input_.ids.size() - unread();
    return {};
  }

  Result<void> check_same(const JournalList& now, const JournalList& then) const {
    if (now.ids != then.ids || now.digest != then.digest) {
      return run_changed(fmt::format("the list of IDs ({} unique then, {} now)", then.ids, now.ids),
                         job_.out);
    }
    if (!now.server.empty() && !then.server.empty() && now.server != then.server)
      return run_changed("the target", job_.out);
    if (now.csv_header != then.csv_header) return run_changed("the columns of the result", job_.out);
    if (!then.session.empty() && now.session != then.session) {
      return run_changed(fmt::format("how the sessions read ({} then, {} now)", then.session, now.session),
                         job_.out);
    }
    return {};
  }

  // Of the cluster and the database; empty where this role may not know.
  std::string identity() {
    const auto rows = control_.session().execute(std::string(
        dialect().is_cockroachdb() ? sql::cockroachdb::cluster_identity : sql::postgresql::cluster_identity));
    return rows && rows->size() == 1 ? fmt::format("{}/{}", rows->at(0, 0), control_.session().database())
                                     : "";
  }

  // A run that was killed has left its staging table; the passes after it may need none.
  Result<void> drop_leftover_table() {
    if (!record_->earlier) return {};
    const auto& readings = record_->earlier->readings;
    const bool staged = std::any_of(readings.begin(), readings.end(), [](const ReadingReport& reading) {
      return reading.strategy == to_string(StrategyKind::staging_table);
    });
    if (!staged) return {};
    const auto dropped =
        make_strategy(StrategyKind::staging_table, *strategy_)->tear_down(control_.session());
    if (!dropped) log_.warning(dropped.error().to_string());
    return {};
  }

  std::size_t unread() const {
    std::size_t ids = 0;
    for (const Share& share : shares_) {
      for (const Slice slice : share.unread()) ids += slice.size();
    }
    return ids;
  }

  // Pass after pass: a pass ends early when the session that holds the instant is lost with the server, and
  // the rest is read at a new instant.
  Result<void> load_and_read() {
    SnapshotReport earlier;
    if (!report_.readings.empty()) {
      earlier = report_.readings.back().snapshot;
      log_.info(
          fmt::format("resumed: {} of {} IDs are read", input_.ids.size() - unread(), input_.ids.size()));
    }
    for (unsigned attempt = 0;; ++attempt) {
      const ReadingContext context{*strategy_, control_, shares_, record_->journal, pace_,
                                   progress_,  log_,     stop_,   earlier};
      bool lost_instant = false;
      auto read = read_with_best(context, lost_instant);
      if (read) return first_failure();
      const bool safe = std::all_of(shares_.begin(), shares_.end(),
                                    [](const Share& share) { return share.all_journalled(); });
      if (!lost_instant || !safe || !retry_.allows(attempt)) return read;
      log_.warning("the server has ended the session that holds the run's instant");
      if (!retry_.pause(attempt, stop_)) return fail(ErrorKind::interrupted, "interrupted");
    }
  }

  // With the best strategy that the server does not refuse.
  Result<void> read_with_best(const ReadingContext& context, bool& lost_instant) {
    FQ_TRY_ASSIGN(auto candidates, candidate_strategies(job_, dialect()));
    if (make_instant(dialect(), job_.snapshot, context.earlier)->resumed())
      candidates = {strategy_without_tables(job_)};
    for (std::size_t i = 0;; ++i) {
      progress_.phase = Phase::loading;
      const Clock::time_point start = Clock::now();
      Reading reading(context, candidates[i]);
      report_.strategy = to_string(candidates[i].kind);
      report_.strategy_reason = candidates[i].reason;
      auto done = reading.load();
      report_.timing.load_s += seconds_since(start);
      const bool loaded = done.has_value();
      if (loaded) {
        note_reading(reading.report());
        progress_.phase = Phase::querying;
        const Clock::time_point begin = Clock::now();
        done = reading.read();
        report_.timing.query_s += seconds_since(begin);
      }
      lost_instant = reading.lost_its_instant();
      reading.add_to(report_, statement_seconds_);
      if (auto torn_down = reading.tear_down(); !torn_down) log_.warning(torn_down.error().to_string());
      const bool next = !done && !loaded && i + 1 < candidates.size() && is_refusal(done.error());
      if (!next || stop_.stop_requested()) return done;
      log_.warning(fmt::format("{} was refused ({}); falling back to {}", report_.strategy,
                               done.error().message, to_string(candidates[i + 1].kind)));
      candidates[i + 1].reason =
          fmt::format("auto: {} was refused: {}", report_.strategy, done.error().message);
    }
  }

  void note_reading(const ReadingReport& reading) {
    if (!report_.readings.empty() && report_.readings.back().snapshot.value != reading.snapshot.value) {
      log_.warning(
          fmt::format("the rest is read at a new instant ({}); both are in the report", reading.started_at));
    }
    report_.readings.push_back(reading);
  }

  // A run that read nothing at all has failed; one that read some of it is partial.
  Result<void> first_failure() const {
    std::uint64_t units = 0;
    const Share::Failed* failed = nullptr;
    for (const Share& share : shares_) {
      units += share.units();
      if (failed == nullptr && !share.failed().empty()) failed = &share.failed().front();
    }
    if (failed == nullptr || units > 0) return {};
    return fail(ErrorKind::transient, "nothing could be read: " + failed->error);
  }

  void collect() {
    if (std::exchange(collected_, true)) return;
    if (!report_.readings.empty()) report_.snapshot = report_.readings.front().snapshot;
    for (const Share& share : shares_) {
      report_.result.rows += share.reconciler().rows();
      report_.result.found += share.reconciler().found();
      report_.result.found_digest += share.reconciler().found_digest();
      report_.ranges.done += share.units();
    }
    if (report_.strategy.empty() && !report_.readings.empty()) {  // resumed after everything was read
      report_.strategy = report_.readings.back().strategy;
      report_.strategy_reason = "of the run that was resumed";
    }
    report_.failed_ranges = failed_ranges(input_.ids, shares_);
    report_.ranges.total = report_.ranges.done + report_.failed_ranges.size();
    report_.retries += control_.retries();
    summarize_statements(statement_seconds_, report_);
  }

  Result<void> export_results(const SqlTemplate& sql_template) {
    progress_.phase = Phase::exporting;
    const Clock::time_point start = Clock::now();
    const bool partial = unread() > 0;
    FQ_TRY_ASSIGN(const ListTotal missing, write_missing(job_, input_.ids, shares_));
    report_.result.missing = missing.count;
    report_.result.missing_digest = missing.digest;
    if (partial) {
      FQ_TRY_ASSIGN(const ListTotal unresolved, write_unresolved(job_, input_.ids, shares_));
      report_.result.unresolved = unresolved.count;
      report_.result.unresolved_digest = unresolved.digest;
    }
    FQ_TRY(check_proof(report_));
    FQ_TRY(write_results(job_, facts_.csv_header, shares_));
    std::vector<std::pair<std::string, std::uint64_t>> files = {{"results.csv", report_.result.rows},
                                                                {"missing.csv", report_.result.missing},
                                                                {"rejected.csv", report_.input.rejected},
                                                                {"duplicates.csv", report_.input.duplicates}};
    if (partial) files.emplace_back("unresolved.csv", report_.result.unresolved);
    FQ_TRY_ASSIGN(report_.files, describe_files(job_.out, files, stop_));
    report_.timing.export_s = seconds_since(start);
    report_.status = partial ? "partial" : "complete";
    FQ_TRY(write_report());
    if (partial)
      return note_end(*record_, report_, report_.files);  // not finished: resume writes the manifest
    FQ_TRY_ASSIGN(auto own, describe_files(job_.out, {{"report.json", 0}, {"journal.jsonl", 0}}, stop_));
    std::vector<FileReport> all = report_.files;
    all.insert(all.end(), own.begin(), own.end());
    // Before the manifest, which says where the audit log ends.
    FQ_TRY(note_end(*record_, report_, all));
    const Manifest manifest{report_.run_id,
                            report_.finished_at,
                            FIRMQUERY_VERSION,
                            job_.ids_path,
                            report_.input.digest.to_hex(),
                            report_.snapshot,
                            sql_template.text(),
                            report_.dialect,
                            report_.server_version,
                            record_->audit.end(),
                            std::move(all)};
    return write_manifest(job_.out, manifest);
  }

  Result<void> write_report() {
    report_.finished_at = utc_now();
    report_.timing.total_s = seconds_since(start_);
    report_.peak_rss_bytes = peak_rss_bytes();
    FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(job_.out / "report.json"));
    FQ_TRY(file.write(to_json(report_)));
    return file.commit();
  }

  const Dialect& dialect() const { return control_.dialect(); }

  const Job& job_;
  Progress& progress_;
  Report report_;
  OneAtATime log_;
  const std::stop_token stop_;
  const Clock::time_point start_ = Clock::now();
  RetryPolicy retry_;
  Pace pace_;
  Control control_;
  std::optional<RunRecord> record_;
  QueryFacts facts_;
  CleanedInput input_;
  std::optional<StrategyContext> strategy_;
  bool list_known_ = false;  // to the journal: from here on the run can be resumed
  std::vector<Share> shares_;
  std::vector<double> statement_seconds_;
  bool collected_ = false;
};

}  // namespace

Result<RunOutcome> run_job(const Job& job, Progress& progress, RunLog& log, std::stop_token stop) {
  Job stoppable = job;
  stoppable.connect.stop = stop;  // reaches each session
  return Run(stoppable, progress, log, std::move(stop)).run();
}

}  // namespace firmquery

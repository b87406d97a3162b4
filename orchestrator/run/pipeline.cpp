#include "firmquery/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "control.hpp"
#include "density.hpp"
#include "early_list.hpp"
#include "finish.hpp"
#include "firmquery/catalog.hpp"
#include "firmquery/exceptions.hpp"
#include "firmquery/files.hpp"
#include "firmquery/input.hpp"
#include "full_scans.hpp"
#include "key_equality.hpp"
#include "one_at_a_time.hpp"
#include "parallel.hpp"
#include "query_facts.hpp"
#include "reading.hpp"
#include "results_file.hpp"
#include "run_record.hpp"
#include "series.hpp"
#include "strategy.hpp"
#include "ticket.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One run from the opened directory to the manifest. Members are in the order in which the stages fill them.
class Run {
 public:
  Run(Job job, Progress& progress, RunLog& log, std::stop_token stop)
      : job_(std::move(job)),
        progress_(progress),
        log_(log, report_.warnings),
        stop_(std::move(stop)),
        retry_(job_),
        pace_(job_.pace),
        control_(job_, retry_, log_) {}

  Result<RunOutcome> run() {
    report_.run_id = job_.run_id.empty() ? make_run_id() : job_.run_id;
    report_.started_at = utc_now();
    report_.status = "failed";
    report_.key = job_.key;
    report_.spreadsheet_safe = job_.spreadsheet_safe;
    FQ_TRY_ASSIGN(const SqlTemplate sql_template, SqlTemplate::parse(job_.sql, job_.sql_name, job_.key));
    start_report_.started_at = report_.started_at;
    FQ_TRY_ASSIGN(const bool skipped, find_in_series());
    if (skipped) return outcome(RunOutcome::Kind::skipped);
    FQ_TRY_ASSIGN(OpenedRun opened, open_run(job_, report_.run_id, stop_));
    if (opened.opening == Opening::skipped) return outcome(RunOutcome::Kind::skipped);
    if (opened.opening == Opening::complete) return completed_before(sql_template, *opened.finished);
    record_.emplace(std::move(*opened.record));
    FQ_TRY(note_start());
    auto result = guarded([&] { return stages(sql_template); });
    if (!result) return ended(std::move(result).error());
    if (report_.status == "complete") tidy();
    progress_.phase = Phase::done;
    return outcome(RunOutcome::Kind::ran);
  }

 private:
  RunOutcome outcome(RunOutcome::Kind kind) const {
    auto breached =
        kind == RunOutcome::Kind::skipped ? std::vector<std::string>() : breached_thresholds(job_, report_);
    return RunOutcome{kind, job_.out, report_, input_.profile, std::move(breached)};
  }

  // The run is whole without it, and resume does it again.
  void tidy() {
    if (auto tidied = tidy_complete_run(job_.out); !tidied) log_.late_warning(tidied.error().to_string());
  }

  // Takes the lock of the run that this start may go on with. True: another process has it, and the job says
  // skip.
  Result<bool> find_in_series() {
    if (!job_.resume || !job_.series) return false;
    FQ_TRY_ASSIGN(SeriesSearch search, find_unfinished(job_, *job_.series, stop_));
    for (const std::string& note : search.notes) log_.warning(note);
    if (!search.held.empty()) job_.out = search.held;
    if (!search.found) return !search.held.empty();
    const auto changed = changes(job_, search.found->journal.job);
    if (!changed.empty()) note_passed_over(search.found->directory.string(), changed);
    if (changed.empty()) unfinished_ = std::move(search.found);
    return false;
  }

  void note_passed_over(const std::string& run, const std::vector<std::string>& changed) {
    log_.info("the unfinished run " + run + " is not gone on with, because " + in_words(changed) +
              " changed; a new run starts");
  }

  Result<void> note_start() {
    if (const auto& earlier = record_->earlier) {
      report_.run_id = earlier->job.run_id;
      report_.started_at = earlier->job.at;
      report_.readings = earlier->readings;
    }
    return firmquery::note_start(*record_, job_, report_);
  }

  // The run in the directory is finished. It is the answer when it is that of this job, this list and this
  // target.
  Result<RunOutcome> completed_before(const SqlTemplate& sql_template, const JournalState& finished) {
    const auto asked = guarded([&]() -> Result<void> {
      FQ_TRY(examine(sql_template));
      return clean();
    });
    if (!asked && stop_.stop_requested() && caused_by_stop(asked.error()))
      return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY(asked);
    FQ_TRY(refuse_changed(changes(list_now(report_.input), *finished.list), true, job_.out));
    const std::string path = job_.out / "report.json";
    FQ_TRY_ASSIGN(const std::string text, read_regular_file(path));
    FQ_TRY_ASSIGN(report_, report_from_json(text, path));
    tidy();
    progress_.phase = Phase::done;
    return outcome(RunOutcome::Kind::complete_before);
  }

  Result<RunOutcome> ended(Error error) {
    early_list_.reset();  // before the directory goes that it writes to
    if (stop_.stop_requested() && caused_by_stop(error))
      error = fail(ErrorKind::interrupted, "interrupted").value();
    const bool interrupted = error.kind == ErrorKind::interrupted;
    report_.status = interrupted ? "interrupted" : "failed";
    if (list_known_) collect();
    // A resumption that was refused has nothing to say about the run.
    const bool refused = record_->earlier && !list_known_;
    if (!refused) (void)write_report();
    if (list_known_) (void)record_->journal.end(start_report_);
    if (!refused) log_.failed(report_);
    (void)record_->audit.event("end", {{"status", report_.status}, {"error", error.message}});
    // A run that never began (the query does not fit, the list cannot be read) leaves nothing in the way of
    // the corrected command; one that was interrupted, or may work later, stays.
    const bool can_go_on =
        list_known_ || refused ||
        (!unfinished_ && (interrupted || error.kind == ErrorKind::transient) && job_.ids_path != "-");
    const bool curable =
        interrupted || error.kind == ErrorKind::transient || error.kind == ErrorKind::permission;
    const bool says_how = error.remedy.find("firmquery resume") != std::string::npos;
    if (can_go_on && curable && !says_how) {
      add_remedy(error, "firmquery resume " + job_.out.string() + " goes on with the run");
    } else if (unfinished_ && curable) {
      const std::string earlier = unfinished_->directory.string();
      add_remedy(error, "the same command, or firmquery resume " + earlier + ", goes on with the run there");
    }
    if (!can_go_on) remove_run(job_.out);
    return Failure(std::move(error));
  }

  Result<void> stages(const SqlTemplate& sql_template) {
    FQ_TRY(examine(sql_template));
    FQ_TRY(clean());
    FQ_TRY(share_out());
    if (record_->earlier) {
      const auto dropped = drop_leftover_table(*strategy_, record_->earlier->readings, control_.session());
      if (!dropped) log_.warning(dropped.error().to_string());
    }
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
    report_.server = control_.session().name();
    report_.dialect = to_string(dialect().kind);
    report_.server_version = dialect().version;
    report_.authentication = authentication_report(control_.session());
    FQ_TRY_ASSIGN(report_.session, session_report(control_.session()));
    FQ_TRY(note_connection());
    tend_ticket(job_.connect, log_);
    FQ_TRY(control_.attempt(
        [&](Session& session) -> Result<void> {
          FQ_TRY_ASSIGN(facts_,
                        examine_query(session, Catalog(job_.connect), dialect(), sql_template, job_.key,
                                      [&](std::uint32_t key_type) { clean_early(key_type); }));
          return {};
        },
        stop_));
    report_.key_type = facts_.key.type_name;
    for (const std::string& warning : facts_.warnings) log_.warning(warning);
    strategy_.emplace(
        StrategyContext{job_, dialect(), sql_template, facts_, input_.ids, report_.run_id, retry_});
    return {};
  }

  // Only for a run of its own: a resumption asks first whether the list is the same.
  void clean_early(std::uint32_t key_type) {
    if (!record_ || record_->earlier || job_.ids_from_copy) return;
    if (!early_list_) early_list_.emplace().begin(job_, key_type, stop_, &progress_.lines_read);
  }

  Result<void> note_connection() {
    if (!record_) return {};
    return record_->audit.event("connect", connection_fields(control_.session(), report_.authentication));
  }

  // Nothing of a run that another list was given for is touched.
  Result<void> clean() {
    progress_.phase = Phase::cleaning;
    InputOptions options = input_options(job_);
    if (record_) options.copy = job_.out / kListCopyName;
    if (job_.ids_from_copy) {
      options.path = options.copy;
      FQ_TRY(check_list_copy(options.copy));
    }
    if (record_ && record_->earlier) {
      options.accept = [this](const InputReport& input) {
        return refuse_changed(changes(list_now(input), *record_->earlier->list), false, job_.out);
      };
    }
    FQ_TRY_ASSIGN(options.clean.type, choose_id_type(job_, facts_));
    FQ_TRY(check_scan(job_, facts_, options.clean.type));
    auto early = early_list_ ? early_list_->take(options.clean.type) : std::nullopt;
    if (!early) {
      early = read_input_timed(options, record_ ? job_.out : std::filesystem::path(), stop_,
                               &progress_.lines_read);
    }
    FQ_TRY_ASSIGN(TimedInput timed, *std::move(early));
    input_ = std::move(timed.input);
    for (const std::string& warning : input_.warnings) log_.warning(warning);
    report_.input = input_.report;
    report_.id_type = to_string(options.clean.type);
    start_report_.timing.clean_s = timed.seconds;
    progress_.ids_total = input_.ids.size();
    return control_.attempt(
        [&](Session& session) { return check_list_collation(session, dialect(), facts_, input_.ids); },
        stop_);
  }

  // Fixes who reads what, or takes it over from the run that is resumed.
  Result<void> share_out() {
    JournalList list = list_now(report_.input);
    if (unfinished_) FQ_TRY(go_on_or_begin(list));
    if (record_->earlier) {
      if (list.csv_header != record_->earlier->list->csv_header)
        return refuse_changed({"the columns of the result"}, false, job_.out);
      list.shares = record_->earlier->list->shares;
      FQ_TRY(record_->journal.start(start_report_.started_at));
    } else {
      list.shares = split(askable(input_.ids, facts_.key), std::max(job_.connections, 1u));
      FQ_TRY(record_->journal.list(list));
    }
    list_known_ = true;
    for (unsigned number = 0; number < list.shares.size(); ++number) {
      shares_.emplace_back(input_.ids, number, list.shares[number], part_path(job_.out, number));
      if (record_->earlier) FQ_TRY(shares_.back().restore(record_->earlier->units, facts_.key_index));
      progress_.rows += shares_.back().reconciler().rows();
      ranges_before_ += shares_.back().units();
    }
    rows_before_ = progress_.rows;
    report_.connections = static_cast<unsigned>(shares_.size());
    progress_.ids_done = input_.ids.size() - unread();
    progress_.ids_loaded = input_.ids.size() - unread();
    return {};
  }

  JournalList list_now(const InputReport& input) {
    const std::string identity = cluster_identity(control_.session(), dialect());
    const std::string session = session_text(report_.session);
    return {input.unique, input.digest, identity, facts_.csv_header, {}, session, server_name(job_.connect)};
  }

  // The unfinished run of the series, if it is of this list and target: what was made for a new run goes to
  // it.
  Result<void> go_on_or_begin(const JournalList& list) {
    UnfinishedRun earlier = std::move(*std::exchange(unfinished_, {}));
    std::vector<std::string> changed = changes(list, *earlier.journal.list);
    if (list.csv_header != earlier.journal.list->csv_header)
      changed.emplace_back("the columns of the result");
    if (!changed.empty()) {
      note_passed_over(earlier.directory.string(), changed);
      return {};
    }
    log_.info(fmt::format("going on with the unfinished run {}", earlier.directory.string()));
    Job there = job_;
    there.out = earlier.directory;
    FQ_TRY_ASSIGN(RunRecord record, resume_run(there, std::move(earlier.journal), std::move(earlier.lock)));
    FQ_TRY(move_cleaned_list(job_.out, there.out));
    record_.emplace(std::move(record));
    remove_run(job_.out);
    job_.out = there.out;
    FQ_TRY(note_start());
    strategy_->run_id = report_.run_id;
    return note_connection();
  }

  std::size_t unread() const { return unread_ids(shares_); }

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
      if (read) return first_failure(shares_);
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
    if (make_instant(dialect(), job_.snapshot, context.earlier)->resumed()) {
      candidates = {strategy_without_tables(job_)};
    } else {
      const ListDensity density = examine_density(control_.session(), *strategy_);
      strategy_->sparse = density.kind == ListDensity::Kind::sparse;
      if (density.kind == ListDensity::Kind::dense)
        candidates.insert(candidates.begin(), choice_for_dense_list(density));
    }
    for (std::size_t i = 0;; ++i) {
      progress_.phase = Phase::loading;
      const Clock::time_point start = Clock::now();
      warn_of_full_scans(control_, log_, *strategy_, candidates[i].kind, shares_, stop_);
      Reading reading(context, candidates[i]);
      report_.strategy = to_string(candidates[i].kind);
      report_.strategy_reason = candidates[i].reason;
      auto done = guarded([&] { return reading.load(); });
      start_report_.timing.load_s += seconds_since(start);
      const bool loaded = done.has_value();
      if (loaded) {
        note_reading(reading.report());
        progress_.phase = Phase::querying;
        const Clock::time_point begin = Clock::now();
        done = guarded([&] { return reading.read(); });
        start_report_.timing.query_s += seconds_since(begin);
      }
      lost_instant = reading.lost_its_instant();
      reading.add_to(start_report_, statement_seconds_);
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
    log_.record(fmt::format("plan: {} {} at {}, {} ({}), {} sessions, {} of {} unique IDs to read, {}",
                            report_.dialect, report_.server_version, control_.session().host(),
                            report_.strategy, report_.strategy_reason, shares_.size(), unread(),
                            input_.ids.size(), reading.snapshot.kind));
    if (!report_.readings.empty() && report_.readings.back().snapshot.value != reading.snapshot.value) {
      log_.warning(
          fmt::format("the rest is read at a new instant ({}); both are in the report", reading.started_at));
    }
    report_.readings.push_back(reading);
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
    start_report_.ranges = report_.ranges.done - ranges_before_;
    start_report_.rows = report_.result.rows - rows_before_;
    start_report_.retries += control_.retries();
    start_report_.statements = summarize_statements(statement_seconds_);
  }

  Result<void> export_results(const SqlTemplate& sql_template) {
    progress_.phase = Phase::exporting;
    const Clock::time_point start = Clock::now();
    const bool partial = unread() > 0;
    ResultsFile results(job_, facts_.csv_header, shares_);
    FQ_TRY_ASSIGN(const ListTotal missing, write_missing(job_, input_.ids, shares_));
    report_.result.missing = missing.count;
    report_.result.missing_digest = missing.digest;
    if (partial) {
      FQ_TRY_ASSIGN(const ListTotal unresolved, write_unresolved(job_, input_.ids, shares_));
      report_.result.unresolved = unresolved.count;
      report_.result.unresolved_digest = unresolved.digest;
    }
    FQ_TRY(check_proof(report_));
    FQ_TRY_ASSIGN(FileReport published, results.publish(report_.result.rows));
    std::vector<std::pair<std::string, std::uint64_t>> files = {{"missing.csv", report_.result.missing},
                                                                {"rejected.csv", report_.input.rejected},
                                                                {"duplicates.csv", report_.input.duplicates}};
    if (partial) files.emplace_back("unresolved.csv", report_.result.unresolved);
    FQ_TRY_ASSIGN(report_.files, describe_files(job_.out, files, stop_));
    report_.files.insert(report_.files.begin(), std::move(published));
    start_report_.timing.export_s = seconds_since(start);
    report_.status = partial ? "partial" : "complete";
    FQ_TRY(write_report());
    if (partial) {  // not finished: resume writes the manifest
      FQ_TRY(record_->journal.end(start_report_));
      return note_end(*record_, report_, report_.files);
    }
    return write_manifest_of(*record_, job_, report_, sql_template.text(), stop_);
  }

  Result<void> write_report() {
    report_.finished_at = utc_now();
    start_report_.status = report_.status;
    start_report_.timing.total_s = seconds_since(start_);
    report_.starts.clear();
    if (record_->earlier) report_.starts = record_->earlier->starts;
    report_.starts.push_back(start_report_);
    sum_up_starts(report_);
    report_.peak_rss_bytes = peak_rss_bytes();
    return write_report_file(job_.out, report_);
  }

  const Dialect& dialect() const { return control_.dialect(); }

  Job job_;  // its directory may become that of an earlier start
  Progress& progress_;
  Report report_;
  StartReport start_report_;  // of this start; the report sums them up
  OneAtATime log_;
  const std::stop_token stop_;
  const Clock::time_point start_ = Clock::now();
  RetryPolicy retry_;
  Pace pace_;
  Control control_;
  std::optional<UnfinishedRun> unfinished_;  // of the series, until it is known whether it asked the same
  std::optional<RunRecord> record_;
  QueryFacts facts_;
  std::optional<EarlyList> early_list_;
  CleanedInput input_;
  std::optional<StrategyContext> strategy_;
  bool list_known_ = false;  // to the journal: from here on the run can be resumed
  std::vector<Share> shares_;
  std::uint64_t ranges_before_ = 0, rows_before_ = 0;  // that earlier starts have finished
  std::vector<double> statement_seconds_;
  bool collected_ = false;
};

}  // namespace

Result<RunOutcome> run_job(const Job& job, Progress& progress, RunLog& log, std::stop_token stop) {
  return guarded([&] {
    Job stoppable = job;
    stoppable.connect.stop = stop;  // reaches each session
    return Run(std::move(stoppable), progress, log, stop).run();
  });
}

}  // namespace firmquery

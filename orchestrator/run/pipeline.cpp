#include "firmquery/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "cancel_watch.hpp"
#include "control.hpp"
#include "finish.hpp"
#include "firmquery/catalog.hpp"
#include "firmquery/files.hpp"
#include "firmquery/input.hpp"
#include "firmquery/run_directory.hpp"
#include "instant.hpp"
#include "journal.hpp"
#include "parallel.hpp"
#include "query_facts.hpp"
#include "strategy.hpp"
#include "worker.hpp"

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
    warnings_.push_back(message);
  }

 private:
  std::mutex mutex_;
  RunLog& log_;
  std::vector<std::string>& warnings_;
};

// One run from the created directory to the manifest. Members are in the order in which the stages fill them.
class Run {
 public:
  Run(const Job& job, Progress& progress, RunLog& log, std::stop_token stop)
      : job_(job),
        progress_(progress),
        log_(log, report_.warnings),
        control_(job, log_),
        outer_stop_(std::move(stop)),
        stop_callback_(outer_stop_, [this] {
          const std::lock_guard lock(stop_mutex_);
          stop_.request_stop();
        }) {}

  Result<RunOutcome> run() {
    report_.run_id = job_.run_id.empty() ? make_run_id() : job_.run_id;
    report_.started_at = utc_now();
    report_.status = "failed";
    report_.key = job_.key;
    FQ_TRY_ASSIGN(const SqlTemplate sql_template, SqlTemplate::parse(job_.sql, job_.sql_name, job_.key));
    FQ_TRY(create_run_directory(job_.out));
    FQ_TRY_ASSIGN(AuditLog audit, AuditLog::open(job_.out / "audit.jsonl"));
    FQ_TRY(audit.event("start", {{"run_id", report_.run_id},
                                 {"ids", job_.ids_path},
                                 {"query", job_.sql_name},
                                 {"target", redact_dsn(job_.connect.dsn)}}));
    auto result = stages(sql_template);
    if (!result) {
      if (outer_stop_.stop_requested()) result = fail(ErrorKind::interrupted, "interrupted");
      report_.status = result.error().kind == ErrorKind::interrupted ? "interrupted" : "failed";
      (void)write_report();
      (void)audit.event("end", {{"status", report_.status}, {"error", result.error().message}});
      if (!journal_) remove_directory();
      return Failure(std::move(result).error());
    }
    FQ_TRY(audit.event("end", {{"status", report_.status},
                               {"found", std::to_string(report_.result.found)},
                               {"missing", std::to_string(report_.result.missing)},
                               {"rows", std::to_string(report_.result.rows)}}));
    progress_.phase = Phase::done;
    return RunOutcome{report_, input_.profile, breached_thresholds(job_, report_)};
  }

 private:
  // A run that never began (the query does not fit, the list cannot be read) leaves nothing in the way of the
  // corrected command.
  void remove_directory() const {
    std::error_code ignored;
    for (const char* name : {"report.json", "audit.jsonl", "rejected.csv", "duplicates.csv"}) {
      std::filesystem::remove(job_.out / name, ignored);
    }
    std::filesystem::remove(job_.out, ignored);  // only when it is empty
  }

  Result<void> stages(const SqlTemplate& sql_template) {
    FQ_TRY(examine(sql_template));
    FQ_TRY(clean());
    FQ_TRY_ASSIGN(Journal journal, Journal::create(job_.out));
    journal_.emplace(std::move(journal));
    strategy_.emplace(StrategyContext{job_, dialect(), sql_template, facts_, input_.ids, report_.run_id});
    auto answered = load_and_read();
    auto torn_down = tear_down();
    FQ_TRY(answered);
    if (!torn_down) log_.warning(torn_down.error().to_string());
    FQ_TRY(journal_->complete());
    return export_results(sql_template);
  }

  Result<void> load_and_read() {
    FQ_TRY(load());
    progress_.phase = Phase::querying;
    const Clock::time_point start = Clock::now();
    const auto read = each_worker(&Worker::read);
    report_.timing.query_s = seconds_since(start);
    collect();
    return read;
  }

  // With the best strategy that the server does not refuse.
  Result<void> load() {
    progress_.phase = Phase::loading;
    const Clock::time_point start = Clock::now();
    FQ_TRY_ASSIGN(auto candidates, candidate_strategies(job_, dialect()));
    for (std::size_t i = 0;; ++i) {
      auto loaded = load_with(candidates[i]);
      report_.timing.load_s = seconds_since(start);
      if (loaded) return {};
      if (i + 1 == candidates.size() || stop_requested() || !is_refusal(loaded.error())) return loaded;
      log_.warning(fmt::format("{} was refused ({}); falling back to {}", report_.strategy,
                               loaded.error().message, to_string(candidates[i + 1].kind)));
      candidates[i + 1].reason =
          fmt::format("auto: {} was refused: {}", report_.strategy, loaded.error().message);
      FQ_TRY(tear_down());
      renew_stop();
    }
  }

  // The server does not let this role, or this cluster, do what the strategy needs.
  static bool is_refusal(const Error& error) {
    return error.kind == ErrorKind::permission || error.sqlstate == "0A000" || error.sqlstate == "25006" ||
           error.sqlstate == "XCEXF";
  }

  Result<void> load_with(const StrategyChoice& choice) {
    report_.strategy = to_string(choice.kind);
    report_.strategy_reason = choice.reason;
    run_strategy_ = make_strategy(choice.kind, *strategy_);
    instant_ = make_instant(dialect(), job_.snapshot);
    cancel_.emplace(stop_.get_token());
    context_.emplace(WorkerContext{*strategy_, choice.kind, *instant_, *journal_, *cancel_, progress_, log_,
                                   stop_.get_token()});
    make_workers();
    FQ_TRY(run_strategy_->set_up(control_.session()));
    const bool load_first = run_strategy_->loading() == Loading::before_instant;
    const auto take_instant = [this] {
      return control_.attempt([this](Session& session) { return instant_->take(session); },
                              stop_.get_token());
    };
    if (!load_first) FQ_TRY(take_instant());
    FQ_TRY(each_worker(&Worker::load));
    if (load_first) {
      FQ_TRY(control_.attempt([this](Session& session) { return run_strategy_->loaded(session); },
                              stop_.get_token()));
      FQ_TRY(take_instant());
    }
    report_.snapshot = instant_->report();
    if (facts_.gc_window_s && instant_->hides_younger_tables()) {
      log_.info(fmt::format("the run's instant stays readable for {:.0f} minutes", *facts_.gc_window_s / 60));
      context_->instant_fades = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                   std::chrono::duration<double>(0.8 * *facts_.gc_window_s));
    }
    return write_journal_header();
  }

  // Ends the workers' sessions and drops what the strategy has left on the server, whatever happened before.
  Result<void> tear_down() {
    workers_closed();
    if (!run_strategy_ || run_strategy_->loading() == Loading::never) return {};
    // Also after a stop: what the run has made on the server must go.
    return control_.attempt(
        [this](Session& session) {
          (void)session.execute("rollback");  // of the instant's transaction, where there is one
          return run_strategy_->tear_down(session);
        },
        {});
  }

  void workers_closed() {
    for (const auto& worker : workers_) worker->close();
  }

  // Connects, finds the dialect and what the template is about; nothing is written on the server.
  Result<void> examine(const SqlTemplate& sql_template) {
    progress_.phase = Phase::connecting;
    FQ_TRY(control_.connect(stop_.get_token()));
    report_.dialect = to_string(dialect().kind);
    report_.server_version = dialect().version;
    FQ_TRY_ASSIGN(
        facts_, examine_query(control_.session(), Catalog(job_.connect), dialect(), sql_template, job_.key));
    report_.key_type = facts_.key.type_name;
    for (const std::string& warning : facts_.warnings) log_.warning(warning);
    return {};
  }

  Result<void> clean() {
    progress_.phase = Phase::cleaning;
    const Clock::time_point start = Clock::now();
    InputOptions options{job_.ids_path, job_.clean, job_.max_input_ids, job_.warning_threshold};
    FQ_TRY_ASSIGN(options.clean.type, choose_id_type(job_, facts_));
    if (options.clean.key_name.empty()) options.clean.key_name = job_.key;
    FQ_TRY_ASSIGN(input_, read_input(options, job_.out, stop_.get_token(), &progress_.lines_read));
    for (const std::string& warning : input_.warnings) log_.warning(warning);
    report_.input = input_.report;
    report_.id_type = to_string(options.clean.type);
    report_.timing.clean_s = seconds_since(start);
    progress_.ids_total = input_.ids.size();
    return {};
  }

  void make_workers() {
    workers_.clear();
    const Slice whole = askable(input_.ids, facts_.key);
    progress_.ids_done = input_.ids.size() - whole.size();
    progress_.ids_loaded = input_.ids.size() - whole.size();
    unsigned number = 0;
    for (const Slice slice : split(whole, std::max(job_.connections, 1u))) {
      workers_.push_back(std::make_unique<Worker>(*context_, number, slice,
                                                  job_.out / fmt::format(".results.csv.{}.part", number)));
      ++number;
    }
    report_.connections = number;
  }

  Result<void> write_journal_header() {
    JournalHeader header{report_.run_id,
                         report_.strategy,
                         job_.key,
                         Digest::of(job_.sql).to_hex(),
                         control_.session().host() + "/" + control_.session().database(),
                         input_.report.digest,
                         input_.ids.size(),
                         report_.snapshot,
                         {}};
    for (const auto& worker : workers_) header.slices.push_back(worker->reconciler().slice());
    return journal_->header(header);
  }

  Result<void> each_worker(Result<void> (Worker::*stage)()) {
    std::vector<Task> tasks;
    for (const auto& worker : workers_)
      tasks.push_back([&worker, stage] { return (worker.get()->*stage)(); });
    return run_parallel(tasks, stop_);
  }

  void collect() {
    std::vector<double> statements;
    for (const auto& worker : workers_) {
      report_.result.rows += worker->reconciler().rows();
      report_.result.found += worker->reconciler().found();
      report_.result.found_digest += worker->reconciler().found_digest();
      report_.ranges.done += worker->units();
      report_.ranges.retried += worker->units_retried();
      report_.retries += worker->retries();
      statements.insert(statements.end(), worker->statement_seconds().begin(),
                        worker->statement_seconds().end());
    }
    report_.retries += control_.retries();
    report_.ranges.total = report_.ranges.done;
    summarize_statements(statements, report_);
  }

  Result<void> export_results(const SqlTemplate& sql_template) {
    progress_.phase = Phase::exporting;
    const Clock::time_point start = Clock::now();
    std::vector<std::filesystem::path> parts;
    std::vector<const Reconciler*> reconcilers;
    for (const auto& worker : workers_) {
      parts.push_back(worker->part_path());
      reconcilers.push_back(&worker->reconciler());
    }
    FQ_TRY_ASSIGN(const MissingIds missing, write_missing(job_.out, job_.key, input_.ids, reconcilers));
    report_.result.missing = missing.count;
    report_.result.missing_digest = missing.digest;
    FQ_TRY(check_proof(report_));
    FQ_TRY(join_parts(facts_.csv_header, parts, job_.out / "results.csv"));
    FQ_TRY_ASSIGN(report_.files, describe_files(job_.out, {{"results.csv", report_.result.rows},
                                                           {"missing.csv", report_.result.missing},
                                                           {"rejected.csv", report_.input.rejected},
                                                           {"duplicates.csv", report_.input.duplicates}}));
    report_.timing.export_s = seconds_since(start);
    report_.status = "complete";
    FQ_TRY(write_report());
    FQ_TRY_ASSIGN(auto own, describe_files(job_.out, {{"report.json", 0}, {"journal.jsonl", 0}}));
    Manifest manifest{report_.run_id,
                      report_.finished_at,
                      FIRMQUERY_VERSION,
                      job_.ids_path,
                      report_.input.digest.to_hex(),
                      report_.snapshot,
                      sql_template.text(),
                      report_.dialect,
                      report_.server_version,
                      report_.files};
    manifest.files.insert(manifest.files.end(), own.begin(), own.end());
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
  bool stop_requested() const { return outer_stop_.stop_requested(); }

  // A fresh start for the workers after one of them asked the others to stop.
  void renew_stop() {
    const std::lock_guard lock(stop_mutex_);
    stop_ = std::stop_source();
    if (outer_stop_.stop_requested()) stop_.request_stop();
  }

  const Job& job_;
  Progress& progress_;
  Report report_;
  OneAtATime log_;
  Control control_;
  const std::stop_token outer_stop_;
  std::mutex stop_mutex_;
  std::stop_source stop_;  // guarded by stop_mutex_ when it is replaced
  const std::stop_callback<std::function<void()>> stop_callback_;
  const Clock::time_point start_ = Clock::now();
  QueryFacts facts_;
  CleanedInput input_;
  // What the workers refer to, in the order in which it is needed; they go first.
  std::optional<StrategyContext> strategy_;
  std::unique_ptr<Strategy> run_strategy_;  // what concerns the whole run; each worker has its own
  std::unique_ptr<Instant> instant_;
  std::optional<Journal> journal_;
  std::optional<CancelWatch> cancel_;
  std::optional<WorkerContext> context_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::starting:
      return "starting";
    case Phase::cleaning:
      return "cleaning";
    case Phase::connecting:
      return "connecting";
    case Phase::loading:
      return "loading";
    case Phase::querying:
      return "querying";
    case Phase::exporting:
      return "exporting";
    case Phase::done:
      return "done";
  }
  return "";
}

std::string_view to_string(StrategyKind kind) {
  switch (kind) {
    case StrategyKind::automatic:
      return "auto";
    case StrategyKind::temp_table:
      return "temp-table";
    case StrategyKind::staging_table:
      return "staging-table";
    case StrategyKind::array:
      return "array";
    case StrategyKind::in_list:
      return "in-list";
  }
  return "";
}

Result<RunOutcome> run_job(const Job& job, Progress& progress, RunLog& log, std::stop_token stop) {
  return Run(job, progress, log, std::move(stop)).run();
}

}  // namespace firmquery

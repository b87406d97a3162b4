#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "firmquery/run/input.hpp"
#include "firmquery/preflight/plan_report.hpp"
#include "firmquery/output/run_directory.hpp"
#include "preparing/density.hpp"
#include "preparing/full_scans.hpp"
#include "reading/instant.hpp"
#include "preparing/key_equality.hpp"
#include "firmquery/run/parallel.hpp"
#include "preparing/plan_job_sql.hpp"
#include "preparing/query_facts.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

// What a session of the run is set to, and what decides how names and times are read. A server that does not
// know one of them is asked in vain.
constexpr std::array kSettings = {"application_name",
                                  "search_path",
                                  "timezone",
                                  "datestyle",
                                  "intervalstyle",
                                  "extra_float_digits",
                                  "bytea_output",
                                  "row_security",
                                  "statement_timeout",
                                  "lock_timeout",
                                  "jit",
                                  "idle_session_timeout",
                                  "idle_in_session_timeout",
                                  "idle_in_transaction_session_timeout",
                                  "standard_conforming_strings",
                                  "experimental_enable_temp_tables",
                                  "default_transaction_isolation",
                                  "default_transaction_use_follower_reads",
                                  "default_transaction_quality_of_service",
                                  "copy_transaction_quality_of_service"};

class Plan {
 public:
  Plan(const Job& job, Progress& progress, std::stop_token stop)
      : job_(job), progress_(progress), stop_(std::move(stop)) {}

  Result<PlanReport> make() {
    auto done = guarded([this] { return stages(); });
    if (!done && stop_.stop_requested() && caused_by_stop(done.error()))
      return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY(done);
    progress_.phase = Phase::done;
    return std::move(plan_);
  }

 private:
  Result<void> stages() {
    FQ_TRY_ASSIGN(const SqlTemplate sql_template, SqlTemplate::parse(job_.sql, job_.sql_name, job_.key));
    plan_.query.name = sql_template.name();
    progress_.phase = Phase::connecting;
    FQ_TRY_ASSIGN(Session session, Session::open(job_.connect));
    FQ_TRY(examine_server(session));
    FQ_TRY_ASSIGN(facts_, examine_query(session, Catalog(job_.connect), dialect(), sql_template, job_.key));
    plan_.query.row_security = row_security_state(session, dialect(), facts_.row_security);
    for (const JoinFault& fault : join_faults(dialect()))
      plan_.warnings.push_back(fault.what + "; " + fault.remedy);
    FQ_TRY(clean());
    FQ_TRY(check_list_collation(session, dialect(), facts_, input_.ids));
    FQ_TRY(choose());
    RetryPolicy retry(job_);
    const StrategyContext context{job_,   dialect(),  sql_template,
                                  facts_, input_.ids, job_.run_id.empty() ? make_run_id() : job_.run_id,
                                  retry};
    FQ_TRY(cut(session, context));
    return stop_.stop_requested() ? fail(ErrorKind::interrupted, "interrupted") : Result<void>();
  }

  const Dialect& dialect() const { return plan_.server.dialect; }

  Result<void> examine_server(Session& session) {
    auto& server = plan_.server;
    server.address = session.host();
    server.database = session.database();
    server.user = session.user();
    server.tls = session.ssl_in_use();
    FQ_TRY_ASSIGN(server.dialect, probe_dialect(session));
    FQ_TRY(set_up_session(session, dialect(), SessionSettings{job_.query_timeout.count()}));
    for (const char* name : kSettings) {
      const auto value = session.execute(std::string("show ") + name);
      if (value && value->size() == 1) server.settings.emplace_back(name, value->at(0, 0));
      if (!session.alive()) return Failure(value.error());
    }
    // Whatever the template calls, nothing is written from here on.
    FQ_TRY(session.execute("set session characteristics as transaction read only"));
    return {};
  }

  Result<void> clean() {
    progress_.phase = Phase::cleaning;
    InputOptions options = input_options(job_);
    FQ_TRY_ASSIGN(options.clean.type, choose_id_type(job_, facts_));
    FQ_TRY(check_scan(job_, facts_, options.clean.type));
    FQ_TRY_ASSIGN(input_, read_input(options, {}, stop_, &progress_.lines_read));
    plan_.input = input_.report;
    plan_.id_type = to_string(options.clean.type);
    warn(input_.warnings);
    warn(input_.profile.suspicions);
    warn(facts_.warnings);
    if (options.clean.type != facts_.key.id_type) {
      plan_.warnings.push_back(fmt::format("differing types: the list is cleaned as {}, the key column is {}",
                                           plan_.id_type, facts_.key.type_name));
    }
    if (plan_.input.rejected > 0) {
      plan_.warnings.push_back(fmt::format("{} of {} lines are no ID of type {} and would go to rejected.csv",
                                           plan_.input.rejected, plan_.input.lines, plan_.id_type));
    }
    return {};
  }

  Result<void> choose() {
    FQ_TRY_ASSIGN(const StrategyChoice choice, choose_strategy(job_, dialect()));
    take(choice);
    plan_.snapshot = make_instant(dialect(), job_.snapshot, {})->report().kind;
    plan_.server.gc_window_s = facts_.gc_window_s;
    auto& query = plan_.query;
    query.columns = facts_.columns;
    query.key = facts_.key;
    if (kind_ == StrategyKind::array || kind_ == StrategyKind::in_list) {
      query.bound_reason = "the IDs travel with each statement, so the server knows them without a bound";
    } else {
      query.bounded = facts_.bounded;
      query.bound_reason =
          facts_.bounded ? "the compared column is " + compared_column() : facts_.bound_reason;
      if (query.bound_reason.empty()) query.bound_reason = "the template writes its own join with {IDS}";
    }
    // The bound's own warning says so when there is one.
    if (!facts_.bounded && !facts_.key.column.empty() && !facts_.key.of_view && facts_.key.indexes.empty()) {
      plan_.warnings.push_back("missing index: no index starts with " + compared_column());
    }
    return {};
  }

  void take(const StrategyChoice& choice) {
    kind_ = choice.kind;
    plan_.strategy = to_string(choice.kind);
    plan_.strategy_reason = choice.reason;
  }

  std::string compared_column() const {
    return facts_.key.column.empty() ? "of type " + facts_.key.type_name
                                     : facts_.key.table + "." + facts_.key.column;
  }

  Result<void> cut(Session& session, const StrategyContext& context) {
    const Slice whole = askable(input_.ids, facts_.key);
    plan_.never_asked = input_.ids.size() - whole.size();
    plan_.slices = split(whole, std::max(job_.connections, 1u));
    if (whole.empty()) {
      plan_.slices.clear();
      return {};
    }
    if (const auto density = examine_density(session, context); density.kind == ListDensity::Kind::dense)
      take(choice_for_dense_list(density));
    if (kind_ == StrategyKind::scan) {
      plan_.query.bounded = true;
      plan_.query.bound_reason = "the span of the key is read, and rows that were not asked for are left out";
    }
    const bool temporary = kind_ == StrategyKind::temp_table;
    const std::size_t loaded = temporary ? plan_.slices.front().size() : input_.ids.size();
    const bool lookup =
        (temporary || kind_ == StrategyKind::staging_table) && reads_by_lookup(context, loaded);
    if (lookup && plan_.query.bounded) {
      plan_.query.bounded = false;
      plan_.query.bound_reason = "each ID is looked up";
    }
    FQ_TRY_ASSIGN(FirstRange range, first_range(session, context, kind_, plan_.slices.front()));
    plan_.first_range = PlanReport::Range{range.ids, std::move(range.sql), std::move(range.parameters)};
    return explain_first_range(session, context);
  }

  Result<void> explain_first_range(Session& session, const StrategyContext& context) {
    FQ_TRY_ASSIGN(const ExplainedRange range, explained_range(session, context, kind_, plan_.slices.front()));
    const auto explanation = explain(session, dialect(), range.statement);
    if (!explanation) {
      // A hint may want an index of the table, and literals have none.
      const bool unfit = range.stand_in && session.alive() && explanation.error().kind == ErrorKind::query;
      if (!unfit) return Failure(explanation.error());
      plan_.warnings.push_back("the first range cannot be explained without its table: " +
                               explanation.error().message);
      return {};
    }
    plan_.sample_ids = range.ids;
    plan_.sample_stands_in = range.stand_in;
    plan_.explain = explanation->lines;
    for (const ScanWarning& warning : scan_warnings(explanation->full_scans, context, kind_))
      plan_.warnings.push_back(warning.to_string());
    return {};
  }

  void warn(const std::vector<std::string>& warnings) {
    std::copy(warnings.begin(), warnings.end(), std::back_inserter(plan_.warnings));
  }

  const Job& job_;
  Progress& progress_;
  const std::stop_token stop_;
  PlanReport plan_;
  QueryFacts facts_;
  CleanedInput input_;
  StrategyKind kind_ = StrategyKind::temp_table;
};

}  // namespace

Result<PlanReport> plan_job(const Job& job, Progress& progress, std::stop_token stop) {
  Job stoppable = job;
  stoppable.connect.stop = stop;
  return Plan(stoppable, progress, std::move(stop)).make();
}

}  // namespace firmquery

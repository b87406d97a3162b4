#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "firmquery/output/exceptions.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/preflight/plan_report.hpp"
#include "firmquery/run/parallel.hpp"
#include "firmquery/run/run.hpp"
#include "preparing/density.hpp"
#include "preparing/full_scans.hpp"
#include "preparing/outlook.hpp"
#include "preparing/plan_job_sql.hpp"
#include "preparing/preparation.hpp"
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
  Plan(const Job& job, EventStream& events, std::stop_token stop)
      : job_(job),
        events_(events),
        stop_(std::move(stop)),
        preparation_(job, events, stop_, {}, Access::read_only) {}

  Result<PlanReport> make() {
    auto done = guarded([this] { return stages(); });
    if (!done && stop_.stop_requested() && caused_by_stop(done.error()))
      return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY(done);
    events_.emit(event::PhaseBegun{Phase::done});
    return std::move(plan_);
  }

 private:
  Result<void> stages() {
    FQ_TRY(preparation_.connect());
    plan_.query.name = sql_template().name();
    plan_.query.lifted = job_.lifted;
    FQ_TRY(describe_server());
    FQ_TRY(preparation_.examine());
    plan_.query.row_security = row_security_state(session(), dialect(), facts().row_security);
    for (const JoinFault& fault : join_faults(dialect()))
      plan_.warnings.push_back(fault.what + "; " + fault.remedy);
    FQ_TRY(preparation_.read_list());
    describe_list();
    FQ_TRY(choose());
    StrategyContext context{job_,
                            dialect(),
                            sql_template(),
                            facts(),
                            input().ids,
                            job_.run_id.empty() ? make_run_id() : job_.run_id,
                            preparation_.parts().retry};
    FQ_TRY(cut(session(), context));
    foresee(context);
    return stop_.stop_requested() ? fail(ErrorKind::interrupted, "interrupted") : Result<void>();
  }

  Session& session() { return preparation_.parts().control.session(); }
  const Dialect& dialect() const { return preparation_.parts().control.dialect(); }
  const SqlTemplate& sql_template() const { return *preparation_.parts().sql_template; }
  const QueryFacts& facts() const { return preparation_.parts().facts; }
  const CleanedInput& input() const { return preparation_.parts().input; }

  Result<void> describe_server() {
    auto& server = plan_.server;
    server.address = session().host();
    server.database = session().database();
    server.user = session().user();
    server.tls = session().ssl_in_use();
    server.dialect = dialect();
    for (const char* name : kSettings) {
      const auto value = session().execute(std::string("show ") + name);
      if (value && value->size() == 1) server.settings.emplace_back(name, value->at(0, 0));
      if (!session().alive()) return Failure(value.error());
    }
    return {};
  }

  void describe_list() {
    plan_.input = input().report;
    const IdType type = *preparation_.parts().id_type;
    plan_.id_type = to_string(type);
    warn(input().warnings);
    warn(input().profile.suspicions);
    warn(facts().warnings);
    if (type != facts().key.id_type) {
      plan_.warnings.push_back(fmt::format("differing types: the list is cleaned as {}, the key column is {}",
                                           plan_.id_type, facts().key.type_name));
    }
    if (plan_.input.rejected > 0) {
      plan_.warnings.push_back(fmt::format("{} of {} lines are no ID of type {} and would go to rejected.csv",
                                           plan_.input.rejected, plan_.input.lines, plan_.id_type));
    }
  }

  Result<void> choose() {
    FQ_TRY_ASSIGN(const StrategyChoice choice, choose_strategy(job_, dialect()));
    take(choice);
    plan_.snapshot = make_instant(dialect(), job_.snapshot, {})->report().kind;
    plan_.server.gc_window_s = facts().gc_window_s;
    auto& query = plan_.query;
    for (const ResultColumn& column : facts().columns) query.columns.push_back(column.name);
    query.key = facts().key;
    if (kind_ == StrategyKind::array || kind_ == StrategyKind::in_list) {
      query.bound_reason = "the IDs travel with each statement, so the server knows them without a bound";
    } else {
      query.bounded = facts().bounded;
      query.bound_reason =
          facts().bounded ? "the compared column is " + compared_column() : facts().bound_reason;
      if (query.bound_reason.empty()) query.bound_reason = "the template writes its own join with {IDS}";
    }
    // The bound's own warning says so when there is one.
    if (!facts().bounded && !facts().key.column.empty() && !facts().key.of_view &&
        facts().key.indexes.empty()) {
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
    return facts().key.column.empty() ? "of type " + facts().key.type_name
                                      : facts().key.table + "." + facts().key.column;
  }

  Result<void> cut(Session& session, StrategyContext& context) {
    const Slice whole = askable(input().ids, facts().key);
    plan_.never_asked = input().ids.size() - whole.size();
    plan_.slices = split(whole, std::max(job_.connections, 1u));
    if (whole.empty()) {
      plan_.slices.clear();
      return {};
    }
    FQ_TRY_ASSIGN(const ListDensity density, examine_density(session, context));
    context.sparse = density.kind == ListDensity::Kind::sparse;
    if (density.kind == ListDensity::Kind::dense) take(choice_for_dense_list(density));
    if (kind_ == StrategyKind::scan) {
      plan_.query.bounded = true;
      plan_.query.bound_reason = "the span of the key is read, and rows that were not asked for are left out";
    }
    const bool temporary = kind_ == StrategyKind::temp_table;
    const std::size_t loaded = temporary ? plan_.slices.front().size() : input().ids.size();
    const bool lookup =
        (temporary || kind_ == StrategyKind::staging_table) && reads_by_lookup(context, loaded);
    if (lookup && plan_.query.bounded) {
      plan_.query.bounded = false;
      plan_.query.bound_reason = "each ID is looked up";
    }
    FQ_TRY_ASSIGN(FirstRange range, first_range(session, context, kind_, plan_.slices.front()));
    plan_.first_range = PlanReport::Range{range.ids, std::move(range.sql), std::move(range.parameters)};
    return explain_ranges(session, context);
  }

  void foresee(const StrategyContext& context) {
    const std::size_t unread = askable(input().ids, facts().key).size();
    const Outlook outlook = look_ahead(context, session(), {unread, {}, preparation_.parts().clean_s});
    plan_.estimate = outlook.estimate;
    for (const TimeLimit bound : outlook.bounds) plan_.bounds.emplace_back(to_string(bound));
    for (const TooLate& late : outlook.late) plan_.late.push_back(late.what + "; " + late.remedy);
    plan_.refused = !refuse_late(job_, outlook);
  }

  // What is shown is the first range; the others are asked for what it may not tell.
  Result<void> explain_ranges(Session& session, const StrategyContext& context) {
    const auto units = telling_units(context, kind_, plan_.slices);
    FQ_TRY_ASSIGN(const ExplainedRange range, explained_range(session, context, kind_, units.front()));
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
    FQ_TRY_ASSIGN(auto scans, scan_warnings(session, explanation->full_scans, context, kind_, units.front()));
    auto more = find_full_scans(session, context, kind_, {units.begin() + 1, units.end()});
    if (!more && !session.alive()) return Failure(more.error());
    if (more) add_untold(scans, *std::move(more));
    for (const ScanWarning& scan : scans) plan_.warnings.push_back(scan.to_string());
    return {};
  }

  void warn(const std::vector<std::string>& warnings) {
    std::copy(warnings.begin(), warnings.end(), std::back_inserter(plan_.warnings));
  }

  const Job& job_;
  EventStream& events_;
  const std::stop_token stop_;
  Preparation preparation_;
  PlanReport plan_;
  StrategyKind kind_ = StrategyKind::temp_table;
};

}  // namespace

Result<PlanReport> plan_job(const Job& job, Observer& observer, std::stop_token stop) {
  Job once = job;
  once.connect.stop = stop;
  once.max_retries = 0;  // somebody is waiting, and nothing is lost by asking again
  EventStream events;
  events.add(observer);
  return Plan(once, events, std::move(stop)).make();
}

}  // namespace firmquery

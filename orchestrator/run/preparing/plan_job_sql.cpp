#include "preparing/plan_job_sql.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kShownIds = 3;

}  // namespace

Result<FirstRange> first_range(Session& session, const StrategyContext& context, StrategyKind kind,
                               Slice slice) {
  StrategyContext shown = context;
  shown.source = IdSource(context.ids, kShownIds);
  const auto strategy = make_strategy(kind, shown);
  strategy->assume_loaded(slice);
  const Slice unit = strategy->next_unit(slice);
  FQ_TRY_ASSIGN(Statement statement, strategy->query(session, unit));
  return FirstRange{unit, std::move(statement.sql), std::move(statement.parameters)};
}

Result<ExplainedRange> explained_range(Session& session, const StrategyContext& context, StrategyKind kind,
                                       Slice slice) {
  const auto strategy = make_strategy(kind, context);
  strategy->assume_loaded(slice);
  Slice unit = strategy->next_unit(slice);
  FQ_TRY_ASSIGN(Statement statement, strategy->sample(session, unit));
  return ExplainedRange{std::move(statement), unit.size(), strategy->loading() != Loading::never};
}

}  // namespace firmquery

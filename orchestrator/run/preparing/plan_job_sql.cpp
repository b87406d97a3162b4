#include "preparing/plan_job_sql.hpp"

#include <algorithm>

namespace firmquery {
namespace {

constexpr std::size_t kShownIds = 3;

PlannedUnit first_unit(const StrategyContext& context, StrategyKind kind, Slice slice) {
  const auto strategy = make_strategy(kind, context);
  strategy->assume_loaded(slice);
  return {slice, strategy->next_unit(slice), true};
}

// About as many IDs as the first has, at the end.
PlannedUnit last_unit(const StrategyContext& context, StrategyKind kind, Slice slice) {
  const auto strategy = make_strategy(kind, context);
  strategy->assume_loaded(slice);
  Slice rest = slice;
  rest.begin = rest.end - strategy->next_unit(slice).size();
  return {slice, strategy->next_unit(rest), false};
}

}  // namespace

PlannedUnit longest_unit(const StrategyContext& context, StrategyKind kind,
                         const std::vector<Slice>& slices) {
  PlannedUnit longest = first_unit(context, kind, slices.front());
  if (kind != StrategyKind::in_list) return longest;
  // Long IDs make short lists.
  const auto strategy = make_strategy(kind, context);
  for (const Slice& slice : slices) {
    for (Slice rest = slice; !rest.empty();) {
      if (longest.unit.size() >= context.job.in_list.max_ids) return longest;
      const Slice unit = strategy->next_unit(rest);
      if (unit.size() > longest.unit.size()) longest = {slice, unit, false};
      rest.begin = unit.end;
    }
  }
  return longest;
}

std::vector<PlannedUnit> telling_units(const StrategyContext& context, StrategyKind kind,
                                       const std::vector<Slice>& slices) {
  std::vector<PlannedUnit> units;
  for (const PlannedUnit& planned :
       {first_unit(context, kind, slices.front()), longest_unit(context, kind, slices),
        last_unit(context, kind, slices.back())}) {
    const bool known = std::any_of(units.begin(), units.end(),
                                   [&](const PlannedUnit& other) { return other.unit == planned.unit; });
    if (!known) units.push_back(planned);
  }
  return units;
}

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
                                       const PlannedUnit& planned) {
  const auto strategy = make_strategy(kind, context);
  strategy->assume_loaded(planned.slice);
  Slice unit = strategy->next_unit(planned.unit);
  FQ_TRY_ASSIGN(Statement statement, strategy->sample(session, unit));
  return ExplainedRange{std::move(statement), unit.size(), strategy->loading() != Loading::never};
}

}  // namespace firmquery

#include "reading/strategy.hpp"

#include <algorithm>

namespace firmquery {
namespace {

// What the strategy needs and the server lacks; available when nothing stands in its way.
Capability obstacle(StrategyKind kind, const Dialect& dialect) {
  const std::string_view needed = kind == StrategyKind::temp_table      ? "temp_table"
                                  : kind == StrategyKind::staging_table ? "create_table"
                                                                        : "";
  if (needed.empty()) return {true, {}, {}};
  const auto found = dialect.capabilities.find(needed);
  if (found == dialect.capabilities.end()) return {false, std::string(needed) + " was not probed", {}};
  return found->second;
}

std::string remedy(const Capability& lacking) {
  return (lacking.remedy.empty() ? "" : lacking.remedy + ", or ") + "use --strategy auto";
}

}  // namespace

Result<std::vector<StrategyChoice>> candidate_strategies(const Job& job, const Dialect& dialect) {
  if (job.strategy != StrategyKind::automatic) {
    const Capability needed = obstacle(job.strategy, dialect);
    if (needed.available) return std::vector{StrategyChoice{job.strategy, "asked for"}};
    const std::string name(to_string(job.strategy));
    return fail(ErrorKind::permission, "the strategy " + name + " cannot be used here: " + needed.detail,
                "--strategy " + name, remedy(needed));
  }
  std::vector<StrategyChoice> candidates;
  std::string passed_over;
  for (const StrategyKind kind :
       {StrategyKind::temp_table, StrategyKind::staging_table, StrategyKind::array}) {
    const Capability needed = obstacle(kind, dialect);
    if (!needed.available) {
      passed_over +=
          (passed_over.empty() ? "no " : "; no ") + std::string(to_string(kind)) + ": " + needed.detail;
      continue;
    }
    std::string reason = "auto: ";
    if (kind == StrategyKind::temp_table) {
      reason += "the server allows temporary tables";
    } else {
      reason += passed_over.empty() ? "the strategies before it were refused" : passed_over;
    }
    candidates.push_back({kind, reason});
  }
  return candidates;
}

StrategyChoice strategy_without_tables(const Job& job) {
  const bool needs_none = job.strategy == StrategyKind::in_list || job.strategy == StrategyKind::array ||
                          job.strategy == StrategyKind::scan;
  if (needs_none) return {job.strategy, "asked for"};
  return {StrategyKind::array, "resumed: a table made now would be younger than the run's instant"};
}

Result<StrategyChoice> choose_strategy(const Job& job, const Dialect& dialect) {
  FQ_TRY_ASSIGN(const auto candidates, candidate_strategies(job, dialect));
  return candidates.front();
}

std::string scan_obstacle(const QueryFacts& facts, IdType list) {
  if (!facts.scan_obstacle.empty()) return facts.scan_obstacle;
  return list == facts.key.id_type ? "" : "the list is not sorted as the key column is";
}

Result<void> check_scan(const Job& job, const QueryFacts& facts, IdType list) {
  if (job.strategy != StrategyKind::scan) return {};
  const std::string obstacle = scan_obstacle(facts, list);
  if (obstacle.empty()) return {};
  return fail(ErrorKind::query, "the query cannot be read in the order of its key: " + obstacle,
              "--strategy scan", "use --strategy auto, which scans where that is possible and cheaper");
}

namespace {

std::unique_ptr<Strategy> make_lookup(StrategyKind kind, const StrategyContext& context) {
  switch (kind) {
    case StrategyKind::in_list:
      return make_in_list(context);
    case StrategyKind::array:
    case StrategyKind::scan:  // what is no scan
      return make_array(context);
    case StrategyKind::staging_table:
      return make_staging_table(context);
    default:
      return make_temp_table(context);
  }
}

}  // namespace

// Ten thousand is the longest IN-list that can be asked for: a shorter one may be planned otherwise, and a
// longer one can take a CockroachDB node down.
Result<Statement> Strategy::sample(Session& session, Slice& unit) {
  constexpr std::size_t most_ids = 10'000;
  unit.end = std::min(unit.end, unit.begin + most_ids);
  return query(session, unit);
}

std::unique_ptr<Strategy> make_strategy(StrategyKind kind, const StrategyContext& context) {
  auto lookup = make_lookup(kind, context);
  if (context.job.strategy == StrategyKind::scan)
    return make_stretches(context, std::move(lookup), Scans::always);
  if (!weighs_scans(context)) return lookup;
  return make_stretches(context, std::move(lookup),
                        kind == StrategyKind::scan ? Scans::mostly : Scans::weighed);
}

bool weighs_scans(const StrategyContext& context) {
  // Fewer IDs than it takes to find out what costs more.
  constexpr std::size_t worth_weighing = 50'000;
  // Who sets a pace has no rows to give away.
  return context.job.strategy == StrategyKind::automatic && context.job.pace == 0 && !context.sparse &&
         context.ids.size() >= worth_weighing && scan_obstacle(context.facts, context.ids.type()).empty();
}

bool reads_by_lookup(const StrategyContext& context, std::size_t loaded) {
  constexpr std::size_t worth_analyzing = 100'000;
  const QueryFacts& facts = context.facts;
  // A collated table of IDs cannot be loaded, so there are no statistics to join it by.
  const bool joined =
      context.sql_template.has_join_hint() && facts.has_statistics && facts.key.collation.empty();
  return context.dialect.is_cockroachdb() && (!joined || loaded < worth_analyzing);
}

std::string typed_literal(const Session& session, const KeyColumn& key, std::string_view id) {
  return session.quote_literal(id) + "::" + key.staging_type;
}

RangeSizer::Options range_options(const Job& job) {
  RangeSizer::Options options;
  if (job.max_statement.count() > 0) options.target = std::min(options.target, job.max_statement / 2);
  return options;
}

std::string id_collation(const StrategyContext& context) {
  const std::string& collation = context.facts.key.collation;
  return context.dialect.is_cockroachdb() && !collation.empty() ? " collate " + collation : "";
}

std::string staging_table_name(std::string_view run_id) {
  std::string name = "firmquery_staging_";
  for (const char c : run_id) {
    if (c >= 'A' && c <= 'Z') {
      name += static_cast<char>(c - 'A' + 'a');
    } else {
      name += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ? c : '_';
    }
  }
  return name;
}

Result<void> say_what_is_used(Session& session, std::string_view run_id) {
  FQ_TRY(session.execute("set application_name = " + session.quote_literal(staging_table_name(run_id))));
  return {};
}

Result<void> drop_leftover_table(const StrategyContext& context, const std::vector<ReadingReport>& readings,
                                 Session& session) {
  const bool staged = std::any_of(readings.begin(), readings.end(), [](const ReadingReport& reading) {
    return reading.strategy == to_string(StrategyKind::staging_table);
  });
  if (!staged) return {};
  return make_strategy(StrategyKind::staging_table, context)->tear_down(session);
}

Slice askable(const IdSet& ids, const KeyColumn& key) {
  if (ids.type() != IdType::integer || key.id_type != IdType::integer) return {0, ids.size()};
  const auto [begin, end] = ids.integer_interval(key.low, key.high);
  return {begin, end};
}

bool is_refusal(const Error& error) {
  // Without an SQLSTATE, or with one of class 28, it is the connection that was refused, whatever the
  // strategy.
  const bool refused_connection = error.sqlstate.empty() || error.sqlstate.starts_with("28");
  return (error.kind == ErrorKind::permission && !refused_connection) || error.sqlstate == "0A000" ||
         error.sqlstate == "25006" || error.sqlstate == "XCEXF";
}

}  // namespace firmquery

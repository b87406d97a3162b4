#include "preparing/plan_job_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <firmquery/sql_text.hpp>
#include <optional>

#include "loading/ids_loader.hpp"
#include "firmquery/core/sql_fill.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kShownIds = 3;
constexpr std::size_t kMostExplained = 10'000;  // IDs in a statement that is explained
constexpr std::size_t kStandIns = 5000;  // rows of a table: enough for the planner to take the list for long
constexpr std::size_t kUnseen = 20;      // IDs of an array whose length the planner does not look at

// A statement of sql/ without the comment it begins with and its last line feed, which are its file's.
std::string_view without_comment(std::string_view statement) {
  while (statement.starts_with("--")) {
    statement.remove_prefix(std::min(statement.find('\n'), statement.size() - 1) + 1);
  }
  while (statement.ends_with('\n')) statement.remove_suffix(1);
  return statement;
}

std::string collate(const KeyColumn& key) {
  return key.collation.empty() ? "" : " collate " + key.collation;
}

bool is_collated(const StrategyContext& context) {
  const KeyColumn& key = context.facts.key;
  return key.id_type == IdType::text && !context.dialect.is_cockroachdb();
}

// The least and the greatest ID of a unit, in the order of the column's collation, which the server knows.
Result<Bound> bound_of(Session& session, const StrategyContext& context, Slice unit) {
  const KeyColumn& key = context.facts.key;
  std::string first = context.ids.canonical(unit.begin), last = context.ids.canonical(unit.end - 1);
  if (is_collated(context)) {
    const std::string relation = sql_fill(sql::postgresql::relation_of_array, {{"type", key.staging_type}});
    FQ_TRY_ASSIGN(const Rows rows,
                  session.execute(sql_fill(sql::postgresql::bounds_of_ids,
                                           {{"relation", relation}, {"collation", collate(key)}}),
                                  {array_text(context.ids, unit)}));
    first = rows.at(0, 0);
    last = rows.at(0, 1);
  }
  return Bound{typed_literal(session, key, first), typed_literal(session, key, last)};
}

// "a,b,c, ... 4,997 more" with what `append` makes of an ID.
template <class Text>
std::string elided(Slice ids, Text text) {
  std::string list;
  const std::size_t shown = std::min(ids.size(), kShownIds);
  for (std::size_t i = ids.begin; i < ids.begin + shown; ++i) {
    list += (list.empty() ? "" : ",") + text(i);
  }
  if (ids.size() > shown) list += fmt::format(", ... {} more", ids.size() - shown);
  return list;
}

Result<FirstRange> table_range(Session& session, const StrategyContext& context, bool temporary,
                                      Slice slice, Slice unit) {
  // A temporary table holds its session's slice and counts from its start.
  const std::size_t base = temporary ? slice.begin : 0;
  const std::string name = staging_table_name(context.run_id);
  const std::string table = temporary ? "pg_temp." + name : name;
  const std::string low = std::to_string(unit.begin - base), high = std::to_string(unit.end - 1 - base);
  const auto fill = [&](std::string_view statement) {
    return sql_fill(without_comment(statement), {{"table", table},
                                                 {"low", low},
                                                 {"high", high},
                                                 {"type", context.facts.key.staging_type},
                                                 {"collation", id_collation(context)}});
  };
  FirstRange range{unit, {}, {}};
  const bool lookup = reads_by_lookup(context, temporary ? slice.size() : context.ids.size());
  if (context.sql_template.uses_relation()) {
    range.sql = context.sql_template.render_relation(
        fill(lookup ? sql::cockroachdb::lookup_relation_of_range : sql::postgresql::relation_of_range));
    return range;
  }
  std::optional<Bound> bound;
  if (context.facts.bounded && !lookup) {
    FQ_TRY_ASSIGN(bound, bound_of(session, context, unit));
  }
  range.sql = context.sql_template.render(
      fill(lookup ? sql::cockroachdb::lookup_range_of_ids : sql::postgresql::range_of_ids), bound);
  return range;
}

FirstRange array_range(const StrategyContext& context, Slice unit) {
  FirstRange range{unit, {}, {}};
  const auto fill = [&](std::string_view statement) {
    return sql_fill(without_comment(statement),
                    {{"type", context.facts.key.staging_type}, {"collation", id_collation(context)}});
  };
  const std::string ids = fill(array_statement(context));
  range.sql = context.sql_template.uses_relation() ? context.sql_template.render_relation(ids)
                                                   : context.sql_template.render(ids);
  const bool quoted = context.ids.type() == IdType::text;
  range.parameters.push_back("{" +
                             elided(unit,
                                    [&](std::size_t i) {
                                      const std::string id = context.ids.canonical(i);
                                      return quoted ? array_element(id) : id;
                                    }) +
                             "}");
  return range;
}

FirstRange in_list_range(const Session& session, const StrategyContext& context, Slice unit) {
  const bool number = context.ids.type() == IdType::integer || context.ids.type() == IdType::numeric;
  const bool bare = number && context.facts.key.id_type != IdType::text;
  const bool relation = context.sql_template.uses_relation();
  const auto literal = [&](std::size_t i) {
    const std::string id = context.ids.canonical(i);
    return (bare ? id : session.quote_literal(id)) + (relation ? "" : id_collation(context));
  };
  FirstRange range{unit, {}, {}};
  if (!relation) {
    range.sql = context.sql_template.render(elided(unit, literal));
    return range;
  }
  const std::string values = elided(unit, [&](std::size_t i) {
    return fmt::format("({},{}::{}{})", i, literal(i), context.facts.key.staging_type, id_collation(context));
  });
  range.sql =
      context.sql_template.render_relation("(select ord, id from (values " + values + ") as list (ord, id))");
  return range;
}

// As the strategy asks a table that holds the IDs of `unit` in parts, with its first part as a literal. The
// planner does not look into it.
ExplainedRange stand_in_parts(const Session& session, const StrategyContext& context, Slice unit) {
  unit.end = std::min(unit.end, unit.begin + part_ids);
  const std::string table =
      "(values (0, " + session.quote_literal(array_text(context.ids, unit)) + ")) as list (ord, id)";
  const bool relation = context.sql_template.uses_relation();
  const std::string ids = sql_fill(without_comment(relation ? sql::cockroachdb::lookup_relation_of_range
                                                            : sql::cockroachdb::lookup_range_of_ids),
                                   {{"table", table},
                                    {"low", "0"},
                                    {"high", std::to_string(unit.size() - 1)},
                                    {"type", context.facts.key.staging_type},
                                    {"collation", id_collation(context)}});
  return {{relation ? context.sql_template.render_relation(ids) : context.sql_template.render(ids), {}},
          unit.size(),
          true};
}

// As the strategy asks a table that holds the IDs of `unit` in a row each, with the first of them as
// literals.
Result<ExplainedRange> stand_in_rows(Session& session, const StrategyContext& context, Slice unit) {
  const KeyColumn& key = context.facts.key;
  unit.end = std::min(unit.end, unit.begin + kStandIns);
  std::string values;
  for (std::size_t i = unit.begin; i < unit.end; ++i) {
    values += fmt::format("{}({}, {}{})", i == unit.begin ? "" : ", ", i,
                          typed_literal(session, key, context.ids.canonical(i)), collate(key));
  }
  const std::string relation = "(select ord, id from (values " + values + ") as list (ord, id))";
  ExplainedRange range{{}, unit.size(), true};
  if (context.sql_template.uses_relation()) {
    range.statement.sql = context.sql_template.render_relation(relation);
    return range;
  }
  std::optional<Bound> bound;
  if (context.facts.bounded) {
    FQ_TRY_ASSIGN(bound, bound_of(session, context, unit));
  }
  range.statement.sql = context.sql_template.render("select id from " + relation + " as list", bound);
  return range;
}

}  // namespace

Result<FirstRange> first_range(Session& session, const StrategyContext& context, StrategyKind kind,
                                      Slice slice) {
  if (kind == StrategyKind::scan) {
    const auto scan = make_scan(context);
    const Slice unit = scan->next_unit(slice);
    FQ_TRY_ASSIGN(Statement statement, scan->query(session, unit));
    return FirstRange{unit, std::move(statement.sql), {}};
  }
  const Slice unit = make_strategy(kind, context)->next_unit(slice);
  switch (kind) {
    case StrategyKind::array:
      return array_range(context, unit);
    case StrategyKind::in_list:
      return in_list_range(session, context, unit);
    default:
      return table_range(session, context, kind == StrategyKind::temp_table, slice, unit);
  }
}

Result<ExplainedRange> explained_range(Session& session, const StrategyContext& context, StrategyKind kind,
                                       Slice slice) {
  const auto strategy = kind == StrategyKind::scan ? make_scan(context) : make_strategy(kind, context);
  Slice unit = strategy->next_unit(slice);
  const bool temporary = kind == StrategyKind::temp_table;
  if (temporary || kind == StrategyKind::staging_table) {
    const bool lookup = reads_by_lookup(context, temporary ? slice.size() : context.ids.size());
    if (lookup) return stand_in_parts(session, context, unit);
    return stand_in_rows(session, context, unit);
  }
  unit.end = std::min(unit.end, unit.begin + kMostExplained);
  FQ_TRY_ASSIGN(Statement statement, strategy->query(session, unit));
  return ExplainedRange{std::move(statement), unit.size(), false};
}

}  // namespace firmquery

#include "plan_job_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <firmquery/sql_text.hpp>
#include <optional>

#include "sql_fill.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kSampleIds = 20;
constexpr std::size_t kShownIds = 3;

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

std::string typed_literal(const Session& session, const KeyColumn& key, const std::string& id) {
  return session.quote_literal(id) + "::" + key.staging_type;
}

bool is_collated(const StrategyContext& context) {
  const KeyColumn& key = context.facts.key;
  return key.id_type == IdType::text && !context.dialect.is_cockroachdb();
}

// The least and the greatest of some IDs, which `relation` (columns ord, id) holds on the server as well:
// there they are in the order of the column's collation.
Result<Bound> bound_of(Session& session, const StrategyContext& context, std::string first, std::string last,
                       const std::string& relation,
                       const std::vector<std::optional<std::string>>& parameters) {
  const KeyColumn& key = context.facts.key;
  if (is_collated(context)) {
    FQ_TRY_ASSIGN(const Rows rows,
                  session.execute(sql_fill(sql::postgresql::bounds_of_ids,
                                           {{"relation", relation}, {"collation", collate(key)}}),
                                  parameters));
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

Result<PlanReport::Range> table_range(Session& session, const StrategyContext& context, bool temporary,
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
  PlanReport::Range range{unit, {}, {}};
  const bool lookup = reads_by_lookup(context, temporary ? slice.size() : context.ids.size());
  if (context.sql_template.uses_relation()) {
    range.sql = context.sql_template.render_relation(
        fill(lookup ? sql::cockroachdb::lookup_relation_of_range : sql::postgresql::relation_of_range));
    return range;
  }
  std::optional<Bound> bound;
  if (context.facts.bounded && !lookup) {
    const std::string relation =
        sql_fill(sql::postgresql::relation_of_array, {{"type", context.facts.key.staging_type}});
    FQ_TRY_ASSIGN(bound,
                  bound_of(session, context, context.ids.canonical(unit.begin),
                           context.ids.canonical(unit.end - 1), relation, {array_text(context.ids, unit)}));
  }
  range.sql = context.sql_template.render(
      fill(lookup ? sql::cockroachdb::lookup_range_of_ids : sql::postgresql::range_of_ids), bound);
  return range;
}

PlanReport::Range array_range(const StrategyContext& context, Slice unit) {
  PlanReport::Range range{unit, {}, {}};
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
                                      return quoted ? fmt::format("\"{}\"", id) : id;
                                    }) +
                             "}");
  return range;
}

PlanReport::Range in_list_range(const Session& session, const StrategyContext& context, Slice unit) {
  const bool number = context.ids.type() == IdType::integer || context.ids.type() == IdType::numeric;
  const bool bare = number && context.facts.key.id_type != IdType::text;
  const bool relation = context.sql_template.uses_relation();
  const auto literal = [&](std::size_t i) {
    const std::string id = context.ids.canonical(i);
    return (bare ? id : session.quote_literal(id)) + (relation ? "" : id_collation(context));
  };
  PlanReport::Range range{unit, {}, {}};
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

}  // namespace

Result<PlanReport::Range> first_range(Session& session, const StrategyContext& context, StrategyKind kind,
                                      Slice slice) {
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

Result<Sample> sample_range(Session& session, const StrategyContext& context, bool bounded, bool lookup,
                            Slice whole) {
  const std::size_t count = std::min(whole.size(), kSampleIds);
  const KeyColumn& key = context.facts.key;
  std::string values, first, last;
  for (std::size_t i = 0; i < count; ++i) {
    // The first and the last are among them; a list of one has them in one.
    const std::size_t rank = count == 1 ? whole.begin : whole.begin + i * (whole.size() - 1) / (count - 1);
    last = context.ids.canonical(rank);
    if (i == 0) first = last;
    values += fmt::format("{}({}, {}{})", i == 0 ? "" : ", ", rank, typed_literal(session, key, last),
                          collate(key));
  }
  const std::string relation = "(select ord, id from (values " + values + ") as list (ord, id))";
  if (context.sql_template.uses_relation())
    return Sample{context.sql_template.render_relation(relation), count};
  std::optional<Bound> bound;
  if (bounded) {
    FQ_TRY_ASSIGN(bound, bound_of(session, context, first, last, relation, {}));
  }
  const std::string ids = "select id from " + relation + " as sample";
  if (lookup) {
    // No array holds collated text.
    const std::string array = fmt::format("(unnest(array(select id::{} from {} as sample))){}",
                                          key.staging_type, relation, id_collation(context));
    return Sample{context.sql_template.render("select " + array), count};
  }
  return Sample{context.sql_template.render(ids, bound), count};
}

}  // namespace firmquery

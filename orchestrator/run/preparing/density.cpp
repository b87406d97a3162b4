#include "preparing/density.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <firmquery/sql_text.hpp>

#include "firmquery/core/sql_fill.hpp"

namespace firmquery {
namespace {

// So few that finding out costs a list that is not dense next to nothing.
constexpr std::size_t samples = 8, sample_ids = 200;
// Shorter lists are looked up whatever they are.
constexpr std::size_t least_ids = 4'000;
// Rows for each ID: with more, lookups from a table may be the better way, and the costs of both have to
// tell. PostgreSQL joins with a table at nearly the speed of a scan, and with wide rows, sorts or joins behind them each
// row that was not asked for costs more than the load does.
constexpr double dense_rows_per_id = 3, dense_rows_per_id_postgresql = 1.2;
// With more than these a scan cannot win.
constexpr std::uint64_t most_rows_per_id = 6;

std::string rows_of_span(const Session& session, const StrategyContext& context, Slice slice) {
  const KeyColumn& key = context.facts.key;
  const auto literal = [&](std::size_t rank) {
    return typed_literal(session, key, context.ids.canonical(rank));
  };
  return sql_fill(sql::postgresql::rows_of_span,
                  {{"table", key.table},
                   {"column", key.column},
                   {"low", literal(slice.begin)},
                   {"high", literal(slice.end - 1)},
                   {"most", std::to_string(most_rows_per_id * slice.size() + 1)}});
}

}  // namespace

Result<ListDensity> examine_density(Session& session, const StrategyContext& context) {
  using Kind = ListDensity::Kind;
  // The order of another index is not that in which the rows lie: what a scan of it costs has to be measured.
  if (!weighs_scans(context) || !context.facts.key.leads_primary_key) return ListDensity{};
  const Slice all = askable(context.ids, context.facts.key);
  if (all.size() < least_ids) return ListDensity{};
  // All samples in one statement, because each round trip to a distant cluster counts.
  std::string counts = "select ";
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t begin = all.begin + (all.size() - sample_ids) / (samples - 1) * i;
    counts += (i == 0 ? "(" : ", (") + rows_of_span(session, context, {begin, begin + sample_ids}) + ")";
  }
  const auto counted = session.execute(counts);
  if (!counted && !session.alive()) return Failure(counted.error());
  if (!counted || counted->size() != 1) return ListDensity{};
  const double most_dense =
      context.dialect.is_cockroachdb() ? dense_rows_per_id : dense_rows_per_id_postgresql;
  std::size_t dense = 0, possible = 0;
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    std::uint64_t found = 0;
    const std::string_view text = counted->at(0, i);
    std::from_chars(text.data(), text.data() + text.size(), found);
    dense += static_cast<double>(found) <= most_dense * sample_ids ? 1 : 0;
    possible += found <= most_rows_per_id * sample_ids ? 1 : 0;
    rows += found;
  }
  const double rows_per_id = static_cast<double>(rows) / (samples * sample_ids);
  if (dense * 4 >= samples * 3) return ListDensity{Kind::dense, rows_per_id};
  return ListDensity{possible == 0 ? Kind::sparse : Kind::mixed, rows_per_id};
}

StrategyChoice choice_for_dense_list(const ListDensity& density) {
  return {StrategyKind::scan,
          fmt::format("auto: the list is dense in the key's order, with {:.1f} rows for each ID "
                      "in {} samples, so there is nothing to load",
                      density.rows_per_id, samples)};
}

}  // namespace firmquery

#include "density.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <firmquery/sql_text.hpp>

#include "firmquery/access_chooser.hpp"
#include "sql_fill.hpp"

namespace firmquery {
namespace {

constexpr std::size_t samples = 8, sample_ids = 1000;
// Rows for each ID: with more, lookups from a table may be the better way, and the costs of both have to
// tell.
constexpr std::uint64_t dense_rows_per_id = 3;

std::optional<std::uint64_t> rows_of_span(Session& session, const StrategyContext& context, Slice slice) {
  const auto literal = [&](std::size_t rank) {
    return session.quote_literal(context.ids.canonical(rank)) + "::" + context.facts.key.staging_type;
  };
  const KeyColumn& key = context.facts.key;
  const auto counted = session.execute(
      sql_fill(sql::postgresql::rows_of_span, {{"table", key.table},
                                               {"column", key.column},
                                               {"low", literal(slice.begin)},
                                               {"high", literal(slice.end - 1)},
                                               {"most", std::to_string(scan_row_limit(slice) + 1)}}));
  if (!counted || counted->size() != 1) return std::nullopt;
  std::uint64_t rows = 0;
  const std::string_view text = counted->at(0, 0);
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

}  // namespace

std::optional<StrategyChoice> choice_for_dense_list(Session& session, const StrategyContext& context) {
  // The order of another index is not that in which the rows lie: what a scan of it costs has to be measured.
  if (!weighs_scans(context) || !context.facts.key.leads_primary_key) return std::nullopt;
  const Slice all = askable(context.ids, context.facts.key);
  if (all.size() < samples * sample_ids) return std::nullopt;
  std::size_t dense = 0;
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t begin = all.begin + (all.size() - sample_ids) / (samples - 1) * i;
    const auto found = rows_of_span(session, context, {begin, begin + sample_ids});
    if (!found) return std::nullopt;
    dense += *found <= dense_rows_per_id * sample_ids ? 1 : 0;
    rows += *found;
  }
  if (dense * 4 < samples * 3) return std::nullopt;
  return StrategyChoice{
      StrategyKind::scan,
      fmt::format("auto: the list is dense in the key's order, with {:.1f} rows for each ID in {} "
                  "samples, so there is nothing to load",
                  static_cast<double>(rows) / (samples * sample_ids), samples)};
}

}  // namespace firmquery

#include "preparing/full_scans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "firmquery/db/qualified_name.hpp"

namespace firmquery {
namespace {

// The planner names a table without quotes: PostgreSQL with its schema, CockroachDB with the index behind it.
bool is_key_table(const FullScan& scan, const KeyColumn& key) {
  if (key.table.empty()) return false;
  const std::vector<std::string> parts = name_parts(key.table);
  std::string qualified;
  for (const std::string& part : parts) qualified += (qualified.empty() ? "" : ".") + part;
  return scan.table == qualified || scan.table == parts.back() || scan.table.starts_with(parts.back() + "@");
}

// CockroachDB v26.3: a list of more literals than this does not constrain a scan.
Result<std::optional<std::size_t>> span_limit(Session& session, const StrategyContext& context) {
  if (!context.dialect.is_cockroachdb()) return std::nullopt;
  const auto rows = session.execute("show optimizer_span_limit");
  if (!rows && !session.alive()) return Failure(rows.error());
  if (!rows || rows->size() != 1) return std::nullopt;  // a version without it
  const std::string_view text = rows->at(0, 0);
  std::size_t limit = 0;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  return limit == 0 ? std::nullopt : std::optional(limit);
}

// `most_ids`: the longest list that would be no reason for a full scan, where a longer one is the reason for this.
std::string remedy_of(const FullScan& scan, const StrategyContext& context, StrategyKind kind,
                      std::optional<std::size_t> most_ids) {
  const KeyColumn& key = context.facts.key;
  const bool of_key = is_key_table(scan, key);
  const std::string table = of_key ? key.table : std::string(scan.table.substr(0, scan.table.find('@')));
  if (of_key && !key.of_view && key.indexes.empty()) {
    return fmt::format("CREATE INDEX ON {} ({})", table, key.column);
  }
  const bool listed = of_key && kind == StrategyKind::in_list;
  std::string remedy;
  if (most_ids) {
    remedy = fmt::format("--chunk-size {} or less, or ", *most_ids);
  } else if (!scan.rows && !table.empty()) {
    remedy =
        context.dialect.is_cockroachdb() ? "CREATE STATISTICS firmquery FROM " + table : "ANALYZE " + table;
    if (listed) remedy += ", or ";
  }
  if (listed) {
    remedy += "--strategy temp-table or array, which look each ID up";
  } else if (remedy.empty()) {
    remedy = of_key ? "which is right where the list is a large part of the table"
                    : "make an index on the column by which it is joined";
  }
  return remedy;
}

std::string ordinal_id(IdType type, std::size_t n) {
  if (type == IdType::uuid) return fmt::format("00000000-0000-4000-8000-{:012x}", n);
  return std::to_string(n);
}

}  // namespace

Result<std::vector<ScanWarning>> scan_warnings(Session& session, const std::vector<FullScan>& scans,
                                               const StrategyContext& context, StrategyKind kind,
                                               const PlannedUnit& planned) {
  const Slice unit = planned.unit;
  const std::string range = planned.first ? "every range"
                                          : fmt::format("a range of {} IDs from {} on", unit.size(),
                                                        context.ids.canonical(unit.begin));
  std::vector<ScanWarning> warnings;
  for (const FullScan& scan : scans) {
    const bool listed = kind == StrategyKind::in_list && is_key_table(scan, context.facts.key);
    std::optional<std::size_t> limit;
    if (listed) {
      FQ_TRY_ASSIGN(limit, span_limit(session, context));
    }
    if (limit && unit.size() <= *limit) limit.reset();
    const std::string size =
        scan.rows ? fmt::format("about {:.0f} rows", *scan.rows) : "size unknown: no statistics";
    const std::string reason =
        limit ? fmt::format(", because {} IDs are more than optimizer_span_limit, {}", unit.size(), *limit)
              : "";
    warnings.push_back({scan.table,
                        fmt::format("{} would read the whole of {} ({}){}", range,
                                    scan.table.empty() ? "a table" : scan.table, size, reason),
                        remedy_of(scan, context, kind, limit)});
  }
  return warnings;
}

Result<std::vector<ScanWarning>> find_full_scans(Session& session, const StrategyContext& context,
                                                 StrategyKind kind, const std::vector<PlannedUnit>& units) {
  std::vector<ScanWarning> all;
  for (const PlannedUnit& planned : units) {
    FQ_TRY_ASSIGN(const ExplainedRange range, explained_range(session, context, kind, planned));
    FQ_TRY_ASSIGN(const Explanation explanation, explain(session, context.dialect, range.statement));
    FQ_TRY_ASSIGN(auto found, scan_warnings(session, explanation.full_scans, context, kind, planned));
    add_untold(all, std::move(found));
  }
  return all;
}

void add_untold(std::vector<ScanWarning>& told, std::vector<ScanWarning> more) {
  for (ScanWarning& warning : more) {
    const bool known = std::any_of(told.begin(), told.end(),
                                   [&](const ScanWarning& other) { return other.table == warning.table; });
    if (!known) told.push_back(std::move(warning));
  }
}

void warn_of_full_scans(Control& control, EventStream& events, const StrategyContext& context,
                        StrategyKind kind, const std::vector<Share>& shares, const std::stop_token& stop) {
  std::vector<Slice> slices;
  for (const Share& share : shares) {
    if (!share.done()) slices.push_back(share.front());
  }
  if (!context.dialect.is_cockroachdb() || slices.empty()) return;
  const PlannedUnit longest = longest_unit(context, kind, slices);
  (void)control.attempt(
      [&](Session& session) -> Result<void> {
        const auto found = find_full_scans(session, context, kind, {longest});
        if (!found) return session.alive() ? Result<void>() : Failure(found.error());
        for (const ScanWarning& warning : *found) events.emit(event::Warning{warning.to_string()});
        return {};
      },
      stop);
}

IdSet stand_in_ids(const KeyColumn& key) {
  // Every third, because consecutive integers are one span; 30,000 fits the smallest integer.
  constexpr std::size_t kCount = 10'000, kStep = 3;
  IdSetBuilder builder(key.id_type);
  for (std::size_t i = 1; i <= kCount; ++i) builder.add(std::string_view(ordinal_id(key.id_type, i * kStep)));
  return builder.finish().unique;
}

}  // namespace firmquery

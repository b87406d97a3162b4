#include "preparing/full_scans.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/db/qualified_name.hpp"
#include "preparing/plan_job_sql.hpp"

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

std::string remedy_of(const FullScan& scan, const StrategyContext& context, StrategyKind kind) {
  const KeyColumn& key = context.facts.key;
  const bool of_key = is_key_table(scan, key);
  const std::string table = of_key ? key.table : std::string(scan.table.substr(0, scan.table.find('@')));
  if (of_key && !key.of_view && key.indexes.empty()) {
    return fmt::format("CREATE INDEX ON {} ({})", table, key.column);
  }
  const bool listed = of_key && kind == StrategyKind::in_list;
  std::string remedy;
  if (!scan.rows && !table.empty()) {
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

std::vector<ScanWarning> scan_warnings(const std::vector<FullScan>& scans, const StrategyContext& context,
                                       StrategyKind kind) {
  std::vector<ScanWarning> warnings;
  for (const FullScan& scan : scans) {
    const std::string size =
        scan.rows ? fmt::format("about {:.0f} rows", *scan.rows) : "size unknown: no statistics";
    warnings.push_back({fmt::format("every range would read the whole of {} ({})",
                                    scan.table.empty() ? "a table" : scan.table, size),
                        remedy_of(scan, context, kind)});
  }
  return warnings;
}

Result<std::vector<ScanWarning>> find_full_scans(Session& session, const StrategyContext& context,
                                                 StrategyKind kind, Slice slice) {
  FQ_TRY_ASSIGN(const ExplainedRange range, explained_range(session, context, kind, slice));
  FQ_TRY_ASSIGN(const Explanation explanation, explain(session, context.dialect, range.statement));
  return scan_warnings(explanation.full_scans, context, kind);
}

void warn_of_full_scans(Control& control, EventStream& events, const StrategyContext& context,
                        StrategyKind kind, const std::vector<Share>& shares, const std::stop_token& stop) {
  const auto share = std::find_if(shares.begin(), shares.end(), [](const Share& s) { return !s.done(); });
  if (!context.dialect.is_cockroachdb() || share == shares.end()) return;
  (void)control.attempt(
      [&](Session& session) -> Result<void> {
        const auto found = find_full_scans(session, context, kind, share->front());
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

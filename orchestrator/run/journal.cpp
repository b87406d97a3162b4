#include "journal.hpp"

#include <nlohmann/json.hpp>

namespace firmquery {

Result<Journal> Journal::create(const std::filesystem::path& directory) {
  FQ_TRY_ASSIGN(JsonLines lines, JsonLines::open(directory / "journal.jsonl"));
  return Journal(std::move(lines));
}

Result<void> Journal::header(const JournalHeader& header) {
  nlohmann::ordered_json line = {
      {"schema", 1},
      {"event", "run"},
      {"at", utc_now()},
      {"run_id", header.run_id},
      {"strategy", header.strategy},
      {"key", header.key},
      {"sql_digest", header.sql_digest},
      {"server", header.server},
      {"ids", header.ids},
      {"ids_digest", header.ids_digest.to_hex()},
      {"snapshot", {{"kind", header.snapshot.kind}, {"value", header.snapshot.value}}},
      {"slices", nlohmann::ordered_json::array()}};
  for (const Slice& slice : header.slices) line["slices"].push_back({slice.begin, slice.end});
  const std::lock_guard lock(mutex_);
  return lines_.append(line.dump());
}

Result<void> Journal::unit(const JournalUnit& unit) {
  const nlohmann::ordered_json line = {
      {"event", "unit"},           {"at", utc_now()},       {"worker", unit.worker},
      {"begin", unit.slice.begin}, {"end", unit.slice.end}, {"offset", unit.part_offset},
      {"rows", unit.rows},         {"found", unit.found},   {"found_digest", unit.found_digest.to_hex()}};
  const std::lock_guard lock(mutex_);
  return lines_.append(line.dump());
}

Result<void> Journal::complete() {
  const std::lock_guard lock(mutex_);
  return lines_.append(nlohmann::ordered_json{{"event", "complete"}, {"at", utc_now()}}.dump());
}

}  // namespace firmquery

#include "firmquery/history/diff_files.hpp"

#include <nlohmann/json.hpp>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;

Json side(const RunReader& run) {
  const Report& report = run.report();
  Json readings = Json::array();
  for (const ReadingReport& reading : report.readings) {
    readings.push_back({{"started_at", reading.started_at},
                        {"snapshot", {{"kind", reading.snapshot.kind}, {"value", reading.snapshot.value}}}});
  }
  return {{"directory", run.directory().string()},
          {"run_id", report.run_id},
          {"status", report.status},
          {"started_at", report.started_at},
          {"snapshot", {{"kind", report.snapshot.kind}, {"value", report.snapshot.value}}},
          {"readings", std::move(readings)},
          {"unique", report.input.unique},
          {"found", report.result.found},
          {"missing", report.result.missing},
          {"unresolved", report.result.unresolved},
          {"rows", report.result.rows}};
}

}  // namespace

Result<DiffFile> DiffFile::create(const std::filesystem::path& directory, std::string_view key,
                                  bool spreadsheet_safe) {
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(directory / kDiffCsv));
  DiffFile diff(std::move(file), spreadsheet_safe);
  append_csv_field(diff.line_, key);
  diff.line_ += ",change,then,now,column,value_then,value_now";
  FQ_TRY(diff.end());
  return diff;
}

void DiffFile::begin(std::string_view id, std::string_view change) {
  line_.clear();
  append_csv_field(line_, id);
  line_ += ',';
  line_ += change;
}

Result<void> DiffFile::end() {
  line_ += '\n';
  return write_record(file_, line_, spreadsheet_safe_);
}

Result<void> DiffFile::id(std::string_view id, IdChange change, std::string_view then, std::string_view now) {
  begin(id, to_string(change));
  line_.append(",").append(then).append(",").append(now).append(",,,");
  return end();
}

Result<void> DiffFile::value(std::string_view id, std::string_view column, std::string_view then,
                             std::string_view now) {
  begin(id, "row_changed,found,found,");
  append_csv_field(line_, column);
  line_.append(",").append(then).append(",").append(now);  // as CSV has them already
  return end();
}

Result<void> DiffFile::row(std::string_view id, bool added, std::string_view record) {
  begin(id, added ? "row_added,,found,," : "row_removed,found,,,");
  if (added) line_ += ',';
  append_csv_field(line_, record);
  if (!added) line_ += ',';
  return end();
}

std::string diff_json(const RunReader& then, const RunReader& now, const Difference& difference) {
  const auto& [newly, resolved, persisting, added, not_asked] = difference.missing;
  const Json json = {
      {"schema", 1},
      {"same", difference.same()},
      {"then", side(then)},
      {"now", side(now)},
      {"missing",
       {{"new", newly},
        {"resolved", resolved},
        {"persisting", persisting},
        {"added", added},
        {"not_asked", not_asked},
        {"reopened", difference.reopened}}},
      {"list",
       {{"added", difference.list.added},
        {"removed", difference.list.removed},
        {"common", difference.list.common}}},
      {"rows",
       {{"changed", difference.rows.changed},
        {"added", difference.rows.added},
        {"removed", difference.rows.removed}}},
      {"unread", difference.unread},
      {"columns", {{"added", difference.columns_added}, {"removed", difference.columns_removed}}}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace firmquery

// A line: {"schema":1,"event":"start"|"removed","job_file","pattern","key", ...}.
#include "firmquery/history/run_index.hpp"

#include <nlohmann/json.hpp>

#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/output/shared_lines.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kSchema = 1;
constexpr std::uint64_t kIndexBytesMax = 1u << 30;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Of bytes that JSON cannot hold, as they come back.
std::string as_it_comes_back(const std::string& text) {
  return Json::parse(dumped(text)).get<std::string>();
}

Json head(const char* event, const RunSeries& series, const std::string& key) {
  return {{"schema", kSchema},
          {"event", event},
          {"job_file", series.job_file},
          {"pattern", series.pattern},
          {"key", key}};
}

void add_start(Json& json, const IndexedStart& start) {
  json["job"] = start.job;
  json["run_id"] = start.run_id;
  json["directory"] = start.directory;
  json["began_at"] = start.began_at;
  json["ended_at"] = start.ended_at;
  json["status"] = start.status;
  if (start.exit_code) json["exit"] = *start.exit_code;
  json["seconds"] = start.seconds;
  if (!start.figures) return;
  const IndexedStart::Figures& figures = *start.figures;
  json["read_at"] = figures.read_at;
  json["snapshot"] = {{"kind", figures.snapshot.kind}, {"value", figures.snapshot.value}};
  json["unique"] = figures.unique;
  json["found"] = figures.found;
  json["missing"] = figures.missing;
  json["unresolved"] = figures.unresolved;
  json["rows"] = figures.rows;
  json["total_s"] = figures.total_s;
}

Result<void> append(const RunSeries& series, const Json& json) {
  return append_shared_line(series.folder / kRunIndexName, dumped(json));
}

// Throws where a field is of another type.
IndexedStart start_of(const Json& json) {
  IndexedStart start;
  start.job = json.value("job", "");
  start.run_id = json.value("run_id", "");
  start.directory = json.value("directory", "");
  start.began_at = json.at("began_at").get<std::string>();
  start.ended_at = json.value("ended_at", "");
  start.status = json.at("status").get<std::string>();
  if (json.contains("exit")) start.exit_code = json.at("exit").get<int>();
  start.seconds = json.value("seconds", 0.0);
  start.removed_at = json.value("removed_at", "");
  if (!json.contains("unique")) return start;
  IndexedStart::Figures& figures = start.figures.emplace();
  figures.read_at = json.value("read_at", "");
  if (json.contains("snapshot")) {
    figures.snapshot = {json.at("snapshot").value("kind", ""), json.at("snapshot").value("value", "")};
  }
  figures.unique = json.at("unique").get<std::uint64_t>();
  figures.found = json.at("found").get<std::uint64_t>();
  figures.missing = json.at("missing").get<std::uint64_t>();
  figures.unresolved = json.value("unresolved", std::uint64_t{0});
  figures.rows = json.value("rows", std::uint64_t{0});
  figures.total_s = json.value("total_s", 0.0);
  return start;
}

void take(IndexedStart start, bool removed, std::vector<IndexedStart>& starts) {
  if (!removed) return starts.push_back(std::move(start));
  bool known = false;
  for (IndexedStart& earlier : starts) {
    if (earlier.directory != start.directory || earlier.run_id != start.run_id) continue;
    earlier.removed_at = start.removed_at;
    known = true;
  }
  if (!known) starts.push_back(std::move(start));
}

}  // namespace

IndexedStart::Figures figures_of(const Report& report) {
  IndexedStart::Figures figures;
  if (!report.readings.empty()) figures.read_at = report.readings.front().started_at;
  figures.snapshot = report.snapshot;
  figures.unique = report.input.unique;
  figures.found = report.result.found;
  figures.missing = report.result.missing;
  figures.unresolved = report.result.unresolved;
  figures.rows = report.result.rows;
  figures.total_s = report.timing.total_s;
  return figures;
}

Result<void> add_to_index(const RunSeries& series, const std::string& key, const IndexedStart& start) {
  Json json = head("start", series, key);
  add_start(json, start);
  return append(series, json);
}

Result<void> note_removed(const RunSeries& series, const std::string& key, const IndexedStart& run) {
  Json json = head("removed", series, key);
  json["removed_at"] = run.removed_at;
  add_start(json, run);
  return append(series, json);
}

Result<std::vector<IndexedStart>> read_index(const RunSeries& series, const std::string& key) {
  std::vector<IndexedStart> starts;
  const std::filesystem::path path = series.folder / kRunIndexName;
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) return starts;
  FQ_TRY_ASSIGN(const std::string text, read_regular_file(path, kIndexBytesMax));
  const std::string job_file = as_it_comes_back(series.job_file);
  const std::string pattern = as_it_comes_back(series.pattern);
  const std::string same_key = as_it_comes_back(key);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (line.size() == rest.size()) break;  // it may still be being written
    rest.remove_prefix(line.size() + 1);
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    try {
      if (json.at("schema") != kSchema || json.at("job_file") != job_file || json.at("pattern") != pattern ||
          json.at("key") != same_key)
        continue;
      const std::string event = json.at("event").get<std::string>();
      if (event == "start" || event == "removed") take(start_of(json), event == "removed", starts);
    } catch (const Json::exception&) {
      continue;
    }
  }
  return starts;
}

}  // namespace firmquery

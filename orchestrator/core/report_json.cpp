// report.json, schema 1: names and nesting are part of the contract.
#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "firmquery/core/report.hpp"
#include "json_fields.hpp"
#include "report_details_json.hpp"
#include "report_findings_json.hpp"
#include "report_outlook_json.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;
using Fields = JsonFields;
constexpr std::uint64_t kSchema = 1;

Json to_object(const InputReport& input) {
  Json json = {{"lines", input.lines},       {"blank", input.blank},
               {"header", input.header},     {"accepted", input.accepted},
               {"rejected", input.rejected}, {"duplicates", input.duplicates},
               {"unique", input.unique},     {"digest", input.digest.to_hex()}};
  if (input.accept_rules.empty()) return json;
  json["accept_rules"] = input.accept_rules;
  json["respelled"] = input.respelled;
  return json;
}

Json to_object(const ResultReport& result) {
  return {{"rows", result.rows},
          {"found", result.found},
          {"missing", result.missing},
          {"unresolved", result.unresolved},
          {"found_digest", result.found_digest.to_hex()},
          {"missing_digest", result.missing_digest.to_hex()},
          {"unresolved_digest", result.unresolved_digest.to_hex()}};
}

Json to_object(const SnapshotReport& snapshot) {
  return {{"kind", snapshot.kind}, {"value", snapshot.value}};
}

Json to_object(const SessionReport& session) {
  return {{"time_zone", session.time_zone},           {"date_style", session.date_style},
          {"interval_style", session.interval_style}, {"extra_float_digits", session.extra_float_digits},
          {"bytea_output", session.bytea_output},     {"row_security", session.row_security}};
}

Json readings_array(const std::vector<ReadingReport>& readings) {
  Json array = Json::array();
  for (const ReadingReport& reading : readings) {
    array.push_back({{"started_at", reading.started_at},
                     {"strategy", reading.strategy},
                     {"snapshot", to_object(reading.snapshot)}});
  }
  return array;
}

Json failed_array(const std::vector<FailedRange>& ranges) {
  Json array = Json::array();
  for (const FailedRange& range : ranges) {
    array.push_back({{"begin", range.begin},
                     {"end", range.end},
                     {"first_id", range.first_id},
                     {"last_id", range.last_id},
                     {"error", range.error}});
  }
  return array;
}

Json to_object(const StatementsReport& statements) {
  return {{"count", statements.count},
          {"longest_s", rounded(statements.longest_s)},
          {"p50_s", rounded(statements.p50_s)},
          {"p95_s", rounded(statements.p95_s)}};
}

Json to_object(const ScanReport& scans) {
  return {{"ids", scans.ids}, {"rows_left_out", scans.rows_left_out}, {"rows_given_up", scans.rows_given_up}};
}

Json to_object(const TimingReport& timing) {
  return {{"clean_s", rounded(timing.clean_s)},
          {"load_s", rounded(timing.load_s)},
          {"query_s", rounded(timing.query_s)},
          {"export_s", rounded(timing.export_s)},
          {"total_s", rounded(timing.total_s)}};
}

Json starts_array(const std::vector<StartReport>& starts) {
  Json array = Json::array();
  for (const StartReport& start : starts) {
    array.push_back({{"started_at", start.started_at},
                     {"status", start.status},
                     {"ranges", start.ranges},
                     {"rows", start.rows},
                     {"retried", start.retried},
                     {"retries", start.retries},
                     {"statements", to_object(start.statements)},
                     {"scans", to_object(start.scans)},
                     {"timing", to_object(start.timing)}});
    add_details(start, array.back());
  }
  return array;
}

std::string dump(const Json& json) {
  // Text that is not UTF-8 (a path, a server's message) must not cost the report.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void read_input(const Fields& fields, InputReport& input) {
  fields.read("lines", input.lines);
  fields.read("blank", input.blank);
  fields.read("header", input.header);
  fields.read("accepted", input.accepted);
  fields.read("rejected", input.rejected);
  fields.read("duplicates", input.duplicates);
  fields.read("unique", input.unique);
  fields.read("digest", input.digest);
  if (!fields.has("accept_rules")) return;
  (void)fields.texts("accept_rules", input.accept_rules);
  fields.read("respelled", input.respelled);
}

void read_result(const Fields& fields, ResultReport& result) {
  fields.read("rows", result.rows);
  fields.read("found", result.found);
  fields.read("missing", result.missing);
  fields.read("unresolved", result.unresolved, Fields::optional);
  fields.read("found_digest", result.found_digest);
  fields.read("missing_digest", result.missing_digest);
  fields.read("unresolved_digest", result.unresolved_digest, Fields::optional);
}

void read_statements(const Fields& fields, StatementsReport& statements) {
  fields.read("count", statements.count);
  fields.read("longest_s", statements.longest_s);
  fields.read("p50_s", statements.p50_s);
  fields.read("p95_s", statements.p95_s);
}

void read_scans(const Fields& fields, ScanReport& scans) {
  fields.read("ids", scans.ids, Fields::optional);
  fields.read("rows_left_out", scans.rows_left_out, Fields::optional);
  fields.read("rows_given_up", scans.rows_given_up, Fields::optional);
}

void read_timing(const Fields& fields, TimingReport& timing) {
  fields.read("clean_s", timing.clean_s);
  fields.read("load_s", timing.load_s);
  fields.read("query_s", timing.query_s);
  fields.read("export_s", timing.export_s);
  fields.read("total_s", timing.total_s);
}

void read_effort(const Fields& root, Report& report) {
  const Fields ranges = root.object("ranges");
  ranges.read("total", report.ranges.total);
  ranges.read("done", report.ranges.done);
  ranges.read("retried", report.ranges.retried);
  root.read("retries", report.retries);
  read_statements(root.object("statements"), report.statements);
  read_scans(root.object("scans", Fields::optional), report.scans);
  read_timing(root.object("timing"), report.timing);
  root.read("peak_rss_bytes", report.peak_rss_bytes);
  root.read("spreadsheet_safe", report.spreadsheet_safe, Fields::optional);
}

void read_head(const Fields& root, Report& report) {
  root.read("run_id", report.run_id);
  root.read("status", report.status);
  root.read("started_at", report.started_at);
  root.read("finished_at", report.finished_at, Fields::optional);
  root.read("server", report.server, Fields::optional);
  root.read("dialect", report.dialect);
  root.read("server_version", report.server_version);
  const Fields authentication = root.object("authentication", Fields::optional);
  authentication.read("method", report.authentication.method);
  authentication.read("principal", report.authentication.principal);
  authentication.read("gss_encrypted", report.authentication.gss_encrypted);
  const Fields session = root.object("session", Fields::optional);
  session.read("time_zone", report.session.time_zone);
  session.read("date_style", report.session.date_style);
  session.read("interval_style", report.session.interval_style);
  session.read("extra_float_digits", report.session.extra_float_digits);
  session.read("bytea_output", report.session.bytea_output);
  session.read("row_security", report.session.row_security);
  root.read("strategy", report.strategy);
  root.read("strategy_reason", report.strategy_reason);
  std::uint64_t connections = 0;
  root.read("connections", connections);
  if (connections > std::numeric_limits<unsigned>::max()) root.wrong("connections", "a number of sessions");
  report.connections = static_cast<unsigned>(connections);
  const Fields snapshot = root.object("snapshot");
  snapshot.read("kind", report.snapshot.kind);
  snapshot.read("value", report.snapshot.value);
  root.read("key", report.key, Fields::optional);
  root.read("key_type", report.key_type, Fields::optional);
  root.read("id_type", report.id_type, Fields::optional);
}

void read_readings(const Fields& root, Report& report, std::string& problem) {
  const Json* readings = root.array("readings", Fields::optional);
  if (readings == nullptr) return;
  for (const Json& entry : *readings) {
    const std::string name = fmt::format("readings[{}]", report.readings.size());
    if (!entry.is_object()) return void(root.wrong(name, "an object"));
    const Fields fields(&entry, name + ".", problem);
    ReadingReport& reading = report.readings.emplace_back();
    fields.read("started_at", reading.started_at);
    fields.read("strategy", reading.strategy);
    const Fields snapshot = fields.object("snapshot");
    snapshot.read("kind", reading.snapshot.kind);
    snapshot.read("value", reading.snapshot.value);
  }
}

void read_starts(const Fields& root, Report& report, std::string& problem) {
  const Json* starts = root.array("starts", Fields::optional);
  if (starts == nullptr) return;
  for (const Json& entry : *starts) {
    const std::string name = fmt::format("starts[{}]", report.starts.size());
    if (!entry.is_object()) return void(root.wrong(name, "an object"));
    const Fields fields(&entry, name + ".", problem);
    StartReport& start = report.starts.emplace_back();
    fields.read("started_at", start.started_at);
    fields.read("status", start.status);
    fields.read("ranges", start.ranges);
    fields.read("rows", start.rows);
    fields.read("retried", start.retried);
    fields.read("retries", start.retries);
    read_statements(fields.object("statements"), start.statements);
    read_scans(fields.object("scans", Fields::optional), start.scans);
    read_timing(fields.object("timing"), start.timing);
    read_details(fields, start, problem);
  }
}

void read_failed(const Fields& root, Report& report, std::string& problem) {
  const Json* failed = root.object("ranges").array("failed", Fields::optional);
  if (failed == nullptr) return;
  for (const Json& entry : *failed) {
    const std::string name = fmt::format("ranges.failed[{}]", report.failed_ranges.size());
    if (!entry.is_object()) return void(root.wrong(name, "an object"));
    const Fields fields(&entry, name + ".", problem);
    FailedRange& range = report.failed_ranges.emplace_back();
    fields.read("begin", range.begin);
    fields.read("end", range.end);
    fields.read("first_id", range.first_id);
    fields.read("last_id", range.last_id);
    fields.read("error", range.error);
  }
}

void read_lists(const Fields& root, Report& report, std::string& problem) {
  if (const Json* files = root.array("files", Fields::required)) {
    for (const Json& entry : *files) {
      const std::string name = fmt::format("files[{}]", report.files.size());
      if (!entry.is_object()) return void(root.wrong(name, "an object"));
      const Fields fields(&entry, name + ".", problem);
      FileReport& file = report.files.emplace_back();
      fields.read("name", file.name);
      fields.read("rows", file.rows);
      fields.read("bytes", file.bytes);
      fields.read("sha256", file.sha256);
      if (!fields.texts("notes", file.notes)) return;
    }
  }
  (void)root.texts("warnings", report.warnings);
}

}  // namespace

std::string to_json(const Report& report) {
  Json files = Json::array();
  for (const FileReport& file : report.files) {
    files.push_back(
        {{"name", file.name}, {"rows", file.rows}, {"bytes", file.bytes}, {"sha256", file.sha256}});
    if (!file.notes.empty()) files.back()["notes"] = file.notes;
  }
  const auto& [total, done, retried] = report.ranges;
  Json json = {{"schema", kSchema},
               {"run_id", report.run_id},
               {"status", report.status},
               {"started_at", report.started_at},
               {"finished_at", report.finished_at},
               {"server", report.server},
               {"dialect", report.dialect},
               {"server_version", report.server_version},
               {"authentication",
                {{"method", report.authentication.method},
                 {"principal", report.authentication.principal},
                 {"gss_encrypted", report.authentication.gss_encrypted}}},
               {"session", to_object(report.session)},
               {"strategy", report.strategy},
               {"strategy_reason", report.strategy_reason},
               {"connections", report.connections},
               {"snapshot", to_object(report.snapshot)},
               {"readings", readings_array(report.readings)},
               {"key", report.key},
               {"key_type", report.key_type},
               {"id_type", report.id_type},
               {"input", to_object(report.input)},
               {"result", to_object(report.result)},
               {"ranges",
                {{"total", total},
                 {"done", done},
                 {"retried", retried},
                 {"failed", failed_array(report.failed_ranges)}}},
               {"retries", report.retries},
               {"statements", to_object(report.statements)},
               {"scans", to_object(report.scans)},
               {"timing", to_object(report.timing)},
               {"starts", starts_array(report.starts)},
               {"peak_rss_bytes", report.peak_rss_bytes},
               {"spreadsheet_safe", report.spreadsheet_safe},
               {"files", std::move(files)},
               {"warnings", report.warnings}};
  if (report.recheck) json["recheck"] = to_object(*report.recheck);
  if (report.near_misses) json["near_misses"] = to_object(*report.near_misses);
  if (report.history) json["history"] = to_object(*report.history);
  if (report.baseline) json["baseline"] = to_object(*report.baseline);
  if (report.list) json["list"] = to_object(*report.list);
  add_outlook(report, json);
  return dump(json);
}

std::string input_to_json(const InputReport& input) {
  return dump({{"schema", kSchema}, {"input", to_object(input)}});
}

Result<Report> report_from_json(const std::string& text, const std::string& place) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return fail(ErrorKind::usage, "this is not a report: it is not a JSON object", place,
                "name a run directory with the report.json that the run wrote");
  }
  std::string problem;
  const Fields root(&json, "", problem);
  std::uint64_t schema = 0;
  root.read("schema", schema);
  if (problem.empty() && schema != kSchema) {
    return fail(ErrorKind::usage, fmt::format("the report has schema {}, not {}", schema, kSchema), place,
                "use the version of firmquery that wrote it");
  }
  Report report;
  read_head(root, report);
  read_input(root.object("input"), report.input);
  read_result(root.object("result"), report.result);
  read_effort(root, report);
  read_readings(root, report, problem);
  read_starts(root, report, problem);
  read_failed(root, report, problem);
  read_lists(root, report, problem);
  read_findings(root, report, problem);
  read_outlook(root, report);
  if (root.has("list")) report.list = list_from(root.object("list"), problem);
  if (!problem.empty()) {
    return fail(ErrorKind::usage, "this is not a report of a run: " + problem, place,
                "name a run directory with the report.json that the run wrote");
  }
  return report;
}

}  // namespace firmquery

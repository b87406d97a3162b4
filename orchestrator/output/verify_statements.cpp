#include "verify_statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "firmquery/core/sql_template.hpp"
#include "firmquery/output/artifacts.hpp"
#include "json_text.hpp"

namespace firmquery {
namespace {

// Long texts (queries) are not worth repeating, and where they differ is not worth finding out.
std::string shown(const std::string& text) {
  return text.size() <= 80 && text.find('\n') == std::string::npos ? "\"" + text + "\"" : "another text";
}

class Comparison {
 public:
  explicit Comparison(Findings& findings) : findings_(findings) {}

  void same(std::string_view what, std::string_view first_place, const std::string& first,
            std::string_view second_place, const std::string& second) {
    if (first == second) return;
    findings_.fails(fmt::format("{}: {} says {}, {} says {}", what, first_place, shown(first), second_place,
                                shown(second)));
  }
  void same(std::string_view what, std::string_view first_place, std::uint64_t first,
            std::string_view second_place, std::uint64_t second) {
    same(what, first_place, std::to_string(first), second_place, std::to_string(second));
  }

 private:
  Findings& findings_;
};

const std::string_view kManifest = entry_of(Artifact::manifest).name;
const std::string_view kReport = entry_of(Artifact::report).name;
const std::string_view kJournal = entry_of(Artifact::journal).name;
const std::string_view kAudit = entry_of(Artifact::audit).name;

std::string text_of(const SnapshotReport& snapshot) {
  return snapshot.value.empty() ? snapshot.kind : snapshot.kind + " " + snapshot.value;
}

std::string text_of(const std::vector<ReadingReport>& readings) {
  std::string text;
  for (const ReadingReport& reading : readings) {
    text += fmt::format("{} {} at {}; ", reading.started_at, reading.strategy, text_of(reading.snapshot));
  }
  return text;
}

std::string text_of(const RecheckReport& recheck) {
  const auto& [strategy, snapshot, missing, found, statements, seconds, skipped, examples] = recheck;
  return fmt::format("{} of {}: {} missing, {} wrong; {} found, {} wrong; {} statements", strategy,
                     text_of(snapshot), missing.asked, missing.wrong, found.asked, found.wrong, statements);
}

std::string text_of(const FileReport* file) {
  return file == nullptr ? "" : fmt::format("{} rows {} bytes {}", file->rows, file->bytes, file->sha256);
}

const FileReport* find(const std::vector<FileReport>& files, const std::string& name) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const FileReport& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

// The report describes the answer; for the rest the manifest alone vouches.
bool is_of_manifest_alone(const std::string& name) {
  const ArtifactEntry* entry = find_artifact(name);
  return entry != nullptr && entry->vouched_by == VouchedBy::manifest;
}

void compare_files(const Manifest& manifest, const Report& report, Comparison& comparison) {
  for (const FileReport& file : manifest.files) {
    if (is_of_manifest_alone(file.name)) continue;
    comparison.same(file.name, kManifest, text_of(&file), kReport, text_of(find(report.files, file.name)));
  }
  for (const FileReport& file : report.files) {
    if (find(manifest.files, file.name) == nullptr) {
      comparison.same(file.name, kManifest, "", kReport, text_of(&file));
    }
  }
}

void compare_journal(const Manifest& manifest, const Report& report, const JournalState& journal,
                     Comparison& comparison, Findings& findings) {
  comparison.same("run", kManifest, manifest.run_id, kJournal, journal.job.run_id);
  comparison.same("key", kReport, report.key, kJournal, journal.job.key);
  // The manifest has the query without a final semicolon.
  const auto query = SqlTemplate::parse(journal.job.sql, std::string(kJournal), journal.job.key);
  if (!query) {
    findings.fails(query.error());
  } else {
    comparison.same("query", kManifest, manifest.sql, kJournal, query->text());
  }
  comparison.same("readings", kReport, text_of(report.readings), kJournal, text_of(journal.readings));
  // The journal of an earlier version has none, and what is found out beside it is in the report alone.
  if (!journal.rechecks.empty() || (report.recheck && report.recheck->wrong() > 0)) {
    comparison.same("second proof", kReport, report.recheck ? text_of(*report.recheck) : "none", kJournal,
                    text_of(sum_up_rechecks(journal.rechecks)));
  }
  if (report.recheck && report.recheck->wrong() > 0)
    findings.fails(
        fmt::format("report.json: {} IDs were not as the run has them when they were asked for again",
                    report.recheck->wrong()));
  if (!journal.all_read) findings.fails("journal.jsonl: the reading is not at its end");
  if (!journal.list) return findings.fails("journal.jsonl: there is no list");
  comparison.same("list", kManifest, manifest.input_digest, kJournal, journal.list->digest.to_hex());
  comparison.same("IDs", kReport, report.input.unique, kJournal, journal.list->ids);
}

// The path of the list is that of the start that has come to the end.
void compare_path(const Manifest& manifest, const AuditTrail& audit, Comparison& comparison) {
  const auto start = nlohmann::json::parse(audit.last_start, nullptr, false);
  const auto ids = start.find("ids");
  const auto path = ids != start.end() ? text_from_json(*ids) : std::nullopt;
  comparison.same("path of the list", kManifest, manifest.input_path, kAudit, path.value_or(""));
}

void compare_audit(const Manifest& manifest, const Report& report, const AuditTrail& audit,
                   Comparison& comparison, Findings& findings) {
  comparison.same("events", kManifest, manifest.audit.lines, kAudit, audit.end.lines);
  comparison.same("last hash", kManifest, manifest.audit.chain, kAudit, audit.end.chain);
  compare_path(manifest, audit, comparison);
  const auto end = nlohmann::json::parse(audit.last_event, nullptr, false);
  const auto value = [&](const char* name) {
    const auto found = end.find(name);
    return found != end.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!end.is_object() || value("event") != "end") {
    return findings.fails("audit.jsonl: the last event is not the run's end");
  }
  // Not of the events before it: who begins again what never began has a new name for it.
  comparison.same("run", kManifest, manifest.run_id, kAudit, value("run_id"));
  comparison.same("status", kReport, report.status, kAudit, value("status"));
  comparison.same("found", kReport, std::to_string(report.result.found), kAudit, value("found"));
  comparison.same("missing", kReport, std::to_string(report.result.missing), kAudit, value("missing"));
  comparison.same("unresolved", kReport, std::to_string(report.result.unresolved), kAudit,
                  value("unresolved"));
  comparison.same("rows", kReport, std::to_string(report.result.rows), kAudit, value("rows"));
  nlohmann::json files = nlohmann::json::object();
  for (const FileReport& file : manifest.files) files[file.name] = file.sha256;
  if (!end.contains("files") || end["files"] != files) {
    findings.fails("audit.jsonl: the end of the run has other files than manifest.json");
  }
}

}  // namespace

void compare_statements(const Manifest& manifest, const Report& report, const JournalState& journal,
                        const AuditTrail& audit, Findings& findings) {
  const std::size_t before = findings.failures();
  Comparison comparison(findings);
  comparison.same("run", kManifest, manifest.run_id, kReport, report.run_id);
  comparison.same("status", kManifest, "complete", kReport, report.status);
  comparison.same("end", kManifest, manifest.created_at, kReport, report.finished_at);
  comparison.same("list", kManifest, manifest.input_digest, kReport, report.input.digest.to_hex());
  comparison.same("instant", kManifest, text_of(manifest.snapshot), kReport, text_of(report.snapshot));
  const SnapshotReport first = report.readings.empty() ? SnapshotReport() : report.readings.front().snapshot;
  comparison.same("instant", kReport, text_of(report.snapshot), "its first reading", text_of(first));
  comparison.same("dialect", kManifest, manifest.dialect, kReport, report.dialect);
  comparison.same("server", kManifest, manifest.server_version, kReport, report.server_version);
  compare_files(manifest, report, comparison);
  compare_journal(manifest, report, journal, comparison, findings);
  compare_audit(manifest, report, audit, comparison, findings);
  if (findings.failures() == before) {
    findings.holds(
        "manifest, report, journal and audit log say the same of query, instant, list, counts and files");
  }
}

}  // namespace firmquery

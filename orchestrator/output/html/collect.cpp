#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/run_reader.hpp"
#include "html/page.hpp"
#include "json_text.hpp"

namespace firmquery::html {
namespace {

namespace fs = std::filesystem;
using LineJson = nlohmann::json;

constexpr std::size_t kMissingShown = 100, kDuplicatesShown = 25, kExamplesShown = 5;
constexpr std::size_t kReasonsShown = 25;
// Counts are in the report; examples of a reason that begins beyond are not worth reading a long file for.
constexpr std::uint64_t kRejectsRead = 20'000;
constexpr std::size_t kAuditFirst = 5, kAuditLast = 25;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string text_of(const LineJson& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() ? std::string() : text_from_json(*found).value_or(std::string());
}
double number_of(const LineJson& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || !found->is_number() ? 0 : found->get<double>();
}

// Calls `take` with each line of a file of JSON lines; one that is none is passed over.
template <class Take>
Result<void> each_line(const fs::path& path, Take take) {
  FQ_TRY_ASSIGN(CsvRecords lines, CsvRecords::open(path, CsvRecords::Quotes::ordinary));
  for (std::string_view line;;) {
    FQ_TRY_ASSIGN(const bool more, lines.next(line));
    if (!more) return {};
    const LineJson json = LineJson::parse(line, nullptr, false);
    if (json.is_object()) take(json);
  }
}

void take_job(const LineJson& json, Page& page) {
  page.query = text_of(json, "sql");
  page.ids_path = text_of(json, "ids_path");
  const auto options = json.find("options");
  if (options == json.end() || !options->is_array()) return;
  for (const LineJson& option : *options) {
    if (!option.is_array() || option.size() != 2) continue;
    page.options.emplace_back(text_from_json(option[0]).value_or(""), text_from_json(option[1]).value_or(""));
  }
}

// What has been read when. The journal may be as long as the run.
Result<void> read_journal_lines(const fs::path& path, Page& page) {
  return each_line(path, [&](const LineJson& json) {
    const std::string event = text_of(json, "event");
    const auto at = epoch_seconds(text_of(json, "at"));
    if (event == "job") take_job(json, page);
    if (event == "list")
      page.columns = csv_fields(text_of(json, "csv_header")).value_or(std::vector<std::string>());
    if ((event == "job" || event == "start") && at) page.timeline.start(*at);
    if (event == "unit" && at)
      page.timeline.unit(*at, static_cast<std::uint64_t>(number_of(json, "units")), number_of(json, "rows"),
                         number_of(json, "seconds"), number_of(json, "longest_s"));
  });
}

AuditEntry audit_entry(const LineJson& json) {
  AuditEntry entry;
  entry.at = text_of(json, "at");
  entry.event = text_of(json, "event");
  entry.who = text_of(json, "os_user");
  if (const std::string host = text_of(json, "host"); !host.empty()) entry.who += " on " + host;
  entry.program = text_of(json, "program_version");
  entry.server = text_of(json, "server");
  entry.role = text_of(json, "role");
  entry.said = text_of(json, "status");
  if (const std::string error = text_of(json, "error"); !error.empty() && error != entry.said)
    entry.said += ": " + error;
  return entry;
}

Result<void> read_audit(const fs::path& path, Page& page) {
  return each_line(path, [&](const LineJson& json) {
    if (page.audit.size() == kAuditFirst + kAuditLast) {
      page.audit.erase(page.audit.begin() + kAuditFirst);
      ++page.audit_left_out;
    }
    page.audit.push_back(audit_entry(json));
  });
}

Result<void> read_missing(const fs::path& path, Page& page) {
  const FormatOptions format{page.report.spreadsheet_safe, {}, {}};
  FQ_TRY_ASSIGN(FieldReader fields, FieldReader::open(path, {page.report.key}, format));
  page.missing_columns = fields.fields().size();
  while (page.missing.size() < kMissingShown) {
    FQ_TRY_ASSIGN(const bool more, fields.next());
    if (!more) break;
    const auto field = [&](std::size_t i) {
      return i < fields.fields().size() ? fields.fields()[i] : std::string();
    };
    page.missing.push_back({field(0), field(1), field(2), field(3), field(4), field(5)});
  }
  return {};
}

Result<void> read_duplicates(DuplicateReader reader, Page& page) {
  for (DuplicateLine line; page.duplicates.size() < kDuplicatesShown;) {
    FQ_TRY_ASSIGN(const bool more, reader.next(line));
    if (!more) break;
    page.duplicates.push_back({line.line, line.first_line, std::string(line.id)});
  }
  return {};
}

RejectedReason& reason_of(Page& page, std::string_view reason) {
  const auto found = std::find_if(page.rejected.begin(), page.rejected.end(),
                                  [&](const RejectedReason& entry) { return entry.reason == reason; });
  if (found != page.rejected.end()) return *found;
  return page.rejected.emplace_back(RejectedReason{std::string(reason), 0, {}});
}

// Counts are the report's; of a run whose report has none, what is read is counted.
Result<void> read_rejected(RejectedReader reader, Page& page) {
  const bool counted = page.report.list.has_value();
  RejectedLine line;
  for (std::uint64_t read = 0; !counted || read < kRejectsRead; ++read) {
    FQ_TRY_ASSIGN(const bool more, reader.next(line));
    if (!more) break;
    RejectedReason& reason = reason_of(page, line.reason);
    if (!counted) ++reason.count;
    if (reason.examples.size() < kExamplesShown)
      reason.examples.push_back(
          {line.line, std::string(line.cell), std::string(line.column), std::string(line.raw)});
    if (page.rejected.size() > kReasonsShown) page.rejected.pop_back();
  }
  return {};
}

// The first of a reason, as the list was read: where rejected.csv is not there, or is long.
void fill_examples(Page& page) {
  for (const ListReport::Problem& problem : page.report.list->problems) {
    if (page.rejected.size() >= kReasonsShown) break;
    RejectedReason& reason = reason_of(page, problem.reason);
    reason.count = problem.count;
    if (reason.examples.empty()) reason.examples.push_back({problem.line, {}, {}, problem.example});
  }
}

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

Result<Page> collect(const fs::path& directory, const Report& report, const ReportPageOptions& options) {
  Page page(report);
  page.error = options.error;
  page.breached = options.breached;
  page.files = options.files;
  page.directory = shell_word(directory.string());
  const auto path = [&](Artifact artifact) { return artifact_path(directory, artifact); };
  if (is_there(path(Artifact::journal))) FQ_TRY(read_journal_lines(path(Artifact::journal), page));
  if (is_there(path(Artifact::audit))) FQ_TRY(read_audit(path(Artifact::audit), page));
  if (is_there(path(Artifact::missing))) FQ_TRY(read_missing(path(Artifact::missing), page));
  const FormatOptions format{report.spreadsheet_safe, {}, {}};
  if (is_there(path(Artifact::duplicates))) {
    FQ_TRY_ASSIGN(DuplicateReader reader, DuplicateReader::open(path(Artifact::duplicates), format));
    FQ_TRY(read_duplicates(std::move(reader), page));
  }
  if (is_there(path(Artifact::rejected))) {
    FQ_TRY_ASSIGN(RejectedReader reader, RejectedReader::open(path(Artifact::rejected), format));
    FQ_TRY(read_rejected(std::move(reader), page));
  }
  if (report.list) fill_examples(page);
  std::stable_sort(page.rejected.begin(), page.rejected.end(),
                   [](const RejectedReason& a, const RejectedReason& b) { return a.count > b.count; });
  return page;
}

}  // namespace firmquery::html

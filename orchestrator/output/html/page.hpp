// What report.html shows, collected and bounded; how it looks is for render().
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "firmquery/output/report_page.hpp"
#include "html/timeline.hpp"

namespace firmquery::html {

struct RejectedExample {
  std::uint64_t line = 0;
  std::string cell, column, raw;
};
struct RejectedReason {
  std::string reason;
  std::uint64_t count = 0;
  std::vector<RejectedExample> examples;
};
struct Repeat {
  std::uint64_t line = 0, first_line = 0;
  std::string id;
};
struct MissingId {
  std::string id, suggestion, rule, matches, since, runs;  // all but the ID may be empty
};
struct AuditEntry {
  std::string at, event, who, program, server, role, said;
};

struct Page {
  explicit Page(const Report& of) : report(of) {}

  Report report;
  std::optional<Error> error;
  std::vector<std::string> breached;
  std::vector<FileReport> files;
  bool redacted = false;

  std::string directory;  // as a shell takes it
  // Of the journal:
  std::string query, ids_path;
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::string> columns;  // of the results
  Timeline timeline;
  // Of the lists:
  std::vector<RejectedReason> rejected;  // the commonest first
  std::vector<Repeat> duplicates;        // the first
  std::vector<MissingId> missing;        // the first
  std::size_t missing_columns = 0;       // of missing.csv; 0: it is not there
  // Of the audit log: the first and the last events.
  std::vector<AuditEntry> audit;
  std::uint64_t audit_left_out = 0;
};

// Where they are there.
Result<Page> collect(const std::filesystem::path& directory, const Report& report,
                     const ReportPageOptions& options);
// Takes every ID and every raw text out of it, as ReportPageOptions has it. Reads rejected.csv once more.
Result<void> redact(Page& page, const std::filesystem::path& directory, const ReportPageOptions& options);
std::string render(const Page& page);

}  // namespace firmquery::html

// The run directory: names of its files, the journal, the audit log, the manifest and its verification.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery {

// Creates the directory (mode 0700) and its parents. Fails with kind usage when it exists and is not empty.
Result<void> create_run_directory(const std::filesystem::path& directory);

// What a directory holds, by the files in it.
enum class RunState {
  none,
  unfinished,
  complete,
  foreign
};  // none: it is not there, or empty; foreign: no run
Result<RunState> run_state(const std::filesystem::path& directory);

// Append-only JSON lines, each on disk when append() returns. A line whose sync has failed is taken back, and nothing
// more is appended: the failure is final.
class JsonLines {
 public:
  static Result<JsonLines> open(const std::filesystem::path& path);
  Result<void> append(std::string_view json_object);  // one line without its line feed

 private:
  JsonLines() = default;
  Descriptor file_;
  std::filesystem::path path_;
  std::optional<Error> failure_;  // of a sync
};

// How far an audit log goes: the manifest has it, so that lines cut from the end show.
struct AuditEnd {
  std::uint64_t lines = 0;
  std::string chain;  // of the last line
  friend bool operator==(const AuditEnd&, const AuditEnd&) = default;
};

// audit.jsonl: each line carries "seq", "at", "event", the caller's fields, and "chain" = SHA-256 over the previous
// line's chain and this line without its own, so that a removed or altered line shows.
// Thread-safe.
class AuditLog {
 public:
  static Result<AuditLog> open(const std::filesystem::path& path);
  AuditLog(AuditLog&&) noexcept;
  AuditLog& operator=(AuditLog&&) noexcept;
  ~AuditLog();
  // `files` become the field "files": their SHA-256 by name.
  Result<void> event(std::string_view name, const std::vector<std::pair<std::string, std::string>>& fields,
                     const std::vector<FileReport>& files = {});
  AuditEnd end() const;
  // From here on each line is given to `copy` as well, once it is on disk; a failure is that of event(), and the next event
  // goes on with the chain all the same.
  void copy_to(std::function<Result<void>(std::string_view line)> copy);

 private:
  struct State;
  explicit AuditLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What an audit log with an unbroken chain says.
struct AuditTrail {
  AuditEnd end;
  std::string last_event;  // the last line, as JSON
  std::string last_start;  // the last line that begins or resumes a run, as JSON; empty: there is none
};
Result<AuditTrail> verify_audit(const std::filesystem::path& path);

struct Manifest {
  std::string run_id, created_at, program_version;
  std::string input_path, input_digest;
  SnapshotReport snapshot;
  std::string sql, dialect, server_version;
  AuditEnd audit;                 // no event comes after it
  std::vector<FileReport> files;  // every file of the run but the manifest and audit.jsonl
};
Result<void> write_manifest(const std::filesystem::path& directory, const Manifest& manifest);
Result<Manifest> read_manifest(const std::filesystem::path& directory);

struct Verification {
  std::vector<std::string> checks;    // one line for each thing that holds
  std::vector<std::string> failures;  // empty: the run is what it says it is
};
// Re-checks sizes and SHA-256 of every file, the proof of report.json, the IDs of missing.csv and the keys of results.csv
// against the report, the rows of each range against the journal, the audit chain, and whatever is said in more than one
// place against the other. Needs no database; 8 bytes of memory a found integer ID, as a run does.
Result<Verification> verify_run(const std::filesystem::path& directory);

// Who runs this program: os_user, os_uid, host, pid, program_version.
std::vector<std::pair<std::string, std::string>> operator_fields();
std::string utc_now();      // RFC 3339 with milliseconds and Z
std::string make_run_id();  // sortable by time, unique: 20261123T034500Z-1f9c2a
std::uint64_t peak_rss_bytes();

}  // namespace firmquery

// The offline check of a finished run. Everything is checked even after a failure: who has to find out what
// happened to a directory needs the whole picture.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <system_error>
#include <utility>

#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_directory.hpp"
#include "verify_findings.hpp"
#include "verify_missing.hpp"
#include "verify_results.hpp"
#include "verify_statements.hpp"

namespace firmquery {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 3> kOutsideManifest = {"manifest.json", "audit.jsonl", ".lock"};
// What every complete run leaves, whatever its list holds.
constexpr std::array<const char*, 6> kRequired = {"results.csv",    "missing.csv", "rejected.csv",
                                                  "duplicates.csv", "report.json", "journal.jsonl"};

class Verifier {
 public:
  explicit Verifier(const fs::path& directory) : directory_(directory) {}

  Result<Verification> run() {
    auto manifest = read_manifest(directory_);
    const auto audit = verify_audit(directory_ / "audit.jsonl");
    if (manifest) {
      manifest_ = std::move(*manifest);
      findings_.holds(fmt::format("manifest.json describes run {} with {} files", manifest_.run_id,
                                  manifest_.files.size()));
      check_list_of_files();
      for (const FileReport& file : manifest_.files) check_file(file);
      FQ_TRY(check_nothing_else());
      check_content(audit);
    } else if (is_absent(directory_ / "manifest.json") && !is_absent(directory_ / "journal.jsonl")) {
      findings_.fails("there is no manifest.json: the run is not finished; firmquery resume " +
                      directory_.string() + " goes on with it");
    } else {
      findings_.fails(manifest.error());
    }
    if (audit) {
      findings_.holds(fmt::format("audit.jsonl is an unbroken chain of {} events", audit->end.lines));
    } else {
      findings_.fails(audit.error());
    }
    return findings_.take();
  }

 private:
  bool listed(std::string_view name) const {
    return std::any_of(manifest_.files.begin(), manifest_.files.end(),
                       [&](const FileReport& file) { return file.name == name; });
  }

  void check_list_of_files() {
    std::set<std::string> names;
    for (const FileReport& file : manifest_.files) {
      if (!names.insert(file.name).second) {
        findings_.fails(fmt::format("manifest.json: {} is listed twice", file.name));
      }
    }
    for (const char* name : kRequired) {
      if (!names.contains(name)) {
        findings_.fails(fmt::format("manifest.json: {} is not listed, which every run leaves", name));
      }
    }
  }

  void check_file(const FileReport& file) {
    if (file.name.empty() || file.name == "." || file.name == ".." ||
        file.name.find('/') != std::string::npos) {
      return findings_.fails(
          fmt::format("manifest.json: \"{}\" is not the name of a file in the run directory", file.name));
    }
    // A file that is much too large is not read to its end.
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(directory_ / file.name, error);
    if (!error && bytes != file.bytes) {
      damaged_.insert(file.name);
      return findings_.fails(
          fmt::format("{} has {} bytes, but the manifest says {}", file.name, bytes, file.bytes));
    }
    const auto digest = digest_file(directory_ / file.name);
    if (!digest) {
      damaged_.insert(file.name);
      return findings_.fails(digest.error());
    }
    if (digest->sha256 != file.sha256) {
      return findings_.fails(fmt::format("{} has the SHA-256 {}, but the manifest says {}", file.name,
                                         digest->sha256, file.sha256));
    }
    findings_.holds(
        fmt::format("{} has the {} bytes and the SHA-256 of the manifest", file.name, file.bytes));
  }

  Result<void> check_nothing_else() {
    std::error_code error;
    std::set<std::string> strangers;
    for (fs::directory_iterator entry(directory_, error), end; !error && entry != end;
         entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      // Temporary files of a run that was killed between its manifest and its last step; resume removes them.
      constexpr std::string_view kPart = ".results.csv.N.part";
      const bool leftover = name == ".ids" || (name.starts_with(".results.csv.") && name.ends_with(".part") &&
                                               name.size() >= kPart.size());
      const bool expected = leftover || std::find(kOutsideManifest.begin(), kOutsideManifest.end(), name) !=
                                            kOutsideManifest.end();
      if (!expected && !listed(name)) strangers.insert(name);
    }
    if (error) return file_failure(directory_, "list the directory", error.value());
    for (const std::string& name : strangers) {
      findings_.fails(fmt::format("{} is not in the manifest", name));
    }
    if (strangers.empty()) findings_.holds("every file of the directory is in the manifest");
    return {};
  }

  // What the files say, as far as they can be read at all.
  void check_content(const Result<AuditTrail>& audit) {
    const auto report = read_report();
    if (!report) return findings_.fails(report.error());
    const InputReport& input = report->input;
    if (const auto proof = check_proof(*report); !proof) {
      findings_.fails(proof.error());
    } else {
      findings_.holds(fmt::format(
          "report.json adds up: {} unique = {} found + {} missing + {} unresolved, in number and digest",
          input.unique, report->result.found, report->result.missing, report->result.unresolved));
    }
    if (readable("journal.jsonl")) check_journal(*report, audit);
    if (readable("missing.csv")) findings_.add(verify_missing(directory_ / "missing.csv", *report));
    check_records("rejected.csv", input.rejected, "rejected");
    check_records("duplicates.csv", input.duplicates, "duplicates");
  }

  void check_journal(const Report& report, const Result<AuditTrail>& audit) {
    const auto journal = read_journal(directory_);
    if (!journal) return findings_.fails(journal.error());
    if (audit) compare_statements(manifest_, report, *journal, *audit, findings_);
    if (readable("results.csv")) {
      findings_.add(verify_results(directory_ / "results.csv", report, *journal));
    }
  }

  Result<Report> read_report() const {
    FQ_TRY_ASSIGN(const std::string text, read_regular_file(directory_ / "report.json"));
    return report_from_json(text, "report.json");
  }

  // Not: missing, of another size, or no file at all, which has been said.
  bool readable(const char* name) const { return listed(name) && !damaged_.contains(name); }

  void check_records(const char* name, std::uint64_t expected, const char* what) {
    if (!readable(name)) return;
    const auto records = count_csv_records(directory_ / name);
    if (!records) return findings_.fails(records.error());
    if (*records == 0) return findings_.fails(fmt::format("{} is empty, without even a header", name));
    if (*records - 1 != expected) {
      return findings_.fails(
          fmt::format("{} holds {} records, but the report has {} {}", name, *records - 1, expected, what));
    }
    findings_.holds(fmt::format("{} holds {} records, as many as the report's {}", name, expected, what));
  }

  static bool is_absent(const fs::path& path) {
    std::error_code error;
    return fs::symlink_status(path, error).type() == fs::file_type::not_found;
  }

  const fs::path& directory_;
  Manifest manifest_;
  std::set<std::string> damaged_;
  Findings findings_;
};

}  // namespace

Result<Verification> verify_run(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    return fail(ErrorKind::usage, "there is no such run directory", directory.string(),
                "name the directory that firmquery run wrote");
  }
  return Verifier(directory).run();
}

}  // namespace firmquery

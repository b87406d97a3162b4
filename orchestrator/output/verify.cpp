// The offline check of a finished run. Everything is checked even after a failure: who has to find out what
// happened to a directory needs the whole picture.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/output/run_reader.hpp"
#include "verify_findings.hpp"
#include "verify_missing.hpp"
#include "verify_results.hpp"
#include "verify_statements.hpp"

namespace firmquery {
namespace fs = std::filesystem;
namespace {

class Verifier {
 public:
  explicit Verifier(const fs::path& directory) : directory_(directory) {}

  Result<Verification> run() {
    auto manifest = read_manifest(directory_);
    const auto audit = verify_audit(artifact_path(directory_, Artifact::audit));
    if (manifest) {
      manifest_ = std::move(*manifest);
      findings_.holds(fmt::format("manifest.json describes run {} with {} files", manifest_.run_id,
                                  manifest_.files.size()));
      check_list_of_files();
      for (const FileReport& file : manifest_.files) check_file(file);
      FQ_TRY(check_nothing_else());
      check_content(audit);
    } else if (is_absent(Artifact::manifest) && !is_absent(Artifact::journal)) {
      findings_.fails("there is no manifest.json: the run is not finished; " + how_to_go_on());
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
  std::string how_to_go_on() const {
    const auto journal = read_journal(directory_);
    if (journal && sum_up_rechecks(journal->rechecks).wrong() > 0)
      return "its second proof has failed, and it cannot be gone on with";
    return "firmquery resume " + directory_.string() + " goes on with it";
  }

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
    for (const ArtifactEntry& entry : artifacts()) {
      const bool there = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        const ArtifactEntry* of_name = find_artifact(name);
        return of_name != nullptr && of_name->artifact == entry.artifact;
      });
      if (there || !entry.required) continue;
      findings_.fails(fmt::format("manifest.json: {} is not listed, which every run leaves",
                                  entry.artifact == Artifact::results ? "a file of results" : entry.name));
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
      // Parts of a run that was killed between its manifest and its last step; resume removes them.
      const ArtifactEntry* artifact = find_artifact(name);
      const bool expected =
          is_part_name(name) || (artifact != nullptr && artifact->vouched_by == VouchedBy::nobody);
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
    const auto run = RunReader::open(directory_);
    if (!run) {
      Error error = run.error();
      if (error.place == artifact_path(directory_, Artifact::report))
        error.place = entry_of(Artifact::report).name;
      return findings_.fails(error);
    }
    const Report& report = run->report();
    if (const auto proof = check_proof(report); !proof) {
      findings_.fails(proof.error());
    } else {
      findings_.holds(fmt::format(
          "report.json adds up: {} unique = {} found + {} missing + {} unresolved, in number and digest",
          report.input.unique, report.result.found, report.result.missing, report.result.unresolved));
    }
    if (readable(Artifact::journal)) check_journal(*run, audit);
    if (readable(Artifact::missing)) findings_.add(verify_missing(*run));
    if (readable(Artifact::rejected)) findings_.add(verify_rejected(*run));
    if (readable(Artifact::duplicates)) findings_.add(verify_duplicates(*run));
  }

  void check_journal(const RunReader& run, const Result<AuditTrail>& audit) {
    const auto journal = run.journal();
    if (!journal) return findings_.fails(journal.error());
    if (audit) compare_statements(manifest_, run.report(), *journal, *audit, findings_);
    for (const ResultFile& file : run.result_files()) {
      if (readable(file.name())) findings_.add(verify_results(run, file, *journal));
    }
  }

  // Not: missing, of another size, or no file at all, which has been said.
  bool readable(std::string_view name) const { return listed(name) && !damaged_.contains(std::string(name)); }
  bool readable(Artifact artifact) const { return readable(entry_of(artifact).name); }

  bool is_absent(Artifact artifact) const {
    std::error_code error;
    return fs::symlink_status(artifact_path(directory_, artifact), error).type() == fs::file_type::not_found;
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

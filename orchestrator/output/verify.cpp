// The offline check of a finished run. Everything is checked even after a failure: who has to find out what
// happened to a directory needs the whole picture.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <system_error>
#include <utility>

#include "firmquery/csv_records.hpp"
#include "firmquery/files.hpp"
#include "firmquery/run_directory.hpp"
#include "verify_missing.hpp"

namespace firmquery {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 3> kOutsideManifest = {"manifest.json", "audit.jsonl", ".lock"};

std::string sentence(const Error& error) {
  return error.place.empty() ? error.message : error.place + ": " + error.message;
}

class Verifier {
 public:
  explicit Verifier(const fs::path& directory) : directory_(directory) {}

  Result<Verification> run() {
    auto manifest = read_manifest(directory_);
    if (manifest) {
      manifest_ = std::move(*manifest);
      holds(fmt::format("manifest.json describes run {} with {} files", manifest_.run_id,
                        manifest_.files.size()));
      for (const FileReport& file : manifest_.files) check_file(file);
      FQ_TRY(check_nothing_else());
      check_report();
    } else if (is_absent(directory_ / "manifest.json") && !is_absent(directory_ / "journal.jsonl")) {
      fails("there is no manifest.json: the run is not finished; firmquery resume " + directory_.string() +
            " goes on with it");
    } else {
      fails(sentence(manifest.error()));
    }
    check(verify_audit(directory_ / "audit.jsonl"), "audit.jsonl is an unbroken chain of events");
    return std::move(result_);
  }

 private:
  void holds(std::string what) { result_.checks.push_back(std::move(what)); }
  void fails(std::string what) { result_.failures.push_back(std::move(what)); }
  void check(const Result<void>& outcome, std::string what) {
    if (!outcome) return fails(sentence(outcome.error()));
    holds(std::move(what));
  }

  bool listed(std::string_view name) const {
    return std::any_of(manifest_.files.begin(), manifest_.files.end(),
                       [&](const FileReport& file) { return file.name == name; });
  }

  void check_file(const FileReport& file) {
    if (file.name.empty() || file.name == "." || file.name == ".." ||
        file.name.find('/') != std::string::npos) {
      return fails(
          fmt::format("manifest.json: \"{}\" is not the name of a file in the run directory", file.name));
    }
    const auto digest = digest_file(directory_ / file.name);
    if (!digest) return fails(sentence(digest.error()));
    if (digest->bytes != file.bytes) {
      return fails(
          fmt::format("{} has {} bytes, but the manifest says {}", file.name, digest->bytes, file.bytes));
    }
    if (digest->sha256 != file.sha256) {
      return fails(fmt::format("{} has the SHA-256 {}, but the manifest says {}", file.name, digest->sha256,
                               file.sha256));
    }
    holds(fmt::format("{} has the {} bytes and the SHA-256 of the manifest", file.name, file.bytes));
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
    for (const std::string& name : strangers) fails(fmt::format("{} is not in the manifest", name));
    if (strangers.empty()) holds("every file of the directory is in the manifest");
    return {};
  }

  void check_report() {
    if (!listed("report.json")) return fails("report.json is not in the manifest");
    const auto text = read_file(directory_ / "report.json");
    if (!text) return fails(sentence(text.error()));
    const auto report = report_from_json(*text, "report.json");
    if (!report) return fails(sentence(report.error()));
    if (report->run_id != manifest_.run_id) {
      fails(fmt::format("report.json is of run {}, but the manifest of run {}", report->run_id,
                        manifest_.run_id));
    }
    const InputReport& input = report->input;
    check(check_proof(*report),
          fmt::format(
              "report.json adds up: {} unique = {} found + {} missing + {} unresolved, in number and digest",
              input.unique, report->result.found, report->result.missing, report->result.unresolved));
    check_missing(*report);
    check_records("results.csv", report->result.rows, "rows");
    check_records("rejected.csv", input.rejected, "rejected");
    check_records("duplicates.csv", input.duplicates, "duplicates");
  }

  void check_missing(const Report& report) {
    const fs::path path = directory_ / "missing.csv";
    if (is_absent(path)) {
      if (report.result.missing > 0) {
        fails(fmt::format("missing.csv is not there, but the report has {} missing IDs",
                          report.result.missing));
      }
      return;
    }
    auto missing = verify_missing(path, report);
    if (!missing) return fails(sentence(missing.error()));
    holds(std::move(*missing));
  }

  // results.csv may be absent: other formats and compressed files are covered by their SHA-256 alone. The
  // other two may be absent when there is nothing to list.
  void check_records(const std::string& name, std::uint64_t expected, const char* what) {
    const fs::path path = directory_ / name;
    if (is_absent(path)) {
      if (name != "results.csv" && expected > 0) {
        fails(fmt::format("{} is not there, but the report has {} {}", name, expected, what));
      }
      return;
    }
    const auto records = count_csv_records(path);
    if (!records) return fails(sentence(records.error()));
    if (*records == 0) return fails(fmt::format("{} is empty, without even a header", name));
    if (*records - 1 != expected) {
      return fails(
          fmt::format("{} holds {} records, but the report has {} {}", name, *records - 1, expected, what));
    }
    holds(fmt::format("{} holds {} records, as many as the report's {}", name, expected, what));
  }

  static bool is_absent(const fs::path& path) {
    std::error_code error;
    return fs::status(path, error).type() == fs::file_type::not_found;
  }

  const fs::path& directory_;
  Manifest manifest_;
  Verification result_;
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

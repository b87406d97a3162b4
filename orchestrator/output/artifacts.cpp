#include "firmquery/output/artifacts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace firmquery {
namespace {

constexpr std::string_view kTemporary = ".part", kRemoved = ".removed";

constexpr std::array kArtifacts = {
    ArtifactEntry{Artifact::results, "results", "the query's rows, one file for each format", "",
                  VouchedBy::report, true, false, false, true},
    ArtifactEntry{Artifact::missing, "missing.csv", "IDs without a row, ascending", "", VouchedBy::report,
                  true, false, false},
    ArtifactEntry{Artifact::rejected, "rejected.csv", "each input that is not an ID",
                  "line,raw,reason,column,byte_offset,cell", VouchedBy::report, true, false, true},
    ArtifactEntry{Artifact::duplicates, "duplicates.csv", "each repeat of an ID", "line,id,first_line",
                  VouchedBy::report, true, false, true},
    ArtifactEntry{Artifact::unresolved, "unresolved.csv",
                  "of a partial run: IDs that could not be read, neither found nor missing", "",
                  VouchedBy::report, false, true, false},
    ArtifactEntry{Artifact::merged, "merged", "the list in its own order with the answer beside each line",
                  "", VouchedBy::report, false, false, false, true},
    ArtifactEntry{Artifact::report, "report.json", "the report", "", VouchedBy::manifest, true, false, true},
    ArtifactEntry{Artifact::journal, "journal.jsonl", "what is finished, to go on after a crash", "",
                  VouchedBy::manifest, true, false, true},
    ArtifactEntry{Artifact::query, "query.sql", "a pasted query, with a placeholder where its list stood", "",
                  VouchedBy::manifest, false, false, true},
    ArtifactEntry{Artifact::list, "list.csv", "the list that stood in the query", "", VouchedBy::manifest,
                  false, false, true},
    ArtifactEntry{Artifact::page, "report.html", "the report for people", "", VouchedBy::manifest, false,
                  false, true},
    ArtifactEntry{Artifact::audit, "audit.jsonl", "who, where, what and when, as a chain of hashes", "",
                  VouchedBy::nobody, false, false, true},
    ArtifactEntry{Artifact::manifest, "manifest.json", "size and SHA-256 of each file; written last", "",
                  VouchedBy::nobody, false, false, false},
    ArtifactEntry{Artifact::lock, ".lock", "held while a process works on the run", "", VouchedBy::nobody,
                  false, false, true},
    ArtifactEntry{Artifact::list_copy, ".ids", "the copy of a list that cannot be read twice", "",
                  VouchedBy::nobody, false, true, true},
    ArtifactEntry{Artifact::near_misses, ".near-misses.json",
                  "what was found out about missing IDs, until missing.csv has it", "", VouchedBy::nobody,
                  false, true, false},
};
static_assert(kArtifacts.size() == static_cast<std::size_t>(Artifact::near_misses) + 1);

}  // namespace

std::span<const ArtifactEntry> artifacts() {
  return kArtifacts;
}

const ArtifactEntry& entry_of(Artifact artifact) {
  return kArtifacts[static_cast<std::size_t>(artifact)];
}

const ArtifactEntry* find_artifact(std::string_view file_name) {
  const auto found = std::find_if(kArtifacts.begin(), kArtifacts.end(), [&](const ArtifactEntry& entry) {
    if (!entry.of_formats) return entry.name == file_name;
    return file_name.size() > entry.name.size() + 1 && file_name.starts_with(entry.name) &&
           file_name[entry.name.size()] == '.';
  });
  return found == kArtifacts.end() ? nullptr : &*found;
}

std::filesystem::path artifact_path(const std::filesystem::path& directory, Artifact artifact) {
  return directory / entry_of(artifact).name;
}

std::filesystem::path part_path(const std::filesystem::path& directory, std::size_t share) {
  return directory / fmt::format(".results.csv.{}.part", share);
}

bool is_part_name(std::string_view file_name) {
  constexpr std::string_view kBegin = ".results.csv.";
  if (!file_name.starts_with(kBegin) || !file_name.ends_with(kTemporary)) return false;
  file_name.remove_prefix(kBegin.size());
  if (file_name.size() <= kTemporary.size()) return false;
  file_name.remove_suffix(kTemporary.size());
  return file_name.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string removed_name(std::string_view directory_name) {
  return fmt::format(".{}{}", directory_name, kRemoved);
}

bool is_removed_name(std::string_view directory_name) {
  return directory_name.size() > kRemoved.size() + 1 && directory_name.starts_with('.') &&
         directory_name.ends_with(kRemoved);
}

bool is_temporary_name(std::string_view file_name) {
  return file_name.starts_with('.') && file_name.ends_with(kTemporary);
}

}  // namespace firmquery

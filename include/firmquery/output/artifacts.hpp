// The files of a run directory: what is in each, who vouches for its bytes, and how long it stays. Writing them,
// report.files, the manifest, verify, keep, going on with a run and tidying all go by this one table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace firmquery {

// In the order in which report and manifest list them.
enum class Artifact : std::uint8_t {
  results,
  missing,
  rejected,
  duplicates,
  unresolved,
  merged,
  report,
  journal,
  query,
  list,
  page,
  audit,
  manifest,
  lock,
  list_copy,
  near_misses,
};

enum class VouchedBy : std::uint8_t {
  report,    // report.json and the manifest have its size and SHA-256
  manifest,  // the manifest alone
  nobody,    // the manifest itself; the audit log, whose chain ends in the manifest; what holds no data
};

struct ArtifactEntry {
  Artifact artifact;
  std::string_view
      name;  // of the file; where there is one for each format without what that adds (result_format.hpp)
  std::string_view content;
  std::string_view columns;  // of a CSV file that has the same ones in each run; comma-separated
  VouchedBy vouched_by;
  bool required;     // each complete run has it, whatever its list holds
  bool provisional;  // only going on with the run needs it, so a complete run has it no more
  bool early;        // may be there before the list is known; goes when such a run cannot be gone on with
  bool of_formats = false;  // a file for each format that was asked for
};

std::span<const ArtifactEntry> artifacts();
const ArtifactEntry& entry_of(Artifact artifact);
// By the name of a file, with whatever extension its format has; null: no run leaves a file of this name.
const ArtifactEntry* find_artifact(std::string_view file_name);

// Of what is one file.
std::filesystem::path artifact_path(const std::filesystem::path& directory, Artifact artifact);

// The rows of one share of the list, until the results are published.
std::filesystem::path part_path(const std::filesystem::path& directory, std::size_t share);
bool is_part_name(std::string_view file_name);
// What a file is called until it is whole, and a part.
bool is_temporary_name(std::string_view file_name);
// What a run directory is called from the moment when it is to be removed: half of one must not pass for a run.
std::string removed_name(std::string_view directory_name);
bool is_removed_name(std::string_view directory_name);

}  // namespace firmquery

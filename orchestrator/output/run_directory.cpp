#include "firmquery/output/run_directory.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/trusted_path.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace fs = std::filesystem;

Result<void> create_run_directory(const fs::path& directory) {
  fs::path path = directory.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "runs/today/"
  if (path.empty()) {
    return fail(ErrorKind::usage, "the run directory has no name", "--out", "name a directory");
  }
  std::error_code error;
  FQ_TRY(path.has_parent_path() ? make_directories(path.parent_path()) : check_trusted_ancestor(path));
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory_of(path);
  if (errno != EEXIST) return file_failure(path, "create the directory", errno);

  if (!fs::is_directory(path, error)) {
    return fail(ErrorKind::usage, "a file of this name is in the way of the run directory", path.string(),
                "choose another directory with --out");
  }
  FQ_TRY(check_trusted_directory(path));
  const bool empty = fs::is_empty(path, error);
  if (error) return file_failure(path, "read the directory", error.value());
  if (!empty) {
    return fail(ErrorKind::usage, "the run directory exists and is not empty", path.string(),
                "choose another directory with --out, or remove this one");
  }
  return {};
}

Result<RunState> run_state(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (status.type() == fs::file_type::not_found) return RunState::none;
  if (error) return file_failure(directory, "inspect", error.value());
  if (!fs::is_directory(status)) return RunState::foreign;
  bool empty = true, manifest = false, journal = false;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const ArtifactEntry* found = find_artifact(name);
    manifest |= found != nullptr && found->artifact == Artifact::manifest;
    journal |= found != nullptr && found->artifact == Artifact::journal;
    empty &= found != nullptr && found->artifact == Artifact::lock;
  }
  if (error) return file_failure(directory, "read the directory", error.value());
  if (empty) return RunState::none;
  return manifest ? RunState::complete : journal ? RunState::unfinished : RunState::foreign;
}

}  // namespace firmquery

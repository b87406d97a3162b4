#include "firmquery/history/retention.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>
#include <string_view>

#include "firmquery/core/time_text.hpp"
#include "firmquery/history/run_index.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/descriptor.hpp"
#include "firmquery/output/file_lock.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/output/trusted_path.hpp"

namespace firmquery {
namespace fs = std::filesystem;
namespace {

// The remedy of what stays because it is not to be touched; everything else has failed.
constexpr const char* kStays = "it stays";

Failure stays(std::string why, const fs::path& directory) {
  return fail(ErrorKind::usage, std::move(why), directory.string(), kStays);
}

struct FileNames {
  std::vector<std::string> names;
  std::uint64_t bytes = 0;
};

// A directory by its descriptor: what is done in it is done there, whatever its name leads to meanwhile.
class OpenDirectory {
 public:
  static Result<OpenDirectory> open(const fs::path& path, int at = AT_FDCWD) {
    const int fd = ::openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return file_failure(path, "open the directory", errno);
    return OpenDirectory(path, fd);
  }
  int fd() const { return file_.get(); }

  Result<std::vector<std::string>> entries() const {
    Descriptor again(::openat(fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, int (*)(DIR*)> list(again.get() < 0 ? nullptr : ::fdopendir(again.get()),
                                                   &::closedir);
    if (!list) return file_failure(path_, "read the directory", errno);
    again.release();
    std::vector<std::string> names;
    errno = 0;
    for (const dirent* entry = nullptr; (entry = ::readdir(list.get())) != nullptr;) {
      const std::string_view name = static_cast<const char*>(entry->d_name);
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return file_failure(path_, "read the directory", errno);
    return names;
  }

  // Fails (kStays) where there is anything but files that `known` has.
  Result<FileNames> files(const std::set<std::string>& known) const {
    FileNames files;
    FQ_TRY_ASSIGN(files.names, entries());
    for (const std::string& name : files.names) {
      struct stat facts = {};
      if (::fstatat(fd(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;  // another process removes the same
        return file_failure(path_ / name, "inspect", errno);
      }
      if (!S_ISREG(facts.st_mode) || !is_known(name, known)) {
        return stays("it holds " + name + ", which is not a file of the run", path_);
      }
      files.bytes += static_cast<std::uint64_t>(facts.st_size);
    }
    return files;
  }

  Result<void> remove(const std::string& name) const {
    if (::unlinkat(fd(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
    return file_failure(path_ / name, "remove", errno);
  }
  Result<void> remove_directory(const std::string& name) const {
    if (::unlinkat(fd(), name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return sync();
    return file_failure(path_ / name, "remove the directory", errno);
  }
  // `directory` is what `from` was opened as.
  Result<void> rename(const std::string& from, const std::string& to, const OpenDirectory& directory) const {
    constexpr unsigned kNoReplace = 1;  // RENAME_NOREPLACE
    if (!is_named(from, directory)) return file_failure(path_ / from, "remove", ENOENT);
    if (::renameat2(fd(), from.c_str(), fd(), to.c_str(), kNoReplace) != 0) {
      // Some file systems cannot say so; a directory with anything in it is not replaced even then.
      if (errno != EINVAL || ::renameat(fd(), from.c_str(), fd(), to.c_str()) != 0)
        return file_failure(path_ / from, "rename", errno);
    }
    return sync();
  }

 private:
  OpenDirectory(fs::path path, int fd) : path_(std::move(path)), file_(fd) {}

  static bool is_known(const std::string& name, const std::set<std::string>& known) {
    const ArtifactEntry* entry = find_artifact(name);
    const bool unlisted = entry != nullptr && !entry->of_formats &&
                          (entry->vouched_by == VouchedBy::nobody || entry->artifact == Artifact::journal);
    return unlisted || known.contains(name) || is_part_name(name) || is_temporary_name(name);
  }
  bool is_named(const std::string& name, const OpenDirectory& directory) const {
    struct stat held = {}, named = {};
    return ::fstat(directory.fd(), &held) == 0 &&
           ::fstatat(fd(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
  }
  Result<void> sync() const {
    while (::fsync(fd()) != 0) {
      if (errno != EINTR) return file_failure(path_, "flush to disk", errno);
    }
    return {};
  }

  fs::path path_;
  Descriptor file_;
};

std::set<std::string> names_of(const Manifest& manifest) {
  std::set<std::string> names;
  for (const FileReport& file : manifest.files) names.insert(file.name);
  return names;
}

// The journal goes last, and the manifest before it: as long as there is anything, it says what it was.
Result<void> empty(const OpenDirectory& directory, std::vector<std::string> names) {
  const auto rank = [](const std::string& name) {
    return name == entry_of(Artifact::journal).name ? 2 : name == entry_of(Artifact::manifest).name ? 1 : 0;
  };
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  for (const std::string& name : names) FQ_TRY(directory.remove(name));
  return {};
}

class Remover {
 public:
  Remover(const RunSeries& series, const std::string& key, OpenDirectory folder, bool dry_run)
      : series_(series), key_(key), folder_(std::move(folder)), dry_run_(dry_run) {}

  void remove(const JobRun& run) {
    const auto bytes = try_remove(run);
    if (!bytes) return left(run.directory, bytes.error());
    removal_.removed.push_back({run.directory, run.run_id, run.began_at, std::string(run.read_at()), *bytes});
  }

  // What a removal that was killed has left.
  Result<void> finish_earlier() {
    FQ_TRY_ASSIGN(const auto names, folder_.entries());
    for (const std::string& name : names) {
      if (!is_removed_name(name)) continue;
      const auto directory = OpenDirectory::open(name, folder_.fd());
      if (!directory) continue;  // something else of that name, or of somebody else
      const auto finished = finish(name, *directory);
      if (!finished) left(series_.folder / name, finished.error());
    }
    return {};
  }

  Removal take() && { return std::move(removal_); }

 private:
  void left(const fs::path& directory, const Error& error) {
    removal_.left.push_back({directory, error.message, error.remedy != kStays});
  }

  Result<std::uint64_t> try_remove(const JobRun& run) {
    const std::string name = run.directory.filename().string();
    const fs::path lock_path = artifact_path(run.directory, Artifact::lock);
    std::error_code ignored;
    std::optional<FileLock> lock;
    if (!dry_run_ || fs::exists(fs::symlink_status(lock_path, ignored))) {
      FQ_TRY_ASSIGN(lock, lock_file(lock_path, !dry_run_, "this run", OnOverlap::skip, {}));
      if (!lock) return stays("a process works on it", run.directory);
    }
    FQ_TRY_ASSIGN(const OpenDirectory directory, OpenDirectory::open(name, folder_.fd()));
    FQ_TRY_ASSIGN(const Manifest manifest, read_manifest(run.directory));
    if (manifest.run_id != run.run_id) {
      return stays("its manifest is that of another run", run.directory);
    }
    FQ_TRY_ASSIGN(FileNames files, directory.files(names_of(manifest)));
    FQ_TRY(check_trusted_entries(run.directory));
    if (dry_run_) return files.bytes;
    FQ_TRY(folder_.rename(name, removed_name(name), directory));
    note(run, name);
    FQ_TRY(empty(directory, std::move(files.names)));
    FQ_TRY(folder_.remove_directory(removed_name(name)));
    return files.bytes;
  }

  void note(const JobRun& run, const std::string& name) {
    IndexedStart start;
    start.began_at = run.began_at;
    start.run_id = run.run_id;
    start.directory = name;
    start.status = run.status();
    if (run.report) start.figures = figures_of(*run.report);
    start.removed_at = utc_now();
    if (const auto noted = note_removed(series_, key_, start); !noted)
      removal_.left.push_back(
          {series_.folder / kRunIndexName, "not written: " + noted.error().message, true});
  }

  Result<void> finish(const std::string& name, const OpenDirectory& directory) {
    const fs::path path = series_.folder / name;
    FQ_TRY_ASSIGN(const auto entries, directory.entries());
    if (!entries.empty()) {
      const auto job = peek_journal_job(path);
      const bool ours =
          job && job->job_file == series_.job_file && job->pattern == series_.pattern && job->key == key_;
      if (!ours) return {};
      FQ_TRY(check_trusted_entries(path));
      const auto manifest = read_manifest(path);
      FQ_TRY_ASSIGN(FileNames files,
                    directory.files(manifest ? names_of(*manifest) : std::set<std::string>()));
      FQ_TRY(empty(directory, std::move(files.names)));
    }
    return folder_.remove_directory(name);
  }

  const RunSeries& series_;
  const std::string& key_;
  const OpenDirectory folder_;
  const bool dry_run_;
  Removal removal_;
};

}  // namespace

std::vector<std::size_t> runs_beyond(const std::vector<JobRun>& runs, const Retention& retention,
                                     std::chrono::system_clock::time_point now) {
  std::vector<std::size_t> beyond;
  if (retention.empty()) return beyond;
  const double today = std::chrono::duration<double>(now.time_since_epoch()).count();
  constexpr double kDay = 86400;
  std::uint64_t newer = 0;  // complete ones
  for (std::size_t i = runs.size(); i-- > 0;) {
    if (!runs[i].complete() || !runs[i].problem.empty()) continue;
    const auto at = epoch_seconds(std::string(runs[i].read_at()));
    const bool too_many = !retention.runs || newer >= *retention.runs;
    const bool too_old = !retention.days || (at && today - *at > kDay * static_cast<double>(*retention.days));
    if (newer > 0 && too_many && too_old) beyond.push_back(i);
    ++newer;
  }
  std::reverse(beyond.begin(), beyond.end());
  return beyond;
}

Result<Removal> remove_old_runs(const RunSeries& series, const std::string& key, const Retention& retention,
                                std::chrono::system_clock::time_point now, const fs::path& spared,
                                bool dry_run) {
  std::error_code ignored;
  if (retention.empty() || !fs::exists(series.folder, ignored)) return Removal();
  FQ_TRY(check_trusted_directory(series.folder));
  FQ_TRY_ASSIGN(const fs::path folder, [&]() -> Result<fs::path> {
    std::error_code error;
    fs::path real = fs::canonical(series.folder, error);  // the folder itself may be a link
    if (error) return file_failure(series.folder, "open the directory", error.value());
    return real;
  }());
  FQ_TRY_ASSIGN(OpenDirectory opened, OpenDirectory::open(folder));
  FQ_TRY_ASSIGN(auto runs, runs_of_job(series, key));
  // Without its manifest a run is not finished, whatever its report says.
  std::erase_if(runs, [](const JobRun& run) {
    const auto state = run_state(run.directory);
    return !state || *state != RunState::complete;
  });
  Remover remover(series, key, std::move(opened), dry_run);
  if (!dry_run) FQ_TRY(remover.finish_earlier());
  for (const std::size_t place : runs_beyond(runs, retention, now)) {
    if (runs[place].directory.filename() != spared.filename()) remover.remove(runs[place]);
  }
  return std::move(remover).take();
}

}  // namespace firmquery

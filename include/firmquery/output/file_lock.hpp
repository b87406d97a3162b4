// Advisory locks between processes on one machine (flock): on a run directory, and on a job file, so that two
// runs of the same thing do not overlap. The kernel drops a lock with the process that holds it.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "firmquery/core/error.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery {

enum class OnOverlap { fail, wait, skip };

// Holds the lock as long as it lives. Not thread-safe.
class FileLock {
  friend Result<std::optional<FileLock>> lock_file(const std::filesystem::path&, bool, const std::string&,
                                                   OnOverlap, std::stop_token);
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

// Locks the file that has the name `path` once the lock is held; `create`: makes it (mode 0600) when it is not there. While another process holds
// the lock: fail gives an error of kind transient that calls the thing `what`, wait waits until it is free or
// a stop is requested (kind interrupted), skip gives nullopt.
Result<std::optional<FileLock>> lock_file(const std::filesystem::path& path, bool create,
                                          const std::string& what, OnOverlap on_overlap,
                                          std::stop_token stop);

// False: the file that was opened as `path` has been renamed, removed or replaced since.
bool is_still_at(const std::filesystem::path& path, int fd);

// Waits, in system calls, until no other open file of the same name holds a lock: for what lasts milliseconds. The lock
// goes with the descriptor.
Result<void> lock_and_wait(int fd, const std::filesystem::path& path);

}  // namespace firmquery

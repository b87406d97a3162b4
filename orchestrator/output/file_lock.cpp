#include "firmquery/output/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "firmquery/output/files.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

// flock() can wait by itself, but not for a stop request too.
constexpr std::chrono::milliseconds kPoll{200};

bool paused(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, kPoll, [] { return false; });
  return !stop.stop_requested();
}

// False: another process holds the lock, and that is to be skipped.
Result<bool> take(int fd, const std::filesystem::path& path, const std::string& what, OnOverlap on_overlap,
                  const std::stop_token& stop) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return file_failure(path, "lock", errno);
    if (on_overlap == OnOverlap::skip) return false;
    if (on_overlap == OnOverlap::fail) {
      return fail(ErrorKind::overlap, "another run of " + what + " is in progress", path.string(),
                  "wait for it to end, or say --on-overlap wait or --on-overlap skip");
    }
    if (!paused(stop)) {
      return fail(ErrorKind::interrupted, "stopped while waiting for another run of " + what, path.string());
    }
  }
  return true;
}

}  // namespace

bool is_still_at(const std::filesystem::path& path, int fd) {
  struct stat held = {}, named = {};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

Result<void> lock_and_wait(int fd, const std::filesystem::path& path) {
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return file_failure(path, "lock", errno);
  }
  return {};
}

Result<std::optional<FileLock>> lock_file(const std::filesystem::path& path, bool create,
                                          const std::string& what, OnOverlap on_overlap,
                                          std::stop_token stop) {
  for (;;) {
    auto opened =
        create ? open_regular(path, O_RDWR | O_CREAT, "open") : open_descriptor(path, O_RDONLY, "open");
    if (!opened) return Failure(std::move(opened).error());
    Descriptor file = *std::move(opened);
    FQ_TRY_ASSIGN(const bool locked, take(file.get(), path, what, on_overlap, stop));
    if (!locked) return std::optional<FileLock>();
    // Who held the lock may have removed the file, and then somebody else can hold a new one of the same name.
    if (is_still_at(path, file.get())) return std::optional<FileLock>(FileLock(std::move(file)));
  }
}

}  // namespace firmquery

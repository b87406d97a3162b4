#include "firmquery/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "firmquery/files.hpp"
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

}  // namespace

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::optional<FileLock>> lock_file(const std::filesystem::path& path, bool create,
                                          const std::string& what, OnOverlap on_overlap,
                                          std::stop_token stop) {
  const int flags = create ? O_RDWR | O_CREAT | O_NOFOLLOW : O_RDONLY;
  FQ_TRY_ASSIGN(Descriptor file, open_descriptor(path, flags, "open"));
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return file_failure(path, "lock", errno);
    if (on_overlap == OnOverlap::skip) return std::optional<FileLock>();
    if (on_overlap == OnOverlap::fail) {
      return fail(ErrorKind::transient, "another run of " + what + " is in progress", path.string(),
                  "wait for it to end, or say --on-overlap wait or --on-overlap skip");
    }
    if (!paused(stop)) {
      return fail(ErrorKind::interrupted, "stopped while waiting for another run of " + what, path.string());
    }
  }
  return std::optional<FileLock>(FileLock(file.release()));
}

}  // namespace firmquery

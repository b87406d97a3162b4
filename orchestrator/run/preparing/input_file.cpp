#include "preparing/input_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

Failure unreadable(const std::string& name, int error_number) {
  const char* remedy = error_number == ENOENT
                           ? "check the path; it is taken relative to the current directory"
                       : error_number == EACCES ? "give the user that runs this read permission"
                                                : "check the file and the disk it is on";
  return fail(ErrorKind::usage, std::string("cannot read the list of IDs: ") + std::strerror(error_number),
              name, remedy);
}

Failure stopped(const std::string& name) {
  return fail(ErrorKind::interrupted, "stopped while reading the list of IDs", name);
}

// Waits until `fd` can be read or a stop is requested.
Result<void> wait_readable(int fd, const std::string& name, const std::stop_token& stop) {
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  if (wake < 0) return unreadable(name, errno);
  {
    const std::stop_callback on_stop(stop, [wake] { (void)::eventfd_write(wake, 1); });
    pollfd wanted[2] = {{fd, POLLIN, 0}, {wake, POLLIN, 0}};
    while (::poll(wanted, 2, -1) < 0 && errno == EINTR) {
    }
  }
  ::close(wake);
  if (stop.stop_requested()) return stopped(name);
  return {};
}

}  // namespace

Result<InputFile> InputFile::open(const std::string& path, const std::filesystem::path& spool_directory) {
  InputFile file;
  const bool named = path != "-";
  file.name_ = named ? path : "standard input";
  file.file_ = Descriptor(named ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC)
                                : ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  struct stat status {};
  if (file.file_.get() < 0 || ::fstat(file.file_.get(), &status) != 0) return unreadable(file.name_, errno);
  if (S_ISDIR(status.st_mode)) {
    return fail(ErrorKind::usage, "the list of IDs is a directory", file.name_, "give the file in it");
  }
  // Redirected standard input may start anywhere, so only a file of our own is read twice in place.
  file.regular_ = S_ISREG(status.st_mode) && named;
  if (file.regular_) {
    (void)::posix_fadvise(file.file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  } else if (!spool_directory.empty()) {
    FQ_TRY(file.open_spool(spool_directory));
  }
  file.buffer_ = std::make_unique_for_overwrite<char[]>(kBlockBytes);
  return file;
}

Result<InputFile> InputFile::produced(std::string name, const std::filesystem::path& spool_directory) {
  InputFile file;
  file.name_ = std::move(name);
  file.regular_ = false;
  file.buffer_ = std::make_unique_for_overwrite<char[]>(kBlockBytes);
  if (!spool_directory.empty()) FQ_TRY(file.open_spool(spool_directory));
  return file;
}

Result<void> InputFile::keep(std::string_view block) {
  return spool_.get() >= 0 ? spool(block) : Result<void>();
}

Result<void> InputFile::open_spool(const std::filesystem::path& directory) {
  std::string path = directory / ".input.XXXXXX";
  spool_ = Descriptor(::mkostemp(path.data(), O_CLOEXEC));
  if (spool_.get() < 0) return file_failure(path, "create", errno);
  ::unlink(path.c_str());
  return {};
}

Result<std::string_view> InputFile::read(const std::stop_token& stop) {
  FQ_TRY_ASSIGN(const std::size_t bytes, fill(stop));
  const std::string_view block(buffer_.get(), bytes);
  if (spool_.get() >= 0) FQ_TRY(spool(block));
  return block;
}

Result<std::size_t> InputFile::fill(const std::stop_token& stop) {
  std::size_t filled = 0;
  while (filled < kBlockBytes) {
    if (stop.stop_requested()) return stopped(name_);
    if (!regular_) FQ_TRY(wait_readable(file_.get(), name_, stop));
    const ssize_t bytes = ::read(file_.get(), buffer_.get() + filled, kBlockBytes - filled);
    if (bytes == 0) break;
    if (bytes < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return unreadable(name_, errno);
    }
    filled += static_cast<std::size_t>(bytes);
  }
  return filled;
}

Result<void> InputFile::spool(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(spool_.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return file_failure("the copy of " + name_, "write", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> InputFile::rewind() {
  if (spool_.get() >= 0) {
    file_ = std::exchange(spool_, {});
    regular_ = true;
  }
  if (::lseek(file_.get(), 0, SEEK_SET) < 0) return unreadable(name_, errno);
  return {};
}

}  // namespace firmquery

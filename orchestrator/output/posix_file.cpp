#include "posix_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "firmquery/output/files.hpp"
#include "firmquery/output/trusted_path.hpp"
#include "trusted_open.hpp"

namespace firmquery {
namespace {

struct Advice {
  ErrorKind kind;
  const char* remedy;
};

Advice advice_for(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return {ErrorKind::transient, "free space on this file system"};
    case EDQUOT:
      return {ErrorKind::transient, "free space within your quota on this file system"};
    case EACCES:
    case EPERM:
      return {ErrorKind::usage, "give this user the right to write here, or choose another directory"};
    case EROFS:
      return {ErrorKind::usage, "this file system is read-only: choose a directory on another one"};
    case ENOENT:
    case ENOTDIR:
      return {ErrorKind::usage, "check the path: a file or directory of it does not exist"};
    case EISDIR:
      return {ErrorKind::usage, "this is a directory: name a file"};
    case ELOOP:
      return {ErrorKind::usage, "a symbolic link stands here: name the file itself"};
    case ENAMETOOLONG:
      return {ErrorKind::usage, "choose a shorter name"};
    case EFBIG:
      return {ErrorKind::transient, "raise the limit on file sizes (ulimit -f), then resume"};
    case EMFILE:
    case ENFILE:
      return {ErrorKind::transient, "raise the limit on open files (ulimit -n)"};
    case ENOMEM:
      return {ErrorKind::transient, "free memory"};
    case EIO:
    case ESTALE:
      return {ErrorKind::transient, "the storage failed: check it (dmesg)"};
    default:
      return {ErrorKind::usage, "see the reason given, or choose another directory"};
  }
}

}  // namespace

void write_back_early(int fd, std::uint64_t& from, std::uint64_t end) {
  constexpr std::uint64_t kWorthIt = 8u << 20;
  if (end - from < kWorthIt) return;
  (void)::sync_file_range(fd, static_cast<off_t>(from), static_cast<off_t>(end - from),
                          SYNC_FILE_RANGE_WRITE);
  from = end;
}

Result<void> sync_file(int fd, const std::filesystem::path& path) {
  while (::fsync(fd) != 0) {
    if (errno != EINTR) return file_failure(path, "flush to disk", errno);
  }
  return {};
}

Failure file_failure(const std::filesystem::path& path, std::string_view action, int error_number) {
  const Advice advice = advice_for(error_number);
  return fail(advice.kind,
              fmt::format("cannot {}: {}", action, std::generic_category().message(error_number)),
              path.string(), advice.remedy);
}

void Descriptor::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Descriptor> open_descriptor(const std::filesystem::path& path, int flags, std::string_view action) {
  if ((flags & O_CREAT) != 0 && ::geteuid() == 0) return open_trusted(path, flags, action);
  for (;;) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (fd >= 0) return Descriptor(fd);
    if (errno != EINTR) return file_failure(path, action, errno);
  }
}

Result<Descriptor> open_regular(const std::filesystem::path& path, int flags, std::string_view action) {
  const auto not_regular = [&] {
    return fail(ErrorKind::integrity, "this is not a regular file", path.string(),
                "something was put in the place of a file of the run: find out who did it");
  };
  struct stat status = {};
  // O_NONBLOCK: opening a FIFO must not wait for its other end. It means nothing to a regular file.
  auto file = open_descriptor(path, flags | O_NOFOLLOW | O_NONBLOCK, action);
  if (!file) {
    if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return not_regular();
    return file;
  }
  if (::fstat(file->get(), &status) != 0) return file_failure(path, "inspect", errno);
  if (!S_ISREG(status.st_mode)) return not_regular();
  return file;
}

Result<std::filesystem::path> temporary_path(const std::filesystem::path& final_path) {
  const std::string name = final_path.filename().string();
  if (name.empty() || name == "." || name == "..") {
    return fail(ErrorKind::usage, "this is not the name of a file", final_path.string(), "name a file");
  }
  return final_path.parent_path() / ("." + name + ".part");
}

Result<Descriptor> create_new(const std::filesystem::path& path) {
  FQ_TRY(check_trusted_ancestor(path.parent_path()));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return file_failure(path, "replace", errno);
  return open_descriptor(path, O_WRONLY | O_CREAT | O_EXCL, "create");
}

Result<Descriptor> unnamed_file(const std::filesystem::path& directory) {
  std::string path = directory / ".firmquery.XXXXXX.part";
  constexpr int kSuffix = 5;
  Descriptor file(::mkostemps(path.data(), kSuffix, O_CLOEXEC));
  if (file.get() < 0) return file_failure(path, "create", errno);
  ::unlink(path.c_str());
  return file;
}

Result<std::uint64_t> size_of(int fd, const std::filesystem::path& path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return file_failure(path, "inspect", errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<std::size_t> read_some(int fd, char* buffer, std::size_t size, const std::filesystem::path& path) {
  for (;;) {
    const ssize_t got = ::read(fd, buffer, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return file_failure(path, "read", errno);
  }
}

Result<void> write_at(int fd, std::string_view bytes, std::uint64_t position,
                      const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (put < 0) {
      if (errno == EINTR) continue;
      return file_failure(path, "write", errno);
    }
    if (put == 0) return file_failure(path, "write", EIO);  // never for regular files; must not spin
    bytes.remove_prefix(static_cast<std::size_t>(put));
    position += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<void> write_buffered(int fd, std::string& buffer, std::uint64_t& offset, std::string_view bytes,
                            const std::filesystem::path& path) {
  if (fd < 0) return file_failure(path, "write after the file was closed", EBADF);
  if (buffer.size() + bytes.size() > kFileBufferBytes) FQ_TRY(flush_buffer(fd, buffer, offset, path));
  if (bytes.size() >= kFileBufferBytes) {
    FQ_TRY(write_at(fd, bytes, offset, path));
  } else {
    buffer.append(bytes);
  }
  offset += bytes.size();
  return {};
}

Result<void> flush_buffer(int fd, std::string& buffer, std::uint64_t offset,
                          const std::filesystem::path& path) {
  if (fd < 0) return file_failure(path, "flush after the file was closed", EBADF);
  FQ_TRY(write_at(fd, buffer, offset - buffer.size(), path));
  buffer.clear();
  return {};
}

Result<void> publish(Descriptor& file, const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto synced = sync_file(file.get(), from);
  // Some network file systems tell of a full disk only here.
  const bool closed = ::close(file.release()) == 0 || errno == EINTR;
  if (!synced) return synced;
  if (!closed) return file_failure(from, "close", errno);
  if (::rename(from.c_str(), to.c_str()) != 0) return file_failure(to, "rename the finished file", errno);
  auto durable = sync_directory_of(to);
  if (!durable) ::unlink(to.c_str());
  return durable;
}

Result<void> sync_directory_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  const std::filesystem::path directory = parent.empty() ? std::filesystem::path(".") : parent;
  FQ_TRY_ASSIGN(const Descriptor handle,
                open_descriptor(directory, O_RDONLY | O_DIRECTORY, "open the directory"));
  return sync_file(handle.get(), directory);
}

}  // namespace firmquery

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

Result<void> cut(int fd, std::uint64_t size, const std::filesystem::path& path) {
  while (::ftruncate(fd, static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return file_failure(path, "truncate", errno);
  }
  return {};
}

// A crash can leave the beginning of a line that append() never confirmed. It goes, or the next line would
// be written behind it and both were lost.
Result<void> drop_torn_line(int fd, const std::filesystem::path& path) {
  FQ_TRY_ASSIGN(const std::uint64_t size, size_of(fd, path));
  std::uint64_t end = size;
  std::string block(4096, '\0');
  while (end > 0) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(end, block.size());
    const ssize_t got =
        ::pread(fd, block.data(), static_cast<std::size_t>(end - begin), static_cast<off_t>(begin));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return file_failure(path, "read", got < 0 ? errno : EIO);
    const auto newline = std::string_view(block.data(), static_cast<std::size_t>(got)).rfind('\n');
    if (newline != std::string_view::npos) {
      end = begin + newline + 1;
      break;
    }
    end = begin;
  }
  return end == size ? Result<void>{} : cut(fd, end, path);
}

}  // namespace

Result<JsonLines> JsonLines::open(const std::filesystem::path& path) {
  FQ_TRY_ASSIGN(Descriptor descriptor, open_regular(path, O_RDWR | O_CREAT | O_APPEND, "open"));
  FQ_TRY(drop_torn_line(descriptor.get(), path));
  FQ_TRY(sync_directory_of(path));
  JsonLines lines;
  lines.path_ = path;
  lines.file_ = std::move(descriptor);
  return lines;
}

Result<void> JsonLines::append(std::string_view json_object) {
  if (json_object.find('\n') != std::string_view::npos) {
    return fail(ErrorKind::integrity, "a line feed inside a JSON line would split it in two", path_.string(),
                "report this: it is a fault of the program");
  }
  if (failure_) return Failure(*failure_);
  FQ_TRY_ASSIGN(const std::uint64_t before, size_of(file_.get(), path_));
  std::string line(json_object);
  line.push_back('\n');
  ssize_t put = -1;
  do {
    put = ::write(file_.get(), line.data(), line.size());
  } while (put < 0 && errno == EINTR);
  if (put != static_cast<ssize_t>(line.size())) {
    const int error_number = put < 0 ? errno : ENOSPC;  // a short write to a file: there was no more room
    const Error error = file_failure(path_, "append", error_number).value();
    // No half line for the next one to be glued to.
    if (put > 0 && !cut(file_.get(), before, path_)) failure_ = error;
    return Failure(error);
  }
  while (::fdatasync(file_.get()) != 0) {
    if (errno == EINTR) continue;
    failure_ = file_failure(path_, "flush to disk", errno).value();
    // Nobody has confirmed this line; a reader takes it for what it is, or for nothing.
    (void)cut(file_.get(), before, path_);
    return Failure(*failure_);
  }
  return {};
}

}  // namespace firmquery

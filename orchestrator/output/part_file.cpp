#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "firmquery/output/files.hpp"
#include "posix_file.hpp"

namespace firmquery {

Result<PartFile> PartFile::open(const std::filesystem::path& path, std::uint64_t offset) {
  PartFile file;
  file.path_ = path;
  FQ_TRY_ASSIGN(Descriptor descriptor, open_regular(path, O_WRONLY | O_CREAT, "open"));
  FQ_TRY_ASSIGN(const std::uint64_t size, size_of(descriptor.get(), path));
  if (size < offset) {
    return fail(
        ErrorKind::integrity,
        fmt::format("the file has {} bytes, but the journal counts {} of them as finished", size, offset),
        path.string(), "it was altered after the run stopped: start a new run");
  }
  // The journal will count on this file, so its name must be as durable as its bytes.
  FQ_TRY(sync_directory_of(path));
  file.file_ = std::move(descriptor);
  file.offset_ = size;
  file.buffer_.reserve(kFileBufferBytes);
  FQ_TRY(file.truncate(offset));
  return file;
}

Result<void> PartFile::write(std::string_view bytes) {
  if (failure_) return Failure(*failure_);
  return write_buffered(file_.get(), buffer_, offset_, bytes, path_);
}

Result<void> PartFile::flush() {
  return flush_buffer(file_.get(), buffer_, offset_, path_);
}

Result<void> PartFile::sync() {
  if (failure_) return Failure(*failure_);
  FQ_TRY(flush());
  while (::fdatasync(file_.get()) != 0) {
    if (errno == EINTR) continue;
    failure_ = file_failure(path_, "flush to disk", errno).value();
    return Failure(*failure_);
  }
  return {};
}

Result<void> PartFile::truncate(std::uint64_t offset) {
  if (offset > offset_) {
    return fail(ErrorKind::integrity, fmt::format("cannot cut a file of {} bytes to {}", offset_, offset),
                path_.string(), "start a new run");
  }
  const std::uint64_t flushed = offset_ - buffer_.size();
  const std::uint64_t kept = offset < flushed ? offset : flushed;
  // Always, because a failed write may have left bytes behind what is known to be flushed.
  while (::ftruncate(file_.get(), static_cast<off_t>(kept)) != 0) {
    if (errno != EINTR) return file_failure(path_, "truncate", errno);
  }
  buffer_.resize(static_cast<std::size_t>(offset - kept));
  offset_ = offset;
  return {};
}

}  // namespace firmquery

#include "firmquery/output/scratch_file.hpp"

#include <unistd.h>

#include <cerrno>

#include "firmquery/output/files.hpp"
#include "posix_file.hpp"

namespace firmquery {

Result<ScratchFile> ScratchFile::create(const std::filesystem::path& directory) {
  FQ_TRY_ASSIGN(Descriptor file, unnamed_file(directory));
  return ScratchFile(std::move(file), directory);
}

Result<void> ScratchFile::append(std::string_view bytes) {
  buffer_ += bytes;
  return buffer_.size() < kFileBufferBytes ? Result<void>() : flush();
}

Result<void> ScratchFile::flush() {
  FQ_TRY(write_at(file_.get(), buffer_, bytes_, directory_));
  bytes_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<std::size_t> ScratchFile::read(std::uint64_t position, char* buffer, std::size_t size) const {
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got =
        ::pread(file_.get(), buffer + filled, size - filled, static_cast<off_t>(position + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_failure(directory_, "read back", errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace firmquery

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "firmquery/output/files.hpp"
#include "posix_file.hpp"

namespace firmquery {

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& final_path) {
  FQ_TRY_ASSIGN(std::filesystem::path part_path, temporary_path(final_path));
  FQ_TRY_ASSIGN(Descriptor descriptor, create_new(part_path));
  AtomicFile file;
  file.final_path_ = final_path;
  file.part_path_ = std::move(part_path);
  file.file_ = std::move(descriptor);
  file.buffer_.reserve(kFileBufferBytes);
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept {
  *this = std::move(other);
}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(final_path_, other.final_path_);
  std::swap(part_path_, other.part_path_);
  std::swap(buffer_, other.buffer_);
  std::swap(bytes_, other.bytes_);
  std::swap(written_back_, other.written_back_);
  std::swap(file_, other.file_);
  return *this;
}

AtomicFile::~AtomicFile() {
  if (!part_path_.empty()) ::unlink(part_path_.c_str());
}

Result<void> AtomicFile::write(std::string_view bytes) {
  FQ_TRY(write_buffered(file_.get(), buffer_, bytes_, bytes, final_path_));
  write_back_early(file_.get(), written_back_, bytes_ - buffer_.size());
  return {};
}

Result<void> AtomicFile::flush() {
  return flush_buffer(file_.get(), buffer_, bytes_, final_path_);
}

Result<void> AtomicFile::sync() {
  FQ_TRY(flush());
  return sync_file(file_.get(), part_path_);
}

Result<void> AtomicFile::commit() {
  FQ_TRY(flush());
  FQ_TRY(publish(file_, part_path_, final_path_));
  part_path_.clear();
  return {};
}

Result<void> AtomicFile::open_to_all() {
  if (::fchmod(file_.get(), 0644) == 0) return {};
  return file_failure(part_path_, "make readable", errno);
}

Result<void> write_file(const std::filesystem::path& path, std::string_view text, FileReaders readers) {
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path));
  FQ_TRY(file.write(text));
  if (readers == FileReaders::everybody) FQ_TRY(file.open_to_all());
  return file.commit();
}

}  // namespace firmquery

// Files that are whole or not there. Everything is written under a temporary name in the same directory
// (".NAME.part") and renamed when it is complete and on disk; an abandoned file is removed.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery {

// Where the bytes of a file go: to the file, or through something that changes them on their way.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  // The bytes of a regular file. A stop request ends it with kind interrupted.
  virtual Result<void> append_file(const std::filesystem::path& path, const std::stop_token& stop);
};

// Buffered writer of one file. Not thread-safe. Neither commits nor fails in its destructor: without
// commit() the temporary file is removed.
class AtomicFile : public ByteSink {
 public:
  static Result<AtomicFile> create(const std::filesystem::path& final_path);
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) noexcept;
  ~AtomicFile() override;

  Result<void> write(std::string_view bytes) override;
  // Copied by the kernel where it can.
  Result<void> append_file(const std::filesystem::path& path, const std::stop_token& stop) override;
  std::uint64_t bytes() const { return bytes_; }  // written so far, buffered ones included
  // Flush and fsync, so that commit() has little left to do. After a failure the file must not be committed.
  Result<void> sync();
  Result<void> open_to_all();  // everybody may read it; its owner alone otherwise
  Result<void> commit();       // flush, fsync, rename, fsync of the directory

 private:
  AtomicFile() = default;
  Result<void> flush();
  std::filesystem::path final_path_, part_path_;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
  std::uint64_t written_back_ = 0;  // up to here: see write_back_early()
  Descriptor file_;
};

enum class FileReaders : std::uint8_t { owner, everybody };
// A small file, whole or not there.
Result<void> write_file(const std::filesystem::path& path, std::string_view text,
                        FileReaders readers = FileReaders::owner);

// For reading and writing, without a name: it is gone when it is closed. What a crash between two
// calls leaves has that of a temporary file.
Result<Descriptor> unnamed_file(const std::filesystem::path& directory);

// Append-only file of one worker, cut back to its last committed offset when a unit of work fails.
// Not removed by the destructor: a crashed run is resumed from it.
class PartFile {
 public:
  // Opens or creates, and truncates to `offset` bytes (0: from the start).
  static Result<PartFile> open(const std::filesystem::path& path, std::uint64_t offset);

  Result<void> write(std::string_view bytes);
  // Flush and fdatasync: everything written is on disk. A failure is final: nothing more is written, since a second
  // sync could succeed over lost pages.
  Result<void> sync();
  Result<void> truncate(std::uint64_t offset);
  std::uint64_t offset() const { return offset_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  PartFile() = default;
  Result<void> flush();
  std::filesystem::path path_;
  std::string buffer_;
  std::uint64_t offset_ = 0;
  Descriptor file_;
  std::optional<Error> failure_;  // of a sync
};

struct FileDigest {
  std::uint64_t bytes = 0;
  std::string sha256;  // 64 lower-case hexadecimal digits
};
// Of a regular file, as below. A stop request ends it with kind interrupted.
Result<FileDigest> digest_file(const std::filesystem::path& path, const std::stop_token& stop = {});

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t bytes_max = 64u << 20);
// The same for a file of a run directory: fails (kind integrity) when it is a link, a FIFO or a device.
Result<std::string> read_regular_file(const std::filesystem::path& path, std::uint64_t bytes_max = 64u << 20);

// Errors of the file layer name the path, the system's reason and the remedy (disk full, no permission).
Failure file_failure(const std::filesystem::path& path, std::string_view action, int error_number);

}  // namespace firmquery

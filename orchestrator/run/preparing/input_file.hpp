// The bytes of an input, in order and, if asked for, a second time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/compression.hpp"
#include "firmquery/output/descriptor.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {

// What the first bytes of an input show, whatever it is called.
enum class InputContent : std::uint8_t { text, compressed_text, workbook };

// A file, or standard input ("-"). Text that is compressed with gzip or zstd is decompressed on the way, with flat
// memory. What cannot be read twice (a pipe, a terminal) is copied, as it came, to an unlinked temporary file in
// `spool_directory`; an empty directory says that once is enough.
class InputFile {
 public:
  static Result<InputFile> open(const std::string& path, const std::filesystem::path& spool_directory);
  // An input that is produced elsewhere, given block by block to keep(); only rewind() and what comes after
  // it read.
  static Result<InputFile> produced(std::string name, const std::filesystem::path& spool_directory);
  InputFile(InputFile&&) noexcept;
  InputFile& operator=(InputFile&&) noexcept;
  ~InputFile();

  // From now on: nothing is decompressed, whatever the bytes are. Before the first read.
  void take_as_it_is();
  // From now on: each block is also written there, as it came. `copy` must outlive the reading.
  void copy_to(ByteSink& copy);
  // Where random_access() makes its file, if there is no spool directory.
  void work_in(const std::filesystem::path& directory);

  // Reads as far as it takes to tell. Blocks as read() does.
  Result<InputContent> content(const std::stop_token& stop);
  // The next block of text, empty at the end; valid until the next call. Blocks; a stop request ends a wait for a
  // pipe with kind interrupted. Fails (kind usage) where compressed data is damaged, or expands out of all reason.
  Result<std::string_view> read(const std::stop_token& stop);
  Result<void> keep(std::string_view block);
  // The input is at its beginning again.
  Result<void> rewind();
  // The whole input as it came, in a regular file that can be read at any place and that this object keeps: what is a
  // stream is read to its end for that, into an unlinked file in the spool directory, in that of work_in(), or in that of
  // temporary files. Afterwards there is nothing more to read() here.
  Result<int> random_access(const std::stop_token& stop);

  const std::string& name() const;  // the path, or "standard input"
  bool streamed() const;            // cannot be read twice without a copy
  std::string_view compression() const {
    return compression_;
  }  // "gzip", "zstd" or nothing, once content() is known

 private:
  class Raw;
  InputFile();
  Result<void> look(const std::stop_token& stop);
  Result<void> check_expansion() const;

  std::unique_ptr<Raw> raw_;
  std::unique_ptr<ByteSource> decompressed_;  // where it is compressed
  std::size_t block_bytes_ = 1 << 20;
  std::unique_ptr<char[]> buffer_;
  std::string_view compression_;
  std::size_t held_ = 0;  // bytes of the first block, in the buffer, that read() has not given yet
  InputContent content_ = InputContent::text;
  bool looked_ = false, as_it_is_ = false;
  std::uint64_t text_bytes_ = 0;  // given by read() since the beginning
};

}  // namespace firmquery

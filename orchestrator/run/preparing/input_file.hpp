// The bytes of an input, in order and, if asked for, a second time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery {

// A file, or standard input ("-"). What cannot be read twice (a pipe, a terminal) is copied to an unlinked
// temporary file in `spool_directory` on the way; an empty directory says that once is enough.
class InputFile {
 public:
  static Result<InputFile> open(const std::string& path, const std::filesystem::path& spool_directory);
  // An input that is produced elsewhere, given block by block to keep(); only rewind() and what comes after
  // it read.
  static Result<InputFile> produced(std::string name, const std::filesystem::path& spool_directory);

  // The next block, empty at the end; valid until the next call. Blocks; a stop request ends a wait for a
  // pipe with kind interrupted.
  Result<std::string_view> read(const std::stop_token& stop);
  Result<void> keep(std::string_view block);
  Result<void> rewind();
  const std::string& name() const { return name_; }  // the path, or "standard input"
  bool streamed() const { return !regular_; }        // cannot be read twice without a copy

 private:
  static constexpr std::size_t kBlockBytes = 1 << 20;

  InputFile() = default;
  Result<void> open_spool(const std::filesystem::path& directory);
  Result<std::size_t> fill(const std::stop_token& stop);
  Result<void> spool(std::string_view bytes);

  std::string name_;
  std::unique_ptr<char[]> buffer_;
  Descriptor file_, spool_;
  bool regular_ = true;
};

}  // namespace firmquery

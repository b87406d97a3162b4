// Bytes that are too many for memory and nobody's but this process's: a file without a name, which is written once and
// then read any number of times.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery {

// read() may be called by any number of threads once everything is written; the rest by one.
class ScratchFile {
 public:
  static Result<ScratchFile> create(const std::filesystem::path& directory);
  Result<void> append(std::string_view bytes);
  Result<void> flush();  // behind the last append()
  // As many of `size` bytes at `position` as there are.
  Result<std::size_t> read(std::uint64_t position, char* buffer, std::size_t size) const;

 private:
  ScratchFile(Descriptor file, std::filesystem::path directory)
      : file_(std::move(file)), directory_(std::move(directory)) {}

  Descriptor file_;
  std::filesystem::path directory_;
  std::string buffer_;
  std::uint64_t bytes_ = 0;  // in the file
};

}  // namespace firmquery

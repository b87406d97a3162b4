// The rest of texts that are too long for a cell, until their sheet is written: in a file of the run's directory whose
// name is gone once it is open, so that nothing is left of it whatever happens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/descriptor.hpp"
#include "xlsx_book.hpp"

namespace firmquery {

struct CutText {
  std::string_view cell, key, column, rest;
};

// First add(), then rewind() and next(). Not thread-safe.
class CutTexts {
 public:
  static Result<CutTexts> create(const std::filesystem::path& directory);
  Result<void> add(const CutText& text);
  Result<void> rewind();
  // Valid until the next call; memory: that text. False: there are no more.
  Result<bool> next(CutText& text);

 private:
  CutTexts(Descriptor file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  Result<bool> read(char* bytes, std::size_t size);

  Descriptor file_;
  std::filesystem::path path_;
  std::string buffer_, text_;
  std::uint64_t offset_ = 0, position_ = 0;
};

struct XlsxBook::Cut {
  CutTexts texts;
  std::uint64_t cells = 0;
};

}  // namespace firmquery

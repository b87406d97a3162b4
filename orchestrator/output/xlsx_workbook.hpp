// What a workbook and the rows of its sheets share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/output/xlsx_reader.hpp"
#include "zip_archive.hpp"

namespace firmquery {

// The strings that cells refer to by number, one after the other in one piece of memory.
class SharedStrings {
 public:
  Result<void> load(const ZipArchive& archive, const std::string& part, const XlsxOptions& options);
  std::size_t size() const { return ends_.size(); }
  std::string_view at(std::size_t index) const;

 private:
  std::string text_;
  std::vector<std::uint32_t> ends_;
};

struct XlsxWorkbook::State {
  State(ZipArchive opened, std::filesystem::path path, const XlsxOptions& wanted)
      : archive(std::move(opened)), name(std::move(path)), options(wanted) {}
  // Reads which sheets there are, and where.
  Result<void> read_directory();
  // Loaded at the first call.
  Result<const SharedStrings*> strings();

  ZipArchive archive;
  std::filesystem::path name;
  XlsxOptions options;
  std::vector<XlsxSheet> sheets;
  std::vector<std::string> sheet_parts;  // by sheet
  std::string strings_part;              // empty: there is none
  SharedStrings shared_strings;
  bool strings_loaded = false;
};

}  // namespace firmquery

// Reads the cells of Excel workbooks (XLSX: ECMA-376, parts of XML in a ZIP archive), whoever has written them.
//
// A sheet is streamed, one row after the other, with each cell's text as it stands in the file: a number never passes
// through a double here. Memory: one row, about 1 MiB of buffers, and the workbook's shared strings from the first
// cell on that uses one. Nothing outside of the file is ever read; a document type declaration, which a workbook has
// no use for, is refused with whatever entities it declares. Formulas are not computed: a cell has the result that the
// file holds.
//
// Every failure names the file, the part of it and the place, by default as kind usage (XlsxOptions::damaged). Neither
// class is thread-safe, and rows share their workbook: all of one workbook belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery {

inline constexpr std::uint32_t kXlsxRowsMax = 1'048'576;  // of a sheet
inline constexpr std::uint32_t kXlsxColumnsMax = 16'384;

struct XlsxOptions {
  ErrorKind damaged = ErrorKind::usage;  // of a file that is no workbook, is damaged or exceeds a limit
  std::uint64_t shared_strings_bytes_max = std::uint64_t{1} << 30;  // 4 bytes for each string included
  std::uint64_t row_bytes_max = 64u << 20;                          // of the texts of one row
  // No part may unfold to more than so many times its compressed size, once it is larger than the allowance.
  std::uint64_t expansion_max = 200;
  std::uint64_t expansion_allowance_bytes = 64u << 20;
};

struct XlsxSheet {
  std::string name;
  bool hidden = false;
};

enum class XlsxKind : std::uint8_t {
  blank,    // no value, perhaps a format
  number,   // as the file has it: "7", "1.5", "1.23E+19"; a date is a number, too
  text,     // with _xHHHH_ undone
  boolean,  // "0" or "1"
  error,    // "#N/A"
  date,     // ISO 8601, which few programs write
};

struct XlsxCell {
  std::uint32_t column = 0;  // from 0
  XlsxKind kind = XlsxKind::blank;
  bool formula = false;     // the text is the result that was stored with a formula
  std::uint32_t style = 0;  // index of its format (cellXfs)
  std::string_view text;
};

// "B7". Both from 0.
std::string xlsx_address(std::uint32_t row, std::uint32_t column);
std::string xlsx_column_name(std::uint32_t column);  // "B"

class XlsxRows;

class XlsxWorkbook {
 public:
  // Of a regular file. `name`: for messages.
  static Result<XlsxWorkbook> open(Descriptor file, const std::filesystem::path& name,
                                   const XlsxOptions& options = {});
  static Result<XlsxWorkbook> open(const std::filesystem::path& path, const XlsxOptions& options = {});

  // In the order of the tabs; sheets of charts and macros are left out.
  const std::vector<XlsxSheet>& sheets() const;
  // A sheet may be read more than once, and several at the same time; the rows keep what they need of the workbook.
  Result<XlsxRows> rows(std::size_t sheet) const;

 private:
  friend class XlsxRows;
  struct State;
  explicit XlsxWorkbook(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

class XlsxRows {
 public:
  XlsxRows(XlsxRows&&) noexcept;
  XlsxRows& operator=(XlsxRows&&) noexcept;
  ~XlsxRows();

  // To the next row that the file has; rows without cells may be left out of it. False: there are no more.
  Result<bool> next();
  std::uint32_t row() const;  // from 0
  // Those the file has, ascending by column. Valid until the next call of next().
  const std::vector<XlsxCell>& cells() const;
  // What is wrong with a cell of this row, as an error that names file, sheet and address.
  Failure wrong(std::uint32_t column, std::string message, std::string remedy = {}) const;

 private:
  friend class XlsxWorkbook;
  struct State;
  explicit XlsxRows(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firmquery

// Writes a workbook: tables of rows, one sheet each, or several where one has no room for all rows. Everything goes to
// the sink as it comes; only the rest of a text that is too long for a cell waits, in a file without a name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/output/result_format.hpp"
#include "xlsx_cells.hpp"
#include "zip_writer.hpp"

namespace firmquery {

// The sheet with the rest of texts that were cut: cell, key, column, piece, text.
inline constexpr std::string_view kXlsxCutSheet = "Cut cells";
const ResultColumns& xlsx_cut_columns();

// "Results" is also called "Results 2", and so on.
bool is_xlsx_sheet_of(std::string_view sheet, std::string_view table);

// Not thread-safe. Memory: a row, the first rows of a table, 1 MiB.
class XlsxBook {
 public:
  struct Options {
    std::filesystem::path directory;              // for what has to wait
    std::uint32_t sheet_rows_max = kXlsxRowsMax;  // header included
    std::uint64_t sheet_bytes_max =
        3'500'000'000;  // of XML: see ZipWriter::kPartBytesMax; a row may come on top
  };
  XlsxBook(ByteSink& out, Options options);  // `out` must outlive it
  ~XlsxBook();

  Result<void> begin();
  // `key`: the columns of this name hold IDs, which are text.
  Result<void> begin_table(std::string_view name, const ResultColumns& columns, std::string_view key);
  Result<void> row(std::span<const ResultField> fields);  // as many as there are columns
  Result<void> end_table();
  Result<void> finish();

  // What a reader of the workbook should know: sentences, complete after finish().
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Column {
    XlsxForm form = XlsxForm::text;
    std::string label;      // `<c r="B`
    std::size_t width = 0;  // characters
  };
  struct Cut;

  Result<void> begin_sheet();
  Result<void> end_sheet();
  Result<void> write_row(std::span<const ResultField> fields, bool header);
  Result<void> append_cell(std::size_t column, const ResultField& field, bool header);
  Result<void> append_text(std::size_t column, std::string_view value, bool header);
  Result<void> cut(std::size_t column, std::string_view value, std::size_t held);
  Result<void> write_cut_sheet();
  Result<void> flush_sample();
  void measure(std::span<const ResultField> fields);

  ZipWriter zip_;
  const Options options_;
  std::vector<std::string> notes_;
  struct Sheet {
    std::string name;
    std::size_t columns = 0;
    std::uint32_t rows = 0;  // header included
  };
  std::vector<Sheet> sheets_;

  // Of the table:
  std::string table_, key_;
  ResultColumns columns_;
  std::vector<Column> looks_;
  std::uint64_t table_rows_ = 0;
  std::uint32_t table_sheets_ = 0;
  std::optional<std::size_t> key_column_;
  // The first rows wait until they have said how wide the columns are.
  bool sampling_ = false;
  std::size_t sample_bytes_ = 0;
  std::vector<std::vector<std::optional<std::string>>> sample_;

  // Of the row and the sheet:
  std::string xml_, scratch_, row_number_;
  std::span<const ResultField> fields_;
  std::uint64_t sheet_bytes_ = 0;
  std::unique_ptr<Cut> cut_;  // null: nothing was cut
};

}  // namespace firmquery

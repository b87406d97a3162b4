// Cleaning of a list that is rows of cells already, as a workbook's sheet is: the same columns, headers, rules and
// counts as for CSV (clean.hpp), without text in between.
//
// A number in a workbook is a double: what Excel has stored as a number keeps 15 digits. A cell of a number whose text
// is in scientific notation, or has more than 15 digits, is therefore no ID, unless CleanOptions::allow_lossy says to
// take it as it stands: then 1.2E+3 is read as 1200.
//
// Rows that are not there, between rows that are, count as blank, so that a line number is the row's number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/error.hpp"

namespace firmquery {

struct RowCell {
  enum class Kind : std::uint8_t {
    text,
    number,
    error
  };  // error: #N/A and its like; empty: no result is there

  std::size_t column = 0;  // 0-based
  std::string_view text;   // UTF-8
  Kind kind = Kind::text;
};

// One pass over one sheet. Not thread-safe.
class RowCleaner {
 public:
  static constexpr std::uint64_t kRowsMax = 1 << 20;  // of a sheet
  static constexpr std::size_t kColumnsMax = 1 << 14;

  RowCleaner(CleanOptions options, CleanSink& sink);  // the sink must outlive the cleaner
  ~RowCleaner();
  RowCleaner(const RowCleaner&) = delete;
  RowCleaner& operator=(const RowCleaner&) = delete;

  // Rows and the cells of each in ascending order; empty cells may be left out. The texts are copied where they are
  // needed later. Fails (kind usage) as Cleaner does where the column is concerned, and where the rows are not in order
  // or beyond what a sheet can have.
  Result<void> add_row(std::uint64_t number, std::span<const RowCell> cells);
  Result<void> finish();

  const InputCounts& counts() const;
  const InputProfile& profile() const;  // whole after finish()

 private:
  class State;
  std::unique_ptr<State> state_;
};

// "B17"; `column` is 0-based, `row` is not.
std::string cell_name(std::size_t column, std::uint64_t row);
// 0-based, of "B" or "xfd"; kColumnsMax where there is no such column.
std::size_t column_of_letters(std::string_view letters);

}  // namespace firmquery

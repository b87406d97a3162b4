// The sample of an input, split into rows by one delimiter.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace firmquery {

struct SampleTable {
  static constexpr std::size_t kRowsKept = 128;

  char delimiter = 0;                          // 0: a row is a line and has one field
  std::vector<std::vector<std::string>> rows;  // the first ones, fields trimmed; blanks and comments left out
  std::size_t row_count = 0;                   // of the whole sample
  std::size_t fields_min = 0, fields_max = 0;  // over the whole sample
  std::size_t rows_split = 0;                  // rows of two fields or more

  bool consistent() const { return row_count > 0 && fields_min == fields_max && fields_min >= 2; }
  // Fields of column `column` in the kept rows from `first_row` on; rows that have no such column are left
  // out.
  std::vector<std::string> column(std::size_t column, std::size_t first_row) const;
};

// `whole`: the sample is all of the input, so its last record is complete.
SampleTable read_table(std::string_view sample, bool whole, char delimiter, std::string_view comment);

}  // namespace firmquery

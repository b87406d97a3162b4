// Which column holds the IDs, and whether the first record names the columns.
#pragma once

#include <cstddef>
#include <string>

#include "firmquery/core/clean.hpp"
#include "sample_table.hpp"

namespace firmquery {

struct ColumnChoice {
  bool header = false;
  std::size_t column = 0;  // 0-based
  std::string name;        // from the header, else the number
  std::string guess = {};  // why this one, where it was one of several; else empty
};

// Fails when options.column is not there or is there twice.
Result<ColumnChoice> choose_column(const SampleTable& table, const CleanOptions& options);

// Whether row 1 is a header as far as `column` shows, by name or by shape. Row 1 exists.
bool looks_like_header(const SampleTable& table, std::size_t column, const CleanOptions& options);

// Position of `name` in row 1, ASCII case ignored; the row's size when it is not there.
std::size_t find_column(const SampleTable& table, const std::string& name);

}  // namespace firmquery

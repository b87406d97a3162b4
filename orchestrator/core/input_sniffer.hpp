// How to read an input, judged by its sample: format, delimiter, header, column, and where a list stands.
#pragma once

#include <string_view>

#include "firmquery/core/clean.hpp"
#include "header_sniffer.hpp"
#include "list_reader.hpp"

namespace firmquery {

struct InputPlan {
  InputFormat format = InputFormat::lines;  // never automatic
  char delimiter = 0;                       // csv and tsv
  ColumnChoice column;
  ListStart list;
  ListSeparators separators;    // of list
  bool separator_line = false;  // the first line is `sep=;`
};

// `sample` is UTF-8 and `whole` when it is all of the input. Fails (usage) when the column does not exist or,
// where it is not named, holds no IDs of the type; when the sample can be read in two ways; and when it is a
// query.
Result<InputPlan> plan_input(std::string_view sample, bool whole, const CleanOptions& options);

}  // namespace firmquery

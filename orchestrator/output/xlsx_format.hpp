#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "firmquery/output/result_format.hpp"

namespace firmquery {

// results.xlsx: the rows in the sheet Results, and the side tables in sheets of their own (docs/adr/0022). NULL is no
// cell, an empty text an empty cell of text; a value that would lose something as a number, a truth value or a date is
// text, and IDs always are.
std::unique_ptr<ResultWriter> xlsx_writer(ByteSink& out, const FormatOptions& options);
Result<std::unique_ptr<ResultRows>> xlsx_rows(const std::filesystem::path& path, const FormatOptions& options,
                                              const std::vector<std::string>& columns);

}  // namespace firmquery

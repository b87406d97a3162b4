#pragma once

#include <filesystem>
#include <memory>

#include "firmquery/output/result_format.hpp"

namespace firmquery {

// results.csv: the rows as they are in the part files, or spreadsheet-safe (csv.hpp). results.tsv: the same with tabs
// between the fields, so that fewer of them need quotes.
std::unique_ptr<ResultWriter> csv_writer(ByteSink& out, const FormatOptions& options);
Result<std::unique_ptr<ResultRows>> csv_rows(const std::filesystem::path& path, const FormatOptions& options,
                                             const std::vector<std::string>& columns);
std::unique_ptr<ResultWriter> tsv_writer(ByteSink& out, const FormatOptions& options);
Result<std::unique_ptr<ResultRows>> tsv_rows(const std::filesystem::path& path, const FormatOptions& options,
                                             const std::vector<std::string>& columns);

}  // namespace firmquery

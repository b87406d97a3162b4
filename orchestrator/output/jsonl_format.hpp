#pragma once

#include <filesystem>
#include <memory>

#include "firmquery/output/result_format.hpp"

namespace firmquery {

// results.jsonl: JSON Lines (https://jsonlines.org), an object a row, in the order of the columns; a column whose name
// is taken is called name_2. A value is a JSON number, true or false where the column's type is one of those and a
// double keeps every digit; json and jsonb values that are objects or arrays stand as they are; NULL is null; all
// else is a string as PostgreSQL prints it. Bytes that are not UTF-8 make the value {"percent-encoded":"%FF"}.
std::unique_ptr<ResultWriter> jsonl_writer(ByteSink& out, const FormatOptions& options);
Result<std::unique_ptr<ResultRows>> jsonl_rows(const std::filesystem::path& path,
                                               const FormatOptions& options,
                                               const std::vector<std::string>& columns);

}  // namespace firmquery

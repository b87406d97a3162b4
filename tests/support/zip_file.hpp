// ZIP archives and workbooks with whatever in them, by libzip.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace firmquery::test {

using ZipParts = std::vector<std::pair<std::string, std::string>>;  // name, content

void write_zip(const std::filesystem::path& path, const ZipParts& parts);  // throws std::runtime_error
// The content of one part.
std::string read_zip(const std::filesystem::path& path,
                     const std::string& part);  // throws std::runtime_error

// The parts of a workbook with these sheets: name and what stands between <sheetData> and its end.
ZipParts workbook_parts(const std::vector<std::pair<std::string, std::string>>& sheets,
                        const std::string& shared_strings = {});

}  // namespace firmquery::test

// Reads back CSV files of a run, quotes respected: a line feed inside quotes does not end a record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "firmquery/error.hpp"
#include "posix_file.hpp"

namespace firmquery {

// Records of the file, header included. Memory is flat whatever the length of a record.
// Fails (kind integrity) when a quote is never closed or the last record has no line end.
Result<std::uint64_t> count_csv_records(const std::filesystem::path& path);

// Gives one record after the other, for files whose records are short.
class CsvRecords {
 public:
  static constexpr std::size_t kRecordBytesMax = 16u << 20;

  static Result<CsvRecords> open(const std::filesystem::path& path);
  // The next record with its line feed, valid until the next call; false at the end of the file.
  Result<bool> next(std::string_view& record);

 private:
  CsvRecords(Descriptor file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  bool find_record(std::string_view& record);
  Result<bool> fill();  // false at the end of the file

  Descriptor file_;
  std::filesystem::path path_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the next record
  std::size_t scanned_ = 0;  // bytes up to here hold no end of it
  bool in_quotes_ = false;   // at scanned_
};

}  // namespace firmquery

// Reads back CSV files of a run, compressed ones too (by their names), quotes respected: a line feed inside quotes does not end a record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/compression.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {

// Writes one record as it is, or spreadsheet-safe (csv.hpp).
Result<void> write_record(ByteSink& file, std::string_view record, bool spreadsheet_safe);

// Gives one record after the other; a record is held in memory. Not thread-safe.
class CsvRecords {
 public:
  static constexpr std::size_t kRecordBytesMax = std::size_t{2}
                                                 << 30;  // twice what PostgreSQL puts into one row

  enum class Quotes : std::uint8_t { hold_line_feeds, ordinary };  // ordinary: each line is a record
  static Result<CsvRecords> open(const std::filesystem::path& path, Quotes quotes = Quotes::hold_line_feeds);

  // The next record with its line feed, valid until the next call; false at the end of the file. Fails (kind
  // integrity) when a quote is never closed or the last record has no line end.
  Result<bool> next(std::string_view& record);
  // What is wrong with the file.
  Failure damaged(std::string what) const;

 private:
  CsvRecords(std::unique_ptr<ByteSource> bytes, std::filesystem::path path, Quotes quotes)
      : bytes_(std::move(bytes)), path_(std::move(path)), quotes_(quotes) {}
  bool find_record(std::string_view& record);
  Result<bool> fill();  // false at the end of the file

  std::unique_ptr<ByteSource> bytes_;
  std::filesystem::path path_;
  Quotes quotes_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the next record
  std::size_t scanned_ = 0;  // bytes up to here hold no end of it
  bool in_quotes_ = false;   // at scanned_
};

}  // namespace firmquery

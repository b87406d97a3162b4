#include "firmquery/output/csv_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "firmquery/core/csv.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kReadBytes = 1u << 20;

// A doubled quote inside quotes switches twice, so that whether a position is inside quotes is the parity of
// the quotes before it.
bool odd_quotes(std::string_view bytes) {
  // Most have none, and looking for one is quicker than counting.
  const std::size_t first = bytes.find('"');
  if (first == std::string_view::npos) return false;
  bytes.remove_prefix(first);
  return std::count(bytes.begin(), bytes.end(), '"') % 2 != 0;
}

}  // namespace

Result<void> write_record(ByteSink& file, std::string_view record, bool spreadsheet_safe) {
  if (!spreadsheet_safe) return file.write(record);
  std::string safe;
  append_spreadsheet_safe(safe, record);
  return file.write(safe);
}

Result<CsvRecords> CsvRecords::open(const std::filesystem::path& path, Quotes quotes) {
  FQ_TRY_ASSIGN(std::unique_ptr<ByteSource> bytes, open_source(path));
  return CsvRecords(std::move(bytes), path, quotes);
}

Failure CsvRecords::damaged(std::string what) const {
  return fail(ErrorKind::integrity, std::move(what), path_.string(),
              "the file was cut or altered after it was written");
}

Result<bool> CsvRecords::next(std::string_view& record) {
  while (!find_record(record)) {
    FQ_TRY_ASSIGN(const bool more, fill());
    if (more) continue;
    if (begin_ != buffer_.size())
      return damaged(in_quotes_ ? "a quote is never closed" : "the last record has no line end");
    return false;
  }
  return true;
}

bool CsvRecords::find_record(std::string_view& record) {
  const std::string_view text = buffer_;
  while (scanned_ < text.size()) {
    const std::size_t newline = std::min(text.find('\n', scanned_), text.size());
    if (quotes_ == Quotes::hold_line_feeds)
      in_quotes_ ^= odd_quotes(text.substr(scanned_, newline - scanned_));
    scanned_ = std::min(newline + 1, text.size());
    if (newline == text.size() || in_quotes_) continue;
    record = text.substr(begin_, scanned_ - begin_);
    begin_ = scanned_;
    return true;
  }
  return false;
}

Result<bool> CsvRecords::fill() {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  if (buffer_.size() > kRecordBytesMax) {
    return damaged(fmt::format("a record is longer than {} bytes", kRecordBytesMax));
  }
  const std::size_t held = buffer_.size();
  buffer_.resize(held + kReadBytes);
  const auto got = bytes_->read(buffer_.data() + held, kReadBytes);
  buffer_.resize(held + (got ? *got : 0));
  if (!got) return Failure(got.error());
  return *got > 0;
}

}  // namespace firmquery

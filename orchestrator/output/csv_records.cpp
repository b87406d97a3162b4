#include "firmquery/output/csv_records.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "firmquery/core/csv.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kBlockBytes = 1u << 20;

// A doubled quote inside quotes switches twice, so that whether a position is inside quotes is the parity of
// the quotes before it.
bool odd_quotes(std::string_view bytes) {
  return std::count(bytes.begin(), bytes.end(), '"') % 2 != 0;
}

Failure damaged(const std::filesystem::path& path, bool in_quotes) {
  return fail(ErrorKind::integrity, in_quotes ? "a quote is never closed" : "the last record has no line end",
              path.string(), "the file was cut or altered after it was written");
}

}  // namespace

Result<std::uint64_t> count_csv_records(const std::filesystem::path& path) {
  FQ_TRY_ASSIGN(const Descriptor file, open_regular(path, O_RDONLY, "open"));
  std::vector<char> block(kBlockBytes);
  std::uint64_t records = 0;
  bool in_quotes = false;
  bool complete = true;
  for (;;) {
    FQ_TRY_ASSIGN(const std::size_t got, read_some(file.get(), block.data(), block.size(), path));
    if (got == 0) break;
    std::string_view rest(block.data(), got);
    while (!rest.empty()) {
      const std::size_t newline = rest.find('\n');
      const std::string_view line = rest.substr(0, newline);
      in_quotes ^= odd_quotes(line);
      complete = newline != std::string_view::npos && !in_quotes;
      if (complete) ++records;
      if (newline == std::string_view::npos) break;
      rest.remove_prefix(newline + 1);
    }
  }
  if (!complete) return damaged(path, in_quotes);
  return records;
}

Result<void> write_record(AtomicFile& file, std::string_view record, bool spreadsheet_safe) {
  if (!spreadsheet_safe) return file.write(record);
  std::string safe;
  append_spreadsheet_safe(safe, record);
  return file.write(safe);
}

Result<CsvRecords> CsvRecords::open(const std::filesystem::path& path) {
  FQ_TRY_ASSIGN(Descriptor file, open_regular(path, O_RDONLY, "open"));
  return CsvRecords(file.release(), path);
}

CsvRecords::CsvRecords(CsvRecords&& other) noexcept {
  *this = std::move(other);
}

CsvRecords& CsvRecords::operator=(CsvRecords&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(buffer_, other.buffer_);
  std::swap(begin_, other.begin_);
  std::swap(scanned_, other.scanned_);
  std::swap(in_quotes_, other.in_quotes_);
  return *this;
}

CsvRecords::~CsvRecords() {
  if (fd_ >= 0) ::close(fd_);
}

Result<bool> CsvRecords::next(std::string_view& record) {
  while (!find_record(record)) {
    FQ_TRY_ASSIGN(const bool more, fill());
    if (more) continue;
    if (begin_ != buffer_.size()) return damaged(path_, in_quotes_);
    return false;
  }
  return true;
}

bool CsvRecords::find_record(std::string_view& record) {
  const std::string_view text = buffer_;
  while (scanned_ < text.size()) {
    const std::size_t newline = std::min(text.find('\n', scanned_), text.size());
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
    return fail(ErrorKind::integrity, fmt::format("a record is longer than {} bytes", kRecordBytesMax),
                path_.string(), "the file was altered after it was written");
  }
  const std::size_t held = buffer_.size();
  buffer_.resize(held + kBlockBytes);
  const auto got = read_some(fd_, buffer_.data() + held, kBlockBytes, path_);
  buffer_.resize(held + (got ? *got : 0));
  if (!got) return Failure(got.error());
  return *got > 0;
}

}  // namespace firmquery

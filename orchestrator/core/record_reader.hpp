// Text in blocks to records: lines, or CSV records whose quoted fields may hold line ends and delimiters.
// The records do not depend on where the blocks were cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "leading_digits.hpp"

namespace firmquery {

// More of one record is not kept: garbage without line ends must not fill the memory.
constexpr std::size_t kRecordBytesMax = 1 << 20;

struct Record {
  std::string_view text;    // without the line end
  std::uint64_t line = 0;   // 1-based physical line on which it starts
  bool cut = false;         // longer than kRecordBytesMax; `text` is its beginning
  std::uint64_t begin = 0;  // bytes of text before it
};

// start() a block, next() until false, and so on; finish() hands out a last record without a line end.
// The views of a record are valid until the next call.
class RecordReader {
 public:
  explicit RecordReader(char delimiter = 0) : delimiter_(delimiter) {}  // 0: lines, quotes mean nothing

  void start(std::string_view block);
  bool next(Record& record);
  bool finish(Record& record);
  bool in_quotes() const { return in_quotes_; }  // at the end: a quote was never closed
  std::uint64_t line() const { return line_; }   // of the record being read
  std::uint64_t record_begin() const { return kept_.empty() ? base_ + position_ : kept_begin_; }  // likewise

  // What begins with a record, of the block; empty in the middle of one.
  std::string_view rest() const {
    return after_cr_ || !kept_.empty() ? std::string_view() : block_.substr(position_);
  }
  // Moves behind `lines` records without quotes, which are the next `bytes` of rest() with their line ends.
  void skip(std::size_t bytes, std::uint64_t lines) {
    scanned_ = position_ += bytes;
    line_ += lines;
  }
  // The next record when it is a line of 1 to 18 digits that lies within the block; otherwise nothing moves.
  bool next_digits(std::string_view& digits, std::int64_t& value, std::uint64_t& line);

 private:
  std::size_t find_record_end();
  std::size_t find_line_end();
  void pass_quoted();
  void pass_plain(std::string_view text);
  void count_line_ends(std::string_view quoted);
  void keep(std::string_view text);
  void skip_line_end(std::size_t position);

  const char delimiter_;
  std::string_view block_;
  std::uint64_t base_ = 0;                 // bytes of text before the block
  std::size_t position_ = 0;               // where the record being read starts or goes on in the block
  std::size_t scanned_ = 0;                // how far the search for its end has come
  std::size_t next_lf_ = 0, next_cr_ = 0;  // first ones at or after scanned_, once searched for
  std::uint64_t line_ = 1;
  std::uint64_t inner_lines_ = 0;  // line ends inside the quotes of the record being read
  std::string kept_;               // what earlier blocks held of the record being read
  std::uint64_t kept_begin_ = 0;   // of that record
  bool release_kept_ = false;
  bool cut_ = false;
  bool after_cr_ = false;  // the last block ended with CR: a LF belongs to it
  bool in_quotes_ = false;
  bool quote_seen_ = false;  // the block ended with a quote inside quotes: closed, or the first of two
  bool cr_in_quotes_ = false;
  bool at_field_start_ = true;
};

inline bool RecordReader::next_digits(std::string_view& digits, std::int64_t& value, std::uint64_t& line) {
  if (after_cr_ || !kept_.empty()) return false;
  const char* const begin = block_.data() + position_;
  const DigitLine found = read_digit_line(begin, block_.data() + block_.size());
  if (found.digits == 0) return false;
  digits = {begin, found.digits};
  value = static_cast<std::int64_t>(found.value);
  line = line_;
  skip(found.bytes, 1);
  return true;
}

struct Field {
  std::string_view text;
  bool quoted = false;
  std::size_t begin = 0;  // of the field, or of its quote and the blanks before that, in the record
};

// Reads the field of `record` at `position` and moves behind it; npos after the last one. Doubled quotes are
// undone in `scratch`. Requires: position <= record.size().
Field read_field(std::string_view record, char delimiter, std::size_t& position, std::string& scratch);

// Field number `column` (0-based); false when the record has fewer.
bool find_field(std::string_view record, char delimiter, std::size_t column, std::string& scratch,
                Field& field);

std::size_t count_fields(std::string_view record, char delimiter, std::string& scratch);
std::vector<std::string> split_fields(std::string_view record, char delimiter);

}  // namespace firmquery

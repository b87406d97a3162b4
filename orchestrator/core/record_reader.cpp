#include "record_reader.hpp"

#include <algorithm>
#include <cstring>

namespace firmquery {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

bool is_blank(char character) {
  return character == ' ';
}
bool all_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_blank);
}

}  // namespace

void RecordReader::start(std::string_view block) {
  base_ += block_.size();
  block_ = block;
  position_ = 0;
  if (after_cr_ && !block.empty()) {
    position_ = block.front() == '\n' ? 1 : 0;
    after_cr_ = false;
  }
  scanned_ = position_;
  next_lf_ = next_cr_ = 0;
}

bool RecordReader::next(Record& record) {
  if (release_kept_) {
    kept_.clear();
    release_kept_ = false;
    cut_ = false;
  }
  const std::size_t end = find_record_end();
  const bool complete = end != kNowhere;
  const std::string_view text = block_.substr(position_, (complete ? end : block_.size()) - position_);
  if (!complete) {
    if (kept_.empty()) kept_begin_ = base_ + position_;
    keep(text);
    position_ = scanned_ = block_.size();
    return false;
  }
  if (kept_.empty()) {
    record = {text.substr(0, kRecordBytesMax), line_, text.size() > kRecordBytesMax, base_ + position_};
  } else {
    keep(text);
    record = {kept_, line_, cut_, kept_begin_};
    release_kept_ = true;
  }
  skip_line_end(end);
  return true;
}

bool RecordReader::finish(Record& record) {
  if (release_kept_) kept_.clear();
  if (kept_.empty()) return false;
  if (quote_seen_) in_quotes_ = quote_seen_ = false;
  record = {kept_, line_, cut_, kept_begin_};
  release_kept_ = true;
  return true;
}

void RecordReader::skip_line_end(std::size_t position) {
  position_ = position + 1;
  if (block_[position] == '\r') {
    if (position_ == block_.size()) {
      after_cr_ = true;
    } else if (block_[position_] == '\n') {
      ++position_;
    }
  }
  scanned_ = position_;
  line_ += 1 + inner_lines_;
  inner_lines_ = 0;
  at_field_start_ = true;
}

void RecordReader::keep(std::string_view text) {
  const std::size_t room = kRecordBytesMax - kept_.size();
  if (text.size() > room) cut_ = true;
  kept_ += text.substr(0, room);
}

// The next LF and CR are remembered, so that a file without one of them is searched for it once a block.
std::size_t RecordReader::find_line_end() {
  const auto search = [&](char wanted, std::size_t& known) {
    if (known != 0 && known > scanned_) return;
    const void* hit = scanned_ < block_.size()
                          ? std::memchr(block_.data() + scanned_, wanted, block_.size() - scanned_)
                          : nullptr;
    // One more than the place; 0 is "not searched for yet".
    known = 1 + (hit != nullptr ? static_cast<std::size_t>(static_cast<const char*>(hit) - block_.data())
                                : block_.size());
  };
  search('\n', next_lf_);
  search('\r', next_cr_);
  return std::min(next_lf_, next_cr_) - 1;
}

std::size_t RecordReader::find_record_end() {
  while (true) {
    if (in_quotes_) {
      pass_quoted();
      if (in_quotes_) return kNowhere;
    }
    const std::size_t end = find_line_end();
    const std::size_t quote = delimiter_ == 0 ? kNowhere : block_.substr(0, end).find('"', scanned_);
    if (quote == kNowhere) {
      if (end < block_.size()) return end;
      if (delimiter_ != 0) pass_plain(block_.substr(scanned_));
      return kNowhere;
    }
    pass_plain(block_.substr(scanned_, quote - scanned_));
    in_quotes_ = at_field_start_;
    at_field_start_ = false;
    scanned_ = quote + 1;
  }
}

// A quote opens a quoted field at the field's start only; elsewhere it is a character like any other.
void RecordReader::pass_plain(std::string_view text) {
  const std::size_t delimiter = text.rfind(delimiter_);
  const bool fresh = delimiter != kNowhere || at_field_start_;
  at_field_start_ = fresh && all_blank(delimiter != kNowhere ? text.substr(delimiter + 1) : text);
}

// Moves to the end of the block, or behind the quote that closes.
void RecordReader::pass_quoted() {
  while (true) {
    if (scanned_ == block_.size()) return;
    if (quote_seen_) {
      quote_seen_ = false;
      if (block_[scanned_] != '"') {
        in_quotes_ = false;
        cr_in_quotes_ = false;
        return;
      }
      ++scanned_;
    }
    const std::size_t quote = std::min(block_.find('"', scanned_), block_.size());
    count_line_ends(block_.substr(scanned_, quote - scanned_));
    scanned_ = quote;
    if (quote == block_.size()) return;
    cr_in_quotes_ = false;
    quote_seen_ = true;
    ++scanned_;
  }
}

void RecordReader::count_line_ends(std::string_view quoted) {
  for (const char character : quoted) {
    if (character == '\r' || (character == '\n' && !cr_in_quotes_)) ++inner_lines_;
    cr_in_quotes_ = character == '\r';
  }
}

Field read_field(std::string_view record, char delimiter, std::size_t& position, std::string& scratch) {
  const std::size_t begin = position;
  const std::size_t first = record.find_first_not_of(' ', begin);
  const auto end_from = [&](std::size_t from) {
    const std::size_t end = record.find(delimiter, from);
    position = end == kNowhere ? kNowhere : end + 1;
    return end == kNowhere ? record.size() : end;
  };
  if (first == kNowhere || record[first] != '"') {
    const std::size_t end = end_from(begin);
    return {record.substr(begin, end - begin), false, begin};
  }
  std::size_t at = first + 1;
  std::size_t quote = std::min(record.find('"', at), record.size());
  scratch.clear();
  while (quote + 1 < record.size() && record[quote + 1] == '"') {
    scratch += record.substr(at, quote + 1 - at);
    at = quote + 2;
    quote = std::min(record.find('"', at), record.size());
  }
  scratch += record.substr(at, quote - at);
  // What stands between the closing quote and the delimiter belongs to the field, as PostgreSQL has it.
  const std::size_t behind = std::min(quote + 1, record.size());
  const std::size_t end = end_from(behind);
  scratch += record.substr(behind, end - behind);
  return {scratch, true, begin};
}

bool find_field(std::string_view record, char delimiter, std::size_t column, std::string& scratch,
                Field& field) {
  std::size_t position = 0;
  for (std::size_t i = 0; position != kNowhere; ++i) {
    field = read_field(record, delimiter, position, scratch);
    if (i == column) return true;
  }
  return false;
}

std::size_t count_fields(std::string_view record, char delimiter, std::string& scratch) {
  if (record.find('"') == kNowhere)
    return 1 + static_cast<std::size_t>(std::count(record.begin(), record.end(), delimiter));
  std::size_t fields = 0;
  for (std::size_t position = 0; position != kNowhere; ++fields)
    (void)read_field(record, delimiter, position, scratch);
  return fields;
}

std::vector<std::string> split_fields(std::string_view record, char delimiter) {
  std::vector<std::string> fields;
  std::string scratch;
  for (std::size_t position = 0; position != kNowhere;) {
    fields.emplace_back(read_field(record, delimiter, position, scratch).text);
  }
  return fields;
}

}  // namespace firmquery

#include "digit_lines.hpp"

#include <algorithm>
#include <limits>

#include "decimal_code.hpp"
#include "leading_digits.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kWorthThreads = 256 << 10;
constexpr std::size_t kLineBytesMax = DigitTally::kDigitsMax + 2;
template <bool kAsText>
void read_lines(std::string_view text, DigitLines& lines) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* at = begin;
  // A line has two bytes at least. What is not written of the room is not resident either.
  std::uint64_t* const first = lines.packed.extend(text.size() / 2 + 1);
  std::uint64_t* next = first;
  DigitTally& tally = lines.tally;
  while (true) {
    const DigitLine line = read_digit_line(at, end);
    if (line.digits == 0) break;
    ++tally.sizes[line.digits];
    if (line.digits > 1 && *at == '0') ++tally.leading_zero;
    tally.ends_in_zeros += ends_as_spreadsheets_round({at, line.digits});
    *next++ = kAsText ? encode_decimal(line.value, line.digits) : line.value;
    at += line.bytes;
  }
  lines.packed.resize(lines.packed.size() - (text.size() / 2 + 1) + static_cast<std::size_t>(next - first));
  lines.bytes += static_cast<std::size_t>(at - begin);
}

}  // namespace

void DigitLines::clear() {
  packed.resize(0);
  tally = {};
  bytes = 0;
}

void read_digit_lines(std::string_view text, bool as_text, DigitLines& lines) {
  if (as_text) return read_lines<true>(text, lines);
  read_lines<false>(text, lines);
}

DigitRuns::DigitRuns(Executor& executor)
    : executor_(executor), promising_(std::numeric_limits<std::size_t>::max() / 2) {
  const unsigned width = std::max(1u, executor.width());
  for (unsigned i = 0; i < width; ++i) pieces_.emplace_back();
}

void DigitRuns::read(std::string_view text, bool as_text,
                     const std::function<void(const DigitLines&)>& take) {
  while (pieces_.size() > 1 && std::min(promising_, text.size()) >= kWorthThreads) {
    const std::size_t bytes = std::min(promising_, text.size());
    const std::size_t read = read_pieces(text.substr(0, bytes), as_text, take);
    text.remove_prefix(read);
    // What is left of a line at the end is less than the room for a line of digits.
    const bool whole = bytes - read < kLineBytesMax;
    promising_ = whole ? std::max(promising_, bytes * 2) : read * 2;
    if (!whole) return;
  }
  DigitLines& lines = pieces_.front();
  lines.clear();
  read_digit_lines(text, as_text, lines);
  if (lines.packed.empty()) return;
  promising_ = std::max(promising_, lines.bytes * 2);
  take(lines);
}

// Returns the bytes of the lines that were taken.
std::size_t DigitRuns::read_pieces(std::string_view text, bool as_text,
                                   const std::function<void(const DigitLines&)>& take) {
  const std::size_t count = pieces_.size();
  std::vector<std::size_t> begins(count + 1, text.size());
  begins[0] = 0;
  for (std::size_t i = 1; i < count; ++i) {
    // Behind a line feed a line begins, whatever the line ends are.
    const std::size_t feed = text.find('\n', std::max(begins[i - 1], text.size() / count * i));
    begins[i] = feed == std::string_view::npos ? text.size() : feed + 1;
  }
  executor_.run(static_cast<unsigned>(count), [&](unsigned i) {
    pieces_[i].clear();
    read_digit_lines(text.substr(begins[i], begins[i + 1] - begins[i]), as_text, pieces_[i]);
  });
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!pieces_[i].packed.empty()) take(pieces_[i]);
    bytes += pieces_[i].bytes;
    if (pieces_[i].bytes < begins[i + 1] - begins[i]) break;
  }
  return bytes;
}

}  // namespace firmquery

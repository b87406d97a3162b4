// Bytes of an input to UTF-8. What is not text in the input's encoding comes out as bytes that are not UTF-8,
// so that the record they belong to can be rejected and shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "firmquery/core/clean.hpp"

namespace firmquery {

struct EncodingGuess {
  // automatic: ASCII so far; the decoder settles it when the first other byte shows.
  InputEncoding encoding = InputEncoding::automatic;
  std::size_t bom_bytes = 0;
};

// Judges by the byte order mark, then by where NUL bytes stand. `wanted`, unless automatic, overrules both.
EncodingGuess guess_encoding(std::string_view sample, InputEncoding wanted);

bool is_ascii(std::string_view text);
bool is_valid_utf8(std::string_view text);

// `raw` with each byte that is not UTF-8 as \xNN; at most `bytes_max` bytes of it are taken, then "...".
void append_readable(std::string& out, std::string_view raw, std::size_t bytes_max);

// Not thread-safe. Blocks may be cut anywhere. The views returned are valid until the next call and as long
// as the block itself: text that needs no conversion is not copied.
class TextDecoder {
 public:
  explicit TextDecoder(InputEncoding encoding) : encoding_(encoding) {}

  std::string_view decode(std::string_view block);
  std::string_view finish();  // what a cut-off last character leaves

  // automatic as long as all was ASCII.
  InputEncoding encoding() const { return encoding_; }

 private:
  std::string_view settle(std::string_view block, bool last);
  std::string_view decode_windows1252(std::string_view block);
  std::string_view decode_utf16(std::string_view block);
  void append_utf16_unit(unsigned unit);

  InputEncoding encoding_;
  std::string pending_;          // bytes of a character cut by the end of a block
  unsigned high_surrogate_ = 0;  // UTF-16 only; 0: none
  std::string joined_, decoded_;
};

// Places in decoded text as places in the input. A text is mapped block by block, in order.
class OffsetMap {
 public:
  void begin(std::uint64_t mark_bytes) { raw_ = mark_bytes; }
  void start(std::string_view block, InputEncoding encoding);
  // What begins behind `begin` bytes of all text (in this block, or where finish() was told that something is under
  // way) and `inside` of its own. Requires: within a block `begin` does not decrease.
  std::uint64_t of(std::uint64_t begin, std::string_view inside);
  // The end of the block; `under_way`: where what goes on in the next one begins, if anything does.
  void finish(std::uint64_t under_way);

 private:
  std::uint64_t raw_bytes(std::string_view text) const;
  void advance(std::uint64_t to);

  std::string_view block_;
  InputEncoding encoding_ = InputEncoding::automatic;
  std::uint64_t block_begin_ = 0;        // in text
  std::uint64_t decoded_ = 0, raw_ = 0;  // the same place in both
  std::uint64_t under_way_raw_ = 0;
};

}  // namespace firmquery

#include "text_decoder.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "firmquery/core/utf8_text.hpp"
#include "utf8.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kUtf8Bom = "\xEF\xBB\xBF";
constexpr std::string_view kUtf16LeBom = "\xFF\xFE";
constexpr std::string_view kUtf16BeBom = "\xFE\xFF";

// The characters of 0x80 to 0x9F; 0 where Windows-1252 has none.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

unsigned byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

// Whether `text` is the beginning of a character whose other bytes may follow.
bool is_cut_character(std::string_view text) {
  if (text.size() >= 4 || utf8_length(text) > 0) return false;
  const std::string begun(text);
  return utf8_length(begun + "\x80\x80\x80") > text.size() ||
         utf8_length(begun + "\xBF\xBF\xBF") > text.size();
}

std::size_t ascii_prefix(std::string_view text) {
  constexpr std::size_t kStride = 256;
  std::size_t position = 0;
  for (; position + kStride <= text.size(); position += kStride) {
    unsigned char seen = 0;
    for (std::size_t i = 0; i < kStride; ++i) seen |= static_cast<unsigned char>(text[position + i]);
    if (seen & 0x80) break;
  }
  while (position < text.size() && byte_at(text, position) < 0x80) ++position;
  return position;
}

// UTF-16 without a mark: IDs are mostly ASCII, so every other byte is NUL.
InputEncoding guess_by_nul(std::string_view sample) {
  const std::size_t pairs = std::min<std::size_t>(sample.size(), 4096) / 2;
  std::size_t even = 0, odd = 0;
  for (std::size_t i = 0; i < pairs; ++i) {
    even += sample[2 * i] == 0;
    odd += sample[2 * i + 1] == 0;
  }
  if (pairs < 2) return InputEncoding::automatic;
  if (odd * 10 >= pairs * 7 && even * 50 <= pairs) return InputEncoding::utf16le;
  if (even * 10 >= pairs * 7 && odd * 50 <= pairs) return InputEncoding::utf16be;
  return InputEncoding::automatic;
}

}  // namespace

EncodingGuess guess_encoding(std::string_view sample, InputEncoding wanted) {
  const auto marked = [&](InputEncoding encoding, std::string_view bom) {
    return (wanted == InputEncoding::automatic || wanted == encoding) && sample.starts_with(bom);
  };
  if (marked(InputEncoding::utf8, kUtf8Bom)) return {InputEncoding::utf8, kUtf8Bom.size()};
  if (marked(InputEncoding::utf16le, kUtf16LeBom)) return {InputEncoding::utf16le, kUtf16LeBom.size()};
  if (marked(InputEncoding::utf16be, kUtf16BeBom)) return {InputEncoding::utf16be, kUtf16BeBom.size()};
  if (wanted != InputEncoding::automatic) return {wanted, 0};
  return {guess_by_nul(sample), 0};
}

bool is_ascii(std::string_view text) {
  return ascii_prefix(text) == text.size();
}

bool is_valid_utf8(std::string_view text) {
  text.remove_prefix(ascii_prefix(text));
  while (!text.empty()) {
    const std::size_t bytes = utf8_length(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

void append_readable(std::string& out, std::string_view raw, std::size_t bytes_max) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const std::size_t full_size = raw.size();
  std::size_t taken = 0;
  while (taken < full_size) {
    const std::string_view rest = raw.substr(taken);
    const std::size_t bytes = utf8_length(rest);
    const std::size_t step = std::max<std::size_t>(bytes, 1);
    if (taken + step > bytes_max) break;
    if (bytes > 0) {
      out += rest.substr(0, step);
    } else {
      out += "\\x";
      out += kHex[byte_at(rest, 0) >> 4];
      out += kHex[byte_at(rest, 0) & 15];
    }
    taken += step;
  }
  if (taken < full_size) out += "...";
}

std::string_view TextDecoder::decode(std::string_view block) {
  switch (encoding_) {
    case InputEncoding::automatic:
      return settle(block, false);
    case InputEncoding::windows1252:
      return decode_windows1252(block);
    case InputEncoding::utf16le:
    case InputEncoding::utf16be:
      return decode_utf16(block);
    case InputEncoding::utf8:
      break;
  }
  return block;
}

std::string_view TextDecoder::finish() {
  if (encoding_ == InputEncoding::automatic) return settle({}, true);
  decoded_.clear();
  if (high_surrogate_ != 0) append_code_point(decoded_, high_surrogate_);
  if (!pending_.empty()) decoded_ += '\xFF';  // half a UTF-16 unit
  high_surrogate_ = 0;
  pending_.clear();
  return decoded_;
}

// The first character beyond ASCII decides: UTF-8 if it is that, Windows-1252 otherwise.
std::string_view TextDecoder::settle(std::string_view block, bool last) {
  if (!pending_.empty()) {
    joined_ = pending_;
    joined_ += block;
    pending_.clear();
    block = joined_;
  }
  const std::size_t plain = ascii_prefix(block);
  if (plain == block.size()) return block;
  const std::string_view rest = block.substr(plain);
  if (!last && is_cut_character(rest)) {
    pending_ = rest;
    return block.substr(0, plain);
  }
  const bool utf8 = utf8_length(rest) > 0;
  encoding_ = utf8 ? InputEncoding::utf8 : InputEncoding::windows1252;
  return utf8 ? block : decode_windows1252(block);
}

std::string_view TextDecoder::decode_windows1252(std::string_view block) {
  const std::size_t plain = ascii_prefix(block);
  if (plain == block.size()) return block;
  decoded_.assign(block.substr(0, plain));
  for (const char character : block.substr(plain)) {
    const unsigned byte = static_cast<unsigned char>(character);
    const unsigned code = byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80] : byte;
    // A byte without a character stays as it is, which is not UTF-8 after a whole character.
    if (code == 0 && byte != 0) {
      decoded_ += character;
    } else {
      append_code_point(decoded_, code);
    }
  }
  return decoded_;
}

std::string_view TextDecoder::decode_utf16(std::string_view block) {
  decoded_.clear();
  const unsigned low_shift = encoding_ == InputEncoding::utf16le ? 0 : 8;
  const auto unit = [&](char first, char second) {
    return static_cast<unsigned>(static_cast<unsigned char>(first)) << low_shift |
           static_cast<unsigned>(static_cast<unsigned char>(second)) << (8 - low_shift);
  };
  std::size_t position = 0;
  if (!pending_.empty() && !block.empty()) {
    append_utf16_unit(unit(pending_[0], block[0]));
    pending_.clear();
    position = 1;
  }
  for (; position + 1 < block.size(); position += 2) {
    append_utf16_unit(unit(block[position], block[position + 1]));
  }
  if (position < block.size()) pending_.assign(1, block[position]);
  return decoded_;
}

void TextDecoder::append_utf16_unit(unsigned unit) {
  const bool low = unit >= 0xDC00 && unit < 0xE000;
  if (high_surrogate_ != 0) {
    const unsigned high = high_surrogate_;
    high_surrogate_ = 0;
    if (low) {
      append_code_point(decoded_, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
      return;
    }
    append_code_point(decoded_, high);  // alone: its three bytes are not UTF-8
  }
  if (unit >= 0xD800 && unit < 0xDC00) {
    high_surrogate_ = unit;
    return;
  }
  append_code_point(decoded_, unit);
}

void OffsetMap::start(std::string_view block, InputEncoding encoding) {
  block_ = block;
  block_begin_ = decoded_;
  encoding_ = encoding;
}

std::uint64_t OffsetMap::raw_bytes(std::string_view text) const {
  const bool utf16 = encoding_ == InputEncoding::utf16le || encoding_ == InputEncoding::utf16be;
  if (!utf16 && encoding_ != InputEncoding::windows1252) return text.size();
  std::uint64_t bytes = 0;
  while (!text.empty()) {
    const unsigned first = byte_at(text, 0);
    // In UTF-16 half of a pair of surrogates is three bytes that are not UTF-8; in Windows-1252 a byte without a
    // character stayed as it was.
    const std::size_t length = utf16 ? (first < 0x80   ? 1
                                        : first < 0xE0 ? 2
                                        : first < 0xF0 ? 3
                                                       : 4)
                                     : std::max<std::size_t>(utf8_length(text), 1);
    bytes += utf16 ? (length == 4 ? 4 : 2) : 1;
    text.remove_prefix(std::min(length, text.size()));
  }
  return bytes;
}

void OffsetMap::advance(std::uint64_t to) {
  raw_ += raw_bytes(block_.substr(decoded_ - block_begin_, to - decoded_));
  decoded_ = to;
}

std::uint64_t OffsetMap::of(std::uint64_t begin, std::string_view inside) {
  if (begin < block_begin_) return under_way_raw_ + raw_bytes(inside);
  if (begin > decoded_) advance(begin);
  return raw_ + raw_bytes(inside);
}

void OffsetMap::finish(std::uint64_t under_way) {
  const std::uint64_t end = block_begin_ + block_.size();
  if (under_way >= block_begin_ && under_way < end) under_way_raw_ = of(under_way, {});
  advance(end);
  block_begin_ = end;
  block_ = {};
}

}  // namespace firmquery

#include "xlsx_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "firmquery/core/utf8_text.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kEscapeBytes = 7;  // _xHHHH_

int hexadecimal_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The code unit of the escape that `text` starts with; -1: it starts with none.
int escape_at(std::string_view text) {
  if (text.size() < kEscapeBytes || text[0] != '_' || text[1] != 'x' || text[6] != '_') return -1;
  int unit = 0;
  for (const char c : text.substr(2, 4)) {
    const int digit = hexadecimal_value(c);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

// Whether `text`, when it is written, may begin like an escape: what follows the digits may become one.
bool looks_escaped(std::string_view text) {
  if (text.size() < kEscapeBytes || text[1] != 'x') return false;
  return std::all_of(text.begin() + 2, text.begin() + 6, [](char c) { return hexadecimal_value(c) >= 0; });
}

void append_escape(std::string& out, unsigned unit) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += "_x";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(unit >> shift) & 0xF];
  out += '_';
}

// Bytes that stand in XML as they are, but for the underscore, which may begin what looks like an escape.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain = {};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = true;
  for (const char c : {'&', '<', '>', '_'}) plain[static_cast<unsigned char>(c)] = false;
  return plain;
}();

// Bytes of the character that `text` starts with, 0: it starts with no UTF-8.
std::size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return bytes <= text.size() && is_utf8(text.substr(0, bytes)) ? bytes : 0;
}

// Appends what is not plain and stands at the beginning of `text`; how many of its bytes that were.
std::size_t append_special(std::string& out, std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  switch (text.front()) {
    case '&':
      out += "&amp;";
      return 1;
    case '<':
      out += "&lt;";
      return 1;
    case '>':  // only ]]> must not stand
      out += "&gt;";
      return 1;
    case '\t':
    case '\n':
      out += text.front();
      return 1;
    case '_':
      looks_escaped(text) ? append_escape(out, '_') : void(out += '_');
      return 1;
    default:
      break;
  }
  if (first < 0x20) {
    append_escape(out, first);
    return 1;
  }
  const std::size_t bytes = character_bytes(text);
  if (bytes == 0) {
    append_escape(out, 0xDC00u + first);
    return 1;
  }
  const std::string_view character = text.substr(0, bytes);
  if (character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF")  // U+FFFE, U+FFFF
    append_escape(out, 0xFF00u | static_cast<unsigned char>(character[2] + 0x40));
  else
    out += character;
  return bytes;
}

}  // namespace

void append_xlsx_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])]) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(append_special(out, text));
  }
}

void undo_xlsx_escapes(std::string& text, std::size_t begin) {
  const std::size_t first = text.find("_x", begin);
  if (first == std::string::npos) return;
  const std::string rest = text.substr(first);
  const std::string_view all = rest;
  text.resize(first);
  for (std::size_t i = 0; i < all.size();) {
    const int unit = escape_at(all.substr(i));
    if (unit < 0) {
      const std::size_t next = std::min(all.find('_', i + 1), all.size());
      text += all.substr(i, next - i);
      i = next;
      continue;
    }
    i += kEscapeBytes;
    const int low = unit >= 0xD800 && unit < 0xDC00 ? escape_at(all.substr(i)) : -1;
    if (low >= 0xDC00 && low < 0xE000) {
      append_code_point(text, 0x10000u + ((static_cast<std::uint32_t>(unit) - 0xD800u) << 10) +
                                  (static_cast<std::uint32_t>(low) - 0xDC00u));
      i += kEscapeBytes;
    } else if (unit >= 0xDC80 && unit <= 0xDCFF) {
      text += static_cast<char>(unit & 0xFF);
    } else if (unit >= 0xD800 && unit < 0xE000) {
      text += all.substr(i - kEscapeBytes, kEscapeBytes);  // half a character: as it stands
    } else {
      append_code_point(text, static_cast<std::uint32_t>(unit));
    }
  }
}

std::size_t xlsx_cell_prefix(std::string_view text) {
  if (text.size() <= kXlsxCellUnitsMax) return text.size();  // a code unit is a byte at least
  std::size_t units = 0, position = 0;
  while (position < text.size()) {
    const std::size_t bytes = std::max<std::size_t>(1, character_bytes(text.substr(position)));
    const std::size_t more = bytes == 4 ? 2 : 1;
    if (units + more > kXlsxCellUnitsMax) break;
    units += more;
    position += bytes;
  }
  return position;
}

}  // namespace firmquery

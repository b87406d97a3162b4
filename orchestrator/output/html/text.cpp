#include "html/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "firmquery/core/time_text.hpp"
#include "firmquery/core/utf8_text.hpp"

namespace firmquery::html {
namespace {

struct Span {
  std::uint32_t first, last;
};
// Characters that cannot be seen or move others about; blanks that look like another; what no HTML may hold.
constexpr std::array kHidden = {Span{0x00, 0x1F},       Span{0x7F, 0xA0},       Span{0xAD, 0xAD},
                                Span{0x34F, 0x34F},     Span{0x61C, 0x61C},     Span{0x180E, 0x180E},
                                Span{0x2000, 0x200F},   Span{0x2028, 0x202F},   Span{0x205F, 0x206F},
                                Span{0x3000, 0x3000},   Span{0xE000, 0xF8FF},   Span{0xFDD0, 0xFDEF},
                                Span{0xFE00, 0xFE0F},   Span{0xFEFF, 0xFEFF},   Span{0xFFF0, 0xFFFB},
                                Span{0xE0000, 0xE0FFF}, Span{0xF0000, 0x10FFFF}};

bool is_hidden(std::uint32_t code) {
  if ((code & 0xFFFE) == 0xFFFE) return true;
  return std::any_of(kHidden.begin(), kHidden.end(),
                     [&](Span span) { return code >= span.first && code <= span.last; });
}

// One character of well-formed UTF-8, or 0 bytes.
struct Character {
  std::size_t bytes = 0;
  std::uint32_t code = 0;
};
Character first_character(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t lead = at(0);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length > text.size() || !is_utf8(text.substr(0, length))) return {};
  if (length == 1) return {1, lead};
  std::uint32_t code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (at(i) & 0x3F);
  return {length, code};
}

void append_character(std::string& out, std::string_view bytes, std::uint32_t code, Lines lines) {
  switch (code) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
    case '\n':
    case '\t':
      if (lines == Lines::kept) {
        out += static_cast<char>(code);
        return;
      }
      break;
    default:
      break;
  }
  if (is_hidden(code)) {
    out += fmt::format("<span class=\"hid\">U+{:04X}</span>", code);
  } else {
    out += bytes;
  }
}

}  // namespace

void append_text(std::string& out, std::string_view text, std::size_t bytes_max, Lines lines) {
  const std::size_t begin = out.size(), length = text.size();
  while (!text.empty()) {
    if (out.size() - begin >= bytes_max) {
      out += fmt::format("… <span class=\"hid\">{} bytes in all</span>", count(length));
      return;
    }
    const Character character = first_character(text);
    if (character.bytes == 0) {
      out += fmt::format("<span class=\"hid\">\\x{:02X}</span>", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
    } else {
      append_character(out, text.substr(0, character.bytes), character.code, lines);
      text.remove_prefix(character.bytes);
    }
  }
}

std::string text(std::string_view text, std::size_t bytes_max) {
  std::string out;
  append_text(out, text, bytes_max);
  return out;
}

std::string code(std::string_view text, std::size_t bytes_max) {
  std::string out = "<code>";
  append_text(out, text, bytes_max);
  return out += "</code>";
}

std::string count(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3;) digits.insert(place -= 3, ",");
  return digits;
}

std::string count_of(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count(number), number == 1 ? one : many);
}

std::string bytes(std::uint64_t number) {
  constexpr std::array kUnits = {"bytes", "kB", "MB", "GB", "TB", "PB"};
  if (number < 1000) return count_of(number, "byte", "bytes");
  auto value = static_cast<double>(number);
  std::size_t unit = 0;
  for (; value >= 999.95 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string seconds(double value) {
  if (value > 0 && value < 0.9995) return fmt::format("{:.3f} s", value);
  return duration_text(value);
}

std::string figure(double value) {
  if (!(value >= 0) || !std::isfinite(value)) return "0";
  if (value >= 99.5) return count(static_cast<std::uint64_t>(std::llround(std::min(value, 1e18))));
  return fmt::format("{:.{}f}", value, value >= 9.95 ? 1 : value >= 0.0995 || value == 0 ? 2 : 3);
}

std::string moment(std::string_view utc) {
  constexpr std::size_t kSeconds = 19;  // 2026-11-30T21:35:08
  if (utc.size() < kSeconds + 1 || utc[10] != 'T' || utc.back() != 'Z') return text(utc, 60);
  return "<span class=\"t\">" + text(utc.substr(0, 10)) + " " + text(utc.substr(11, kSeconds - 11)) +
         " UTC</span>";
}

}  // namespace firmquery::html

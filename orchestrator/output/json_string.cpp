#include "firmquery/output/json_string.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace firmquery {

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

std::vector<std::string> object_names(const std::vector<std::string>& columns) {
  std::vector<std::string> names = columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto taken = [&](const std::string& name) {
      const auto before = names.begin() + static_cast<std::ptrdiff_t>(i);
      return std::find(names.begin(), before, name) != before ||
             (name != columns[i] && std::find(columns.begin(), columns.end(), name) != columns.end());
    };
    std::string name = columns[i];
    for (int n = 2; taken(name); ++n) name = fmt::format("{}_{}", columns[i], n);
    names[i] = std::move(name);
  }
  return names;
}

std::string percent_encoded(std::string_view bytes) {
  std::string encoded;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '%') {
      encoded += c;
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", byte);
    }
  }
  return encoded;
}

bool from_percent_encoded(std::string_view text, std::string& bytes) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    if (text.size() - i < 3) return false;
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return false;
    bytes += static_cast<char>(byte);
    i += 2;
  }
  return true;
}

}  // namespace firmquery

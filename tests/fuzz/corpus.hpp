// The kept inputs of one fuzz target in one file of text: hundreds of inputs of some bytes each are one file to
// clone and a diff of one line for each new one. A line is `name "bytes"`, sorted by name. Bytes that are not
// printable ASCII and the backslash are escaped: \\ \n \r \t \xHH. A quote inside is not: the last one of the line ends
// the text.
#pragma once

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace firmquery::fuzz {

// Bytes by the input's name.
using Corpus = std::map<std::string, std::string>;

inline constexpr std::string_view kCorpusSuffix = ".corpus";

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      text += "\\\\";
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '\r') {
      text += "\\r";
    } else if (c == '\t') {
      text += "\\t";
    } else if (byte < 0x20 || byte > 0x7e) {
      char code[5];
      std::snprintf(code, sizeof code, "\\x%02x", byte);
      text += code;
    } else {
      text += c;
    }
  }
  return text;
}

// Nothing for a text that escaped() does not write.
inline std::optional<std::string> unescaped(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    switch (text[i]) {
      case '\\':
        bytes += '\\';
        break;
      case 'n':
        bytes += '\n';
        break;
      case 'r':
        bytes += '\r';
        break;
      case 't':
        bytes += '\t';
        break;
      case 'x': {
        const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
        const int low = high >= 0 ? digit(text[i + 2]) : -1;
        if (low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
        i += 2;
        break;
      }
      default:
        return std::nullopt;
    }
  }
  return bytes;
}

// A damaged line is an error and not an input less: std::runtime_error names it.
inline Corpus read_corpus(const std::filesystem::path& path) {
  Corpus corpus;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::size_t space = line.find(" \"");
    std::optional<std::string> bytes;
    if (space != std::string::npos && space > 0 && line.size() >= space + 3 && line.back() == '"') {
      bytes = unescaped(std::string_view(line).substr(space + 2, line.size() - space - 3));
    }
    if (!bytes || !corpus.emplace(line.substr(0, space), std::move(*bytes)).second) {
      throw std::runtime_error(path.string() + ":" + std::to_string(number) +
                               ": not an input, or the second one of its name");
    }
  }
  return corpus;
}

inline void write_corpus(const std::filesystem::path& path, const Corpus& corpus) {
  std::filesystem::path fresh = path;
  fresh += ".new";
  std::ofstream file(fresh, std::ios::binary);
  for (const auto& [name, bytes] : corpus) file << name << " \"" << escaped(bytes) << "\"\n";
  file.close();
  if (!file) throw std::runtime_error("cannot write " + fresh.string());
  std::filesystem::rename(fresh, path);
}

}  // namespace firmquery::fuzz

#include "arguments.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "firmquery/db/secrets.hpp"

namespace firmquery::cli {
namespace {

constexpr std::string_view kHidden = "***";

// What may be a DSN in a word: all of it, or what follows in --dsn=DSN.
std::string_view value_of(std::string_view word) {
  return word.starts_with("--") ? word.substr(std::min(word.find('='), word.size() - 1) + 1) : word;
}

// Longer than the three stars nothing stays, so that the length is not told either.
void overwrite(char* begin, std::size_t size) {
  std::memset(begin, 0, size);
  std::memcpy(begin, kHidden.data(), std::min(size, kHidden.size()));
}

}  // namespace

Words take_words(int argc, char** argv) {
  Words words;
  for (int i = 0; i < argc; ++i) {
    const std::string& word = words.texts.emplace_back(argv[i]);
    const std::string_view value = value_of(word);
    const std::size_t begin = secret_begin(value);
    if (begin >= value.size()) continue;
    words.password |= looks_like_dsn(value);
    overwrite(argv[i] + (word.size() - value.size()) + begin, value.size() - begin);
  }
  return words;
}

}  // namespace firmquery::cli

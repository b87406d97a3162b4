// corpus pack FILE.corpus INPUT...: adds files, and the files of folders, under their names. What is in it already is
//   left out; a name that libFuzzer gave (a digest, with or without crash- before it) is cut to twelve digits.
// corpus unpack FILE.corpus DIR: one file an input, the form in which libFuzzer takes them.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/corpus.hpp"

namespace {

namespace fs = std::filesystem;
using namespace firmquery::fuzz;

std::string kept_name(const std::string& name) {
  const std::size_t dash = name.rfind('-');
  const std::string digest = dash == std::string::npos ? name : name.substr(dash + 1);
  const bool made_up =
      digest.size() == 40 && digest.find_first_not_of("0123456789abcdef") == std::string::npos;
  return made_up ? digest.substr(0, 12) : name;
}

void add(Corpus& corpus, const fs::path& path) {
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::directory_iterator(path)) add(corpus, entry.path());
    return;
  }
  const std::string bytes = read_bytes(path);
  const auto same = [&](const auto& input) { return input.second == bytes; };
  if (std::any_of(corpus.begin(), corpus.end(), same)) return;
  const std::string name = kept_name(path.filename());
  if (name.find_first_of(" \t\n\"") != std::string::npos) {
    throw std::runtime_error("a name without spaces and quotes, please: " + path.string());
  }
  if (!corpus.emplace(name, bytes).second) {
    throw std::runtime_error("another input is named " + name + ": " + path.string());
  }
  std::printf("added %s\n", name.c_str());
}

void pack(const fs::path& file, const std::vector<fs::path>& inputs) {
  Corpus corpus;
  if (fs::exists(file)) corpus = read_corpus(file);
  for (const fs::path& input : inputs) add(corpus, input);
  write_corpus(file, corpus);
}

void unpack(const fs::path& file, const fs::path& directory) {
  fs::create_directories(directory);
  for (const auto& [name, bytes] : read_corpus(file)) {
    std::ofstream out(directory / name, std::ios::binary);
    out << bytes;
    out.close();
    if (!out) throw std::runtime_error("cannot write " + (directory / name).string());
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  try {
    if (words.size() >= 3 && words[0] == "pack") {
      pack(words[1], {words.begin() + 2, words.end()});
    } else if (words.size() == 3 && words[0] == "unpack") {
      unpack(words[1], words[2]);
    } else {
      std::fprintf(stderr, "corpus pack FILE.corpus INPUT...\ncorpus unpack FILE.corpus DIR\n");
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "corpus: %s\n", error.what());
    return 1;
  }
  return 0;
}

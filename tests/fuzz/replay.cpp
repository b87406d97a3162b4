// Runs a fuzz target over packed corpora (FILE.corpus, or one input of it as FILE.corpus:NAME), over files and over
// folders of files: each input whole, and cut at up to 200 places.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/corpus.hpp"
#include "fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;
using firmquery::fuzz::Corpus;
using firmquery::fuzz::kCorpusSuffix;

Corpus inputs(const std::string& argument) {
  const std::size_t colon = argument.rfind(':');
  if (argument.ends_with(kCorpusSuffix)) return firmquery::fuzz::read_corpus(argument);
  if (colon != std::string::npos && std::string_view(argument).substr(0, colon).ends_with(kCorpusSuffix)) {
    const Corpus all = firmquery::fuzz::read_corpus(argument.substr(0, colon));
    const auto found = all.find(argument.substr(colon + 1));
    if (found == all.end()) throw std::runtime_error("no such input: " + argument);
    return {*found};
  }
  if (!fs::is_directory(argument)) {
    return {{fs::path(argument).filename(), firmquery::fuzz::read_bytes(argument)}};
  }
  Corpus files;
  for (const auto& entry : fs::directory_iterator(argument)) {
    files.emplace(entry.path().filename(), firmquery::fuzz::read_bytes(entry.path()));
  }
  return files;
}

void replay(const std::string& bytes) {
  const std::size_t step = bytes.size() / 200 + 1;
  for (std::size_t size = bytes.size();; size -= step) {
    // A copy of just that size, so that sanitizers see its end.
    const std::vector<char> input(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    if (size < step) return;
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<Corpus> corpora;
  try {
    for (int i = 1; i < count; ++i) corpora.push_back(inputs(arguments[i]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::size_t replayed = 0;
  for (const Corpus& corpus : corpora) {
    for (const auto& [name, bytes] : corpus) {
      // Printed first: the last name before a crash is the one that did it.
      std::printf("%s\n", name.c_str());
      std::fflush(stdout);
      replay(bytes);
    }
    replayed += corpus.size();
  }
  if (replayed == 0) {
    std::fprintf(stderr, "no inputs\n");
    return 1;
  }
  return 0;
}

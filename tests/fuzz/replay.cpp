// Runs a fuzz target over files and directories of inputs: each input whole, and cut at up to 200 places.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;

void collect(const fs::path& path, std::vector<fs::path>& files) {
  if (!fs::is_directory(path)) {
    files.push_back(path);
    return;
  }
  for (const auto& entry : fs::directory_iterator(path)) collect(entry.path(), files);
}

void replay(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
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
  std::vector<fs::path> files;
  for (int i = 1; i < count; ++i) collect(arguments[i], files);
  if (files.empty()) {
    std::fprintf(stderr, "no inputs\n");
    return 1;
  }
  for (const fs::path& file : files) {
    // Printed first: the last name before a crash is the one that did it.
    std::printf("%s\n", file.filename().c_str());
    std::fflush(stdout);
    replay(file);
  }
  return 0;
}

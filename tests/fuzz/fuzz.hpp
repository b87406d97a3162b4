// What the fuzz targets share. A target is one LLVMFuzzerTestOneInput; it is linked with libFuzzer in the
// preset `fuzz`, and with replay.cpp into a normal test that runs over tests/fuzz/corpus/<target>.corpus.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace firmquery::fuzz {

// Ends the process: what a fuzzer takes for a finding.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

// The first bytes of an input choose options, the rest is the text.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : bytes_(reinterpret_cast<const char*>(data), size) {}

  unsigned byte() {
    if (bytes_.empty()) return 0;
    const unsigned value = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  template <class Choices>
  auto pick(const Choices& choices) {
    return choices[byte() % std::size(choices)];
  }
  // A copy of its own size, so that sanitizers see its ends.
  std::string rest() const { return std::string(bytes_); }

 private:
  std::string_view bytes_;
};

// A file that holds the bytes, in memory where there is a file system for that.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes)
      : path_((::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") +
              std::string("/firmquery-fuzz-XXXXXX")) {
    const int fd = ::mkstemp(path_.data());
    require(fd >= 0, "mkstemp");
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd, bytes.data(), bytes.size());
      require(written > 0, "write");
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    ::close(fd);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace firmquery::fuzz

// A ZIP archive that is written from its beginning to its end, whatever it is written to: a part's sizes stand behind
// it (APPNOTE 4.3.9). The same parts give the same bytes: there are no times in it.
//
// libzip needs a file that it can read again, and libxlsxwriter's minizip takes a full disk for success (ADR 0022).
#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {

// Not thread-safe. Memory: about 300 KiB, and some bytes for each part.
class ZipWriter : public ByteSink {
 public:
  // Excel takes no part for one that needs the 64-bit form, so a part must stay below 2^32 bytes.
  static constexpr std::uint64_t kPartBytesMax = UINT32_MAX;

  explicit ZipWriter(ByteSink& out);  // `out` must outlive it
  ~ZipWriter() override;
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  Result<void> begin(std::string_view name);  // ASCII
  Result<void> write(std::string_view bytes) override;
  Result<void> end();
  Result<void> part(std::string_view name, std::string_view bytes);  // all three
  Result<void> finish();

 private:
  struct Entry {
    std::string name;
    std::uint64_t offset = 0;
    std::uint32_t crc = 0;
    std::uint64_t compressed = 0, plain = 0;
  };
  Result<void> put(std::string_view bytes);
  Result<void> deflate_some(int flush);

  ByteSink& out_;
  std::vector<Entry> entries_;  // the last one is open between begin() and end()
  std::uint64_t offset_ = 0;    // of what comes next
  z_stream stream_ = {};
  bool open_ = false;  // the stream
  std::string block_;
};

}  // namespace firmquery

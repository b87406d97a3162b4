// Compressed files: gzip (RFC 1952, by zlib) and Zstandard (RFC 8878, by libzstd), as gzip -d and zstd -d read them.
// The same bytes give the same file: no time and no name is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {

enum class Compression : std::uint8_t { none, gzip, zstd };

std::string_view extension_of(Compression compression);  // "", ".gz", ".zst"
Compression compression_of(std::string_view file_name);  // by its extension

// Compresses on the way to another sink. Not thread-safe.
class CompressingSink : public ByteSink {
 public:
  virtual Result<void> finish() = 0;  // the end of the stream has gone to `out`; nothing may follow. Once
};
// `out` must outlive it. Requires: not Compression::none. Fails (transient) for lack of memory.
Result<std::unique_ptr<CompressingSink>> compress_into(ByteSink& out, Compression compression);

// How the beginning of a file shows that it is compressed, whatever it is called; none for anything else.
constexpr std::size_t kCompressionMarkBytes = 4;
Compression compression_of_content(std::string_view beginning);

// Gives bytes one block after the other. Not thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes, 0 at the end only. Fails where a compressed stream is damaged or cut.
  virtual Result<std::size_t> read(char* buffer, std::size_t size) = 0;
};

// How a damaged stream is reported; the message says what is wrong at which byte of the compressed file.
struct DamageReport {
  ErrorKind kind = ErrorKind::integrity;
  std::string place, remedy;
};
// Decompresses what `in` gives: members or frames one after the other are one stream, as gzip -d and zstd -d have
// it; zeros that pad the end of a gzip file are passed over. Memory is that of a window: up to 32 KiB for gzip,
// 128 MiB for zstd, which refuses more. Requires: not Compression::none.
Result<std::unique_ptr<ByteSource>> decompress(std::unique_ptr<ByteSource> in, Compression compression,
                                               DamageReport report);

// The bytes of a regular file, decompressed where its name says so. Fails (kind integrity) for anything else.
Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path);

}  // namespace firmquery

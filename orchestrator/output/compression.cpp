#include "firmquery/output/compression.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace firmquery {
namespace {

constexpr std::size_t kSinkBlockBytes = 256u << 10;

Failure no_memory() {
  return fail(ErrorKind::transient, "out of memory", "--compress",
              "free memory, or leave the results uncompressed");
}

Failure fault(std::string_view library) {
  return fail(ErrorKind::integrity, std::string(library) + " cannot compress the results", "--compress",
              "leave the results uncompressed, and please report it");
}

class GzipSink : public CompressingSink {
 public:
  explicit GzipSink(ByteSink& out) : out_(out), block_(kSinkBlockBytes, '\0') {}
  ~GzipSink() override {
    if (open_) ::deflateEnd(&stream_);
  }
  GzipSink(const GzipSink&) = delete;
  GzipSink& operator=(const GzipSink&) = delete;

  Result<void> open() {
    constexpr int kGzip = 15 + 16, kMemory = 8;  // the largest window, and gzip's header; zlib's own default
    open_ = ::deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY) ==
            Z_OK;
    return open_ ? Result<void>() : no_memory();
  }

  Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, 1u << 30);
      FQ_TRY(compress(piece, Z_NO_FLUSH));
      bytes.remove_prefix(piece.size());
    }
    return {};
  }
  Result<void> finish() override { return compress({}, Z_FINISH); }

 private:
  Result<void> compress(std::string_view bytes, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    for (;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(block_.data());
      stream_.avail_out = static_cast<uInt>(block_.size());
      const int state = ::deflate(&stream_, flush);
      if (state == Z_STREAM_ERROR) return fault("zlib");
      FQ_TRY(out_.write({block_.data(), block_.size() - stream_.avail_out}));
      if (stream_.avail_out != 0) return {};
    }
  }

  ByteSink& out_;
  std::string block_;
  z_stream stream_ = {};
  bool open_ = false;
};

class ZstdSink : public CompressingSink {
 public:
  explicit ZstdSink(ByteSink& out) : out_(out), block_(kSinkBlockBytes, '\0'), context_(ZSTD_createCCtx()) {}

  Result<void> open() const {
    if (!context_) return no_memory();
    const bool checked = ZSTD_isError(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1)) == 0;
    return checked ? Result<void>() : fault("libzstd");
  }

  Result<void> write(std::string_view bytes) override { return compress(bytes, ZSTD_e_continue); }
  Result<void> finish() override { return compress({}, ZSTD_e_end); }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };

  Result<void> compress(std::string_view bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{block_.data(), block_.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
      if (ZSTD_isError(left) != 0) return fault("libzstd");
      if (out.pos > 0) FQ_TRY(out_.write({block_.data(), out.pos}));
      if (directive == ZSTD_e_end ? left == 0 : in.pos == in.size) return {};
    }
  }

  ByteSink& out_;
  std::string block_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
};

template <class Sink>
Result<std::unique_ptr<CompressingSink>> opened(std::unique_ptr<Sink> sink) {
  FQ_TRY(sink->open());
  return sink;
}

}  // namespace

std::string_view extension_of(Compression compression) {
  switch (compression) {
    case Compression::none:
      return "";
    case Compression::gzip:
      return ".gz";
    case Compression::zstd:
      return ".zst";
  }
  return "";
}

Compression compression_of(std::string_view file_name) {
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    if (file_name.ends_with(extension_of(compression))) return compression;
  }
  return Compression::none;
}

Result<std::unique_ptr<CompressingSink>> compress_into(ByteSink& out, Compression compression) {
  if (compression == Compression::zstd) return opened(std::make_unique<ZstdSink>(out));
  return opened(std::make_unique<GzipSink>(out));
}

}  // namespace firmquery

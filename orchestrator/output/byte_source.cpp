#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "firmquery/output/compression.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kBlockBytes = 256u << 10;

Failure damaged(const std::filesystem::path& path, std::string_view why) {
  return fail(ErrorKind::integrity, "the compressed data is damaged: " + std::string(why), path.string(),
              "the file was cut or altered after it was written");
}

class FileSource : public ByteSource {
 public:
  FileSource(Descriptor file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  Result<std::size_t> read(char* buffer, std::size_t size) override {
    return read_some(file_.get(), buffer, size, path_);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  Descriptor file_;
  std::filesystem::path path_;
};

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(FileSource file) : file_(std::move(file)), block_(kBlockBytes) {}
  ~GzipSource() override {
    if (open_) ::inflateEnd(&stream_);
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  Result<void> open() {
    constexpr int kGzip = 15 + 16;  // the largest window, and gzip's header
    open_ = ::inflateInit2(&stream_, kGzip) == Z_OK;
    return open_ ? Result<void>() : fail(ErrorKind::transient, "out of memory", file_.path().string());
  }

  Result<std::size_t> read(char* buffer, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted) {
      if (stream_.avail_in == 0) {
        FQ_TRY_ASSIGN(const std::size_t got, file_.read(block_.data(), block_.size()));
        if (got == 0 && between_members_) return std::size_t{0};
        if (got == 0) return damaged(file_.path(), "it ends in the middle");
        stream_.next_in = reinterpret_cast<Bytef*>(block_.data());
        stream_.avail_in = static_cast<uInt>(got);
      }
      if (between_members_ && ::inflateReset(&stream_) != Z_OK) return damaged(file_.path(), "a member");
      between_members_ = false;
      const int state = ::inflate(&stream_, Z_NO_FLUSH);
      if (state == Z_STREAM_END) {
        between_members_ = true;  // another member may follow
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        return damaged(file_.path(), stream_.msg != nullptr ? stream_.msg : "inflate fails");
      }
    }
    return static_cast<std::size_t>(wanted - stream_.avail_out);
  }

 private:
  FileSource file_;
  std::vector<char> block_;
  z_stream stream_ = {};
  bool open_ = false;
  bool between_members_ = false;
};

class ZstdSource : public ByteSource {
 public:
  explicit ZstdSource(FileSource file)
      : file_(std::move(file)), block_(kBlockBytes), context_(ZSTD_createDCtx()) {}

  Result<void> open() const {
    return context_ ? Result<void>() : fail(ErrorKind::transient, "out of memory", file_.path().string());
  }

  Result<std::size_t> read(char* buffer, std::size_t size) override {
    ZSTD_outBuffer out{buffer, size, 0};
    while (out.pos == 0) {
      // What the library still holds comes before more of the file.
      if (in_.pos == in_.size && !more_held_) {
        FQ_TRY_ASSIGN(const std::size_t got, file_.read(block_.data(), block_.size()));
        if (got == 0 && between_frames_) return std::size_t{0};
        if (got == 0) return damaged(file_.path(), "it ends in the middle");
        in_ = {block_.data(), got, 0};
      }
      const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in_);
      if (ZSTD_isError(left) != 0) return damaged(file_.path(), ZSTD_getErrorName(left));
      between_frames_ = left == 0;
      more_held_ = !between_frames_ && out.pos == out.size;
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  FileSource file_;
  std::vector<char> block_;
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  ZSTD_inBuffer in_ = {nullptr, 0, 0};
  bool between_frames_ = false;
  bool more_held_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path) {
  FQ_TRY_ASSIGN(Descriptor descriptor, open_regular(path, O_RDONLY, "open"));
  FileSource file(std::move(descriptor), path);
  switch (compression_of(path.filename().string())) {
    case Compression::none:
      return std::make_unique<FileSource>(std::move(file));
    case Compression::gzip: {
      auto source = std::make_unique<GzipSource>(std::move(file));
      FQ_TRY(source->open());
      return source;
    }
    case Compression::zstd: {
      auto source = std::make_unique<ZstdSource>(std::move(file));
      FQ_TRY(source->open());
      return source;
    }
  }
  return std::unique_ptr<ByteSource>();
}

}  // namespace firmquery

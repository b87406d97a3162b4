#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "firmquery/output/compression.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

class FileSource : public ByteSource {
 public:
  FileSource(Descriptor file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  Result<std::size_t> read(char* buffer, std::size_t size) override {
    return read_some(file_.get(), buffer, size, path_);
  }

 private:
  Descriptor file_;
  std::filesystem::path path_;
};

// The compressed bytes, a block at a time, and where they are.
class CompressedInput {
 public:
  CompressedInput(std::unique_ptr<ByteSource> in, DamageReport report)
      : in_(std::move(in)), report_(std::move(report)), block_(kBlockBytes) {}

  // The next block; empty at the end.
  Result<std::string_view> next() {
    begin_ += size_;
    FQ_TRY_ASSIGN(size_, in_->read(block_.data(), block_.size()));
    return std::string_view(block_.data(), size_);
  }

  // `left`: bytes of the block that the decoder has not taken.
  Failure damaged(std::string_view why, std::size_t left) const {
    return fail(report_.kind,
                fmt::format("the compressed data is damaged at byte {}: {}", begin_ + size_ - left, why),
                report_.place, report_.remedy);
  }
  Failure cut() const {
    return fail(report_.kind, fmt::format("the compressed data ends in the middle, at byte {}", begin_),
                report_.place, report_.remedy);
  }
  Failure no_memory() const { return fail(ErrorKind::transient, "out of memory", report_.place); }

 private:
  static constexpr std::size_t kBlockBytes = 256u << 10;
  std::unique_ptr<ByteSource> in_;
  const DamageReport report_;
  std::vector<char> block_;
  std::uint64_t begin_ = 0;  // of the block in the file
  std::size_t size_ = 0;     // of the block
};

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(CompressedInput in) : in_(std::move(in)) {}
  ~GzipSource() override {
    if (open_) ::inflateEnd(&stream_);
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  Result<void> open() {
    constexpr int kGzip = 15 + 16;  // the largest window, and gzip's header
    open_ = ::inflateInit2(&stream_, kGzip) == Z_OK;
    return open_ ? Result<void>() : in_.no_memory();
  }

  Result<std::size_t> read(char* buffer, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted) {
      if (stream_.avail_in == 0) {
        FQ_TRY_ASSIGN(const std::string_view block, in_.next());
        if (block.empty() && between_members_) return std::size_t{0};
        if (block.empty()) return in_.cut();
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(block.data()));
        stream_.avail_in = static_cast<uInt>(block.size());
      }
      if (between_members_) {
        FQ_TRY_ASSIGN(const bool another, begin_member());
        if (!another) continue;
      }
      const int state = ::inflate(&stream_, Z_NO_FLUSH);
      if (state == Z_STREAM_END) {
        between_members_ = true;  // another member may follow
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        return in_.damaged(stream_.msg != nullptr ? stream_.msg : "inflate fails", stream_.avail_in);
      }
    }
    return static_cast<std::size_t>(wanted - stream_.avail_out);
  }

 private:
  // What was written in blocks, to a tape say, ends in zeros.
  Result<bool> begin_member() {
    while (stream_.avail_in > 0 && *stream_.next_in == 0) {
      padded_ = true;
      ++stream_.next_in, --stream_.avail_in;
    }
    if (stream_.avail_in == 0) return false;
    if (padded_) return in_.damaged("what follows is not gzip", stream_.avail_in);
    if (::inflateReset(&stream_) != Z_OK) return in_.damaged("inflate cannot go on", stream_.avail_in);
    between_members_ = false;
    return true;
  }

  CompressedInput in_;
  z_stream stream_ = {};
  bool open_ = false;
  bool between_members_ = false;
  bool padded_ = false;
};

class ZstdSource : public ByteSource {
 public:
  explicit ZstdSource(CompressedInput in) : in_(std::move(in)), context_(ZSTD_createDCtx()) {}

  Result<void> open() const { return context_ ? Result<void>() : in_.no_memory(); }

  Result<std::size_t> read(char* buffer, std::size_t size) override {
    ZSTD_outBuffer out{buffer, size, 0};
    while (out.pos == 0) {
      // What the library still holds comes before more of the file.
      if (block_.pos == block_.size && !more_held_) {
        FQ_TRY_ASSIGN(const std::string_view block, in_.next());
        if (block.empty() && between_frames_) return std::size_t{0};
        if (block.empty()) return in_.cut();
        block_ = {block.data(), block.size(), 0};
      }
      const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &block_);
      if (ZSTD_isError(left) != 0) return in_.damaged(ZSTD_getErrorName(left), block_.size - block_.pos);
      between_frames_ = left == 0;
      more_held_ = !between_frames_ && out.pos == out.size;
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  CompressedInput in_;
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  ZSTD_inBuffer block_ = {nullptr, 0, 0};
  bool between_frames_ = false;
  bool more_held_ = false;
};

template <class Source>
Result<std::unique_ptr<ByteSource>> opened(CompressedInput in) {
  auto source = std::make_unique<Source>(std::move(in));
  FQ_TRY(source->open());
  return source;
}

}  // namespace

Compression compression_of_content(std::string_view beginning) {
  if (beginning.starts_with("\x1F\x8B\x08")) return Compression::gzip;
  if (beginning.starts_with("\x28\xB5\x2F\xFD")) return Compression::zstd;
  // A frame to be skipped, with which some writers of zstd begin.
  const bool skippable =
      beginning.size() >= 4 && (beginning[0] & 0xF0) == 0x50 && beginning.substr(1, 3) == "\x2A\x4D\x18";
  return skippable ? Compression::zstd : Compression::none;
}

Result<std::unique_ptr<ByteSource>> decompress(std::unique_ptr<ByteSource> in, Compression compression,
                                               DamageReport report) {
  CompressedInput input(std::move(in), std::move(report));
  if (compression == Compression::zstd) return opened<ZstdSource>(std::move(input));
  return opened<GzipSource>(std::move(input));
}

Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path) {
  FQ_TRY_ASSIGN(Descriptor descriptor, open_regular(path, O_RDONLY, "open"));
  auto file = std::make_unique<FileSource>(std::move(descriptor), path);
  const Compression compression = compression_of(path.filename().string());
  if (compression == Compression::none) return file;
  return decompress(
      std::move(file), compression,
      {ErrorKind::integrity, path.string(), "the file was cut or altered after it was written"});
}

}  // namespace firmquery

#include "zip_writer.hpp"

#include <algorithm>
#include <utility>

namespace firmquery {
namespace {

constexpr std::size_t kBlockBytes = 64u << 10;
// Sheets are so regular that a higher level costs thrice the time for a fifth of the size.
constexpr int kLevel = 2;
constexpr std::uint64_t kNarrow = UINT32_MAX;  // stands where the 64-bit form has the value

// Little-endian.
void append16(std::string& out, std::uint64_t value) {
  for (int shift = 0; shift < 16; shift += 8) out += static_cast<char>((value >> shift) & 0xFF);
}
void append32(std::string& out, std::uint64_t value) {
  append16(out, value & 0xFFFF);
  append16(out, value >> 16);
}
void append64(std::string& out, std::uint64_t value) {
  append32(out, value & kNarrow);
  append32(out, value >> 32);
}

// What local and central header have in common: flags, method, time and date (1980-01-01).
void append_manner(std::string& out, unsigned version) {
  constexpr unsigned kSizesFollow = 8, kDeflate = 8, kFirstDay = (1u << 5) | 1u;
  append16(out, version);
  append16(out, kSizesFollow);
  append16(out, kDeflate);
  append16(out, 0);
  append16(out, kFirstDay);
}

}  // namespace

ZipWriter::ZipWriter(ByteSink& out) : out_(out), block_(kBlockBytes, '\0') {}

ZipWriter::~ZipWriter() {
  if (open_) ::deflateEnd(&stream_);
}

Result<void> ZipWriter::put(std::string_view bytes) {
  offset_ += bytes.size();
  return out_.write(bytes);
}

Result<void> ZipWriter::begin(std::string_view name) {
  constexpr int kRaw = -15;
  if (!open_) {
    if (::deflateInit2(&stream_, kLevel, Z_DEFLATED, kRaw, 9, Z_DEFAULT_STRATEGY) != Z_OK)
      return fail(ErrorKind::transient, "out of memory");
    open_ = true;
  } else {
    ::deflateReset(&stream_);
  }
  Entry& entry = entries_.emplace_back();
  entry.name = name;
  entry.offset = offset_;
  std::string header = "PK\x03\x04";
  append_manner(header, 20);
  append32(header, 0);
  append32(header, 0);
  append32(header, 0);
  append16(header, name.size());
  append16(header, 0);
  header += name;
  return put(header);
}

Result<void> ZipWriter::write(std::string_view bytes) {
  Entry& entry = entries_.back();
  entry.plain += bytes.size();
  entry.crc = static_cast<std::uint32_t>(
      ::crc32_z(entry.crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  while (!bytes.empty()) {
    const std::size_t now = std::min<std::size_t>(bytes.size(), 1u << 30);
    // zlib does not write to its input, and its type says so only where ZLIB_CONST is defined.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(now);
    FQ_TRY(deflate_some(Z_NO_FLUSH));
    bytes.remove_prefix(now);
  }
  return {};
}

Result<void> ZipWriter::deflate_some(int flush) {
  for (;;) {
    stream_.next_out = reinterpret_cast<Bytef*>(block_.data());
    stream_.avail_out = static_cast<uInt>(block_.size());
    const int state = ::deflate(&stream_, flush);
    const std::size_t got = block_.size() - stream_.avail_out;
    entries_.back().compressed += got;
    if (got > 0) FQ_TRY(put(std::string_view(block_).substr(0, got)));
    if (flush == Z_FINISH ? state == Z_STREAM_END : stream_.avail_in == 0 && stream_.avail_out > 0) return {};
    if (state != Z_OK && state != Z_BUF_ERROR) return fail(ErrorKind::integrity, "zlib cannot compress");
  }
}

Result<void> ZipWriter::end() {
  stream_.next_in = nullptr;
  stream_.avail_in = 0;
  FQ_TRY(deflate_some(Z_FINISH));
  const Entry& entry = entries_.back();
  if (entry.plain > kPartBytesMax || entry.compressed > kPartBytesMax)
    return fail(ErrorKind::integrity, "a part of the workbook is larger than 4 GiB", entry.name);
  std::string behind = "PK\x07\x08";
  append32(behind, entry.crc);
  append32(behind, entry.compressed);
  append32(behind, entry.plain);
  return put(behind);
}

Result<void> ZipWriter::part(std::string_view name, std::string_view bytes) {
  FQ_TRY(begin(name));
  FQ_TRY(write(bytes));
  return end();
}

Result<void> ZipWriter::finish() {
  const std::uint64_t directory = offset_;
  for (const Entry& entry : entries_) {
    const bool far = entry.offset >= kNarrow;
    std::string header = "PK\x01\x02";
    append16(header, far ? 45 : 20);
    append_manner(header, far ? 45 : 20);
    append32(header, entry.crc);
    append32(header, entry.compressed);
    append32(header, entry.plain);
    append16(header, entry.name.size());
    append16(header, far ? 12 : 0);  // of the extra field
    append16(header, 0);
    append16(header, 0);
    append16(header, 0);
    append32(header, 0);
    append32(header, std::min(entry.offset, kNarrow));
    header += entry.name;
    if (far) {
      append16(header, 1);
      append16(header, 8);
      append64(header, entry.offset);
    }
    FQ_TRY(put(header));
  }
  const std::uint64_t end = offset_, size = end - directory;
  constexpr std::uint64_t kEntriesNarrow = UINT16_MAX;
  std::string tail;
  if (end >= kNarrow || entries_.size() >= kEntriesNarrow) {
    tail += "PK\x06\x06";
    append64(tail, 44);
    append16(tail, 45);
    append16(tail, 45);
    append32(tail, 0);
    append32(tail, 0);
    append64(tail, entries_.size());
    append64(tail, entries_.size());
    append64(tail, size);
    append64(tail, directory);
    tail += "PK\x06\x07";
    append32(tail, 0);
    append64(tail, end);
    append32(tail, 1);
  }
  tail += "PK\x05\x06";
  append32(tail, 0);
  append16(tail, std::min<std::uint64_t>(entries_.size(), kEntriesNarrow));
  append16(tail, std::min<std::uint64_t>(entries_.size(), kEntriesNarrow));
  append32(tail, std::min(size, kNarrow));
  append32(tail, std::min(directory, kNarrow));
  append16(tail, 0);
  return put(tail);
}

}  // namespace firmquery

#include "publishing/row_index.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "firmquery/core/key_text.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

constexpr std::uint64_t kChained = std::uint64_t{1} << 63;
constexpr std::size_t kGapMax = 256;     // entries between two that are still read or written in one piece
constexpr std::size_t kPieceMax = 4096;  // entries in such a piece

// As it stands in the file: a piece of the part, or numbers of the first and the last piece of a chain with kChained in
// `bytes`. No bytes: the ID has no rows.
struct Entry {
  std::uint64_t offset = 0, bytes = 0;
};
struct Link {
  std::uint64_t offset = 0, bytes = 0, next = 0;  // next: 0 for none, else the number of the next, from 1
};

Result<void> write_all(int fd, const void* data, std::size_t size, std::uint64_t position,
                       const std::filesystem::path& directory) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t put = ::pwrite(fd, at, size, static_cast<off_t>(position));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return file_failure(directory / ".merge", "write the index of rows", put < 0 ? errno : EIO);
    at += put;
    size -= static_cast<std::size_t>(put);
    position += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<void> read_all(int fd, void* data, std::size_t size, std::uint64_t position,
                      const std::filesystem::path& directory) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = ::pread(fd, at, size, static_cast<off_t>(position));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return file_failure(directory / ".merge", "read the index of rows", got < 0 ? errno : EIO);
    at += got;
    size -= static_cast<std::size_t>(got);
    position += static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace

Result<MappedFile> MappedFile::map(int file, std::uint64_t bytes, const std::filesystem::path& path) {
  MappedFile mapped;
  if (bytes == 0) return mapped;
  void* const data = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
  if (data == MAP_FAILED) return file_failure(path, "map", errno);
  mapped.data_ = static_cast<const char*>(data);
  mapped.bytes_ = bytes;
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}
MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), bytes_);
}

void MappedFile::give_back(std::uint64_t begin, std::uint64_t end) const {
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  begin = begin / page * page;
  end = std::min<std::uint64_t>((end + page - 1) / page * page, bytes_);
  if (begin < end) ::madvise(const_cast<char*>(data_) + begin, end - begin, MADV_DONTNEED);
}

// Rows come in ascending order of their IDs as a rule, but in any order within a range: they are held until there are
// enough, sorted, and written where they belong.
class RowIndex::Builder {
 public:
  Builder(RowIndex& index, const Part& part, const IdSet& ids, RowKey key)
      : index_(index), part_(part), ids_(ids), key_(key), hint_(part.ids.begin) {}

  Result<void> run(const std::stop_token& stop) {
    FQ_TRY_ASSIGN(entries_, unnamed_file(index_.directory_));
    FQ_TRY_ASSIGN(CsvRecords records, CsvRecords::open(part_.path));
    held_.reserve(kHeldMax);
    constexpr std::uint64_t kLook = 4096;
    while (position_ < part_.bytes) {
      std::string_view record;
      FQ_TRY_ASSIGN(const bool more, records.next(record));
      if (!more) return wrong("the file ends early");
      FQ_TRY(row(record));
      if (++index_.rows_ % kLook == 0 && stop.stop_requested())
        return fail(ErrorKind::interrupted, "interrupted");
    }
    FQ_TRY(flush());
    FQ_TRY(write_links());
    index_.known_ = written_;
    FQ_TRY_ASSIGN(index_.entries_,
                  MappedFile::map(entries_.get(), written_ * sizeof(Entry), index_.directory_));
    return {};
  }

 private:
  struct Held {
    std::uint64_t rank, offset, bytes;
  };
  static constexpr std::size_t kHeldMax = 1 << 16, kLinksMax = 1 << 15;

  Failure wrong(const std::string& what) const {
    return fail(ErrorKind::integrity, fmt::format("{} at byte {}", what, position_), part_.path.string(),
                "the file was altered while the run worked on it: start a new run");
  }

  Result<void> row(std::string_view record) {
    std::string_view key;
    bool is_null = false;
    if (!key_.read_csv(record, scratch_, key, is_null) || is_null) return wrong("a row has no key");
    const bool same = !held_.empty() && key == last_key_;
    if (!same) {
      last_key_.assign(key);
      if (!read_key(key, ids_.type(), canonical_)) return wrong("a row has a key that is no ID");
      rank_ = ids_.find(canonical_, part_.ids.begin, part_.ids.end, hint_);
      if (rank_ == IdSet::npos) return wrong("a row has a key that was not asked for");
      hint_ = rank_ + 1;
    }
    const std::uint64_t offset = position_;
    position_ += record.size();
    if (same && held_.back().offset + held_.back().bytes == offset) {
      held_.back().bytes += record.size();
      return {};
    }
    if (held_.size() == kHeldMax) FQ_TRY(flush());
    held_.push_back({rank_ - part_.ids.begin, offset, record.size()});
    return {};
  }

  Result<void> flush() {
    const auto before = [](const Held& a, const Held& b) {
      return a.rank != b.rank ? a.rank < b.rank : a.offset < b.offset;
    };
    if (!std::is_sorted(held_.begin(), held_.end(), before)) std::sort(held_.begin(), held_.end(), before);
    for (std::size_t i = 0; i < held_.size();) {
      const std::uint64_t first = held_[i].rank;
      std::size_t end = i + 1;
      while (end < held_.size() && held_[end].rank - held_[end - 1].rank <= kGapMax &&
             held_[end].rank - first < kPieceMax)
        ++end;
      FQ_TRY(write_piece(i, end));
      i = end;
    }
    held_.clear();
    last_key_.clear();
    return {};
  }

  Result<void> write_piece(std::size_t begin, std::size_t end) {
    const std::uint64_t first = held_[begin].rank, last = held_[end - 1].rank;
    piece_.assign(last - first + 1, Entry());
    if (first < written_) {
      const std::uint64_t known = std::min(written_, last + 1) - first;
      FQ_TRY(read_all(entries_.get(), piece_.data(), known * sizeof(Entry), first * sizeof(Entry),
                      index_.directory_));
    }
    for (std::size_t i = begin; i < end; ++i) FQ_TRY(add(piece_[held_[i].rank - first], held_[i]));
    FQ_TRY(write_all(entries_.get(), piece_.data(), piece_.size() * sizeof(Entry), first * sizeof(Entry),
                     index_.directory_));
    written_ = std::max(written_, last + 1);
    return {};
  }

  Result<void> add(Entry& entry, const Held& held) {
    if (entry.bytes == 0) {
      entry = {held.offset, held.bytes};
      ++index_.found_;
      return {};
    }
    const bool chained = (entry.bytes & kChained) != 0;
    if (!chained && entry.offset + entry.bytes == held.offset) {
      entry.bytes += held.bytes;
      return {};
    }
    if (!chained) {
      FQ_TRY_ASSIGN(const std::uint64_t number, link({entry.offset, entry.bytes, 0}));
      entry = {number, number | kChained};
    }
    FQ_TRY_ASSIGN(const std::uint64_t number, link({held.offset, held.bytes, 0}));
    FQ_TRY(follow(entry.bytes & ~kChained, number));
    entry.bytes = number | kChained;
    return {};
  }

  // The new link's number.
  Result<std::uint64_t> link(const Link& made) {
    if (links_.size() == kLinksMax) FQ_TRY(write_links());
    links_.push_back(made);
    return links_written_ + links_.size();
  }

  Result<void> follow(std::uint64_t number, std::uint64_t next) {
    if (number > links_written_) {
      links_[number - links_written_ - 1].next = next;
      return {};
    }
    return write_all(index_.chain_.get(), &next, sizeof next,
                     (number - 1) * sizeof(Link) + offsetof(Link, next), index_.directory_);
  }

  Result<void> write_links() {
    if (links_.empty()) return {};
    if (index_.chain_.get() < 0) {
      FQ_TRY_ASSIGN(index_.chain_, unnamed_file(index_.directory_));
    }
    FQ_TRY(write_all(index_.chain_.get(), links_.data(), links_.size() * sizeof(Link),
                     links_written_ * sizeof(Link), index_.directory_));
    links_written_ += links_.size();
    links_.clear();
    return {};
  }

  RowIndex& index_;
  const Part& part_;
  const IdSet& ids_;
  const RowKey key_;
  std::size_t hint_;
  std::size_t rank_ = 0;
  std::uint64_t position_ = 0;
  std::string scratch_, last_key_, canonical_;
  Descriptor entries_;
  std::vector<Held> held_;
  std::vector<Entry> piece_;
  std::uint64_t written_ = 0;  // entries that the file has, holes included
  std::vector<Link> links_;    // that the file does not have yet
  std::uint64_t links_written_ = 0;
};

Result<RowIndex> RowIndex::build(const Part& part, const IdSet& ids, RowKey key,
                                 const std::filesystem::path& directory, const std::stop_token& stop) {
  RowIndex index;
  index.ids_ = part.ids;
  index.directory_ = directory;
  if (part.bytes == 0) return index;
  FQ_TRY(Builder(index, part, ids, key).run(stop));
  const Descriptor file(::open(part.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0) return file_failure(part.path, "open", errno);
  FQ_TRY_ASSIGN(index.part_, MappedFile::map(file.get(), part.bytes, part.path));
  return index;
}

void RowIndex::find(std::span<const std::uint64_t> ranks, std::span<RowPlace> places) const {
  std::uint64_t window = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const std::uint64_t number = ranks[i] - ids_.begin;
    places[i] = {};
    if (number >= known_) continue;
    const std::uint64_t at = number * sizeof(Entry);
    if (at > window + MappedFile::kWindowBytes) entries_.give_back(std::exchange(window, at), at);
    Entry entry;
    std::memcpy(&entry, entries_.text(at, sizeof entry).data(), sizeof entry);
    places[i] = {entry.offset, entry.bytes & ~kChained, (entry.bytes & kChained) != 0};
  }
  if (!ranks.empty()) entries_.give_back();
}

Result<void> RowIndex::each_piece(
    const RowPlace& place,
    const std::function<Result<void>(std::uint64_t offset, std::uint64_t bytes)>& take) const {
  if (place.empty()) return {};
  if (!place.chained) return take(place.offset, place.bytes);
  for (std::uint64_t number = place.offset; number != 0;) {
    Link link;
    FQ_TRY(read_all(chain_.get(), &link, sizeof link, (number - 1) * sizeof link, directory_));
    FQ_TRY(take(link.offset, link.bytes));
    number = link.next;
  }
  return {};
}

}  // namespace firmquery

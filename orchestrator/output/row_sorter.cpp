#include "firmquery/output/row_sorter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "firmquery/output/files.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kStretchBlock = 256 << 10;

struct Lengths {
  std::uint32_t id, row;
};

// For a heap whose front is the least.
template <class Compare>
auto after(const Compare& compare) {
  return [&compare](const auto& a, const auto& b) { return compare(a->id, a->row, b->id, b->row) > 0; };
}

}  // namespace

// A sorted part of the file, at one of its rows.
class RowSorter::Stretch {
 public:
  Stretch(int file, std::uint64_t begin, std::uint64_t end) : file_(file), read_(begin), end_(end) {}

  Result<bool> next(const std::filesystem::path& place) {
    position_ += taken_;
    taken_ = 0;
    FQ_TRY_ASSIGN(const bool more, fill(sizeof(Lengths), place));
    if (!more) return false;
    Lengths lengths;
    std::memcpy(&lengths, block_.data() + position_, sizeof lengths);
    const std::size_t bytes = sizeof lengths + lengths.id + lengths.row;
    FQ_TRY(fill(bytes, place));
    const char* at = block_.data() + position_ + sizeof lengths;
    id = {at, lengths.id};
    row = {at + lengths.id, lengths.row};
    taken_ = bytes;
    return true;
  }

  std::string_view id, row;

 private:
  // At least so many bytes from the position on; false: none are left.
  Result<bool> fill(std::size_t bytes, const std::filesystem::path& place) {
    if (block_.size() - position_ >= bytes) return true;
    block_.erase(0, std::exchange(position_, 0));
    std::size_t filled = block_.size();
    const std::uint64_t rest = end_ - read_;
    block_.resize(filled + std::min<std::uint64_t>(rest, std::max(bytes - filled, kStretchBlock)));
    while (filled < block_.size()) {
      const ssize_t got =
          ::pread(file_, block_.data() + filled, block_.size() - filled, static_cast<off_t>(read_));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return file_failure(place, "read back", got < 0 ? errno : EIO);
      filled += static_cast<std::size_t>(got);
      read_ += static_cast<std::uint64_t>(got);
    }
    return filled >= bytes;
  }

  const int file_;
  std::uint64_t read_;
  const std::uint64_t end_;
  std::string block_;
  std::size_t position_ = 0, taken_ = 0;
};

RowSorter::RowSorter(IdType type, std::filesystem::path scratch, std::size_t memory)
    : type_(type), scratch_(std::move(scratch)), memory_(memory) {}
RowSorter::RowSorter(RowSorter&&) noexcept = default;
RowSorter& RowSorter::operator=(RowSorter&&) noexcept = default;
RowSorter::~RowSorter() = default;

int RowSorter::compare(std::string_view id_a, std::string_view row_a, std::string_view id_b,
                       std::string_view row_b) const {
  const int by_id = id_a == id_b ? 0 : compare_canonical(id_a, id_b, type_);
  return by_id != 0 ? by_id : row_a.compare(row_b);
}

bool RowSorter::before(const Entry& a, const Entry& b) const {
  return compare(id_of(a), row_of(a), id_of(b), row_of(b)) < 0;
}

Result<void> RowSorter::add(std::string_view id, std::string_view row) {
  const std::size_t held = bytes_.size() + entries_.size() * sizeof(Entry);
  if (!entries_.empty() && held + id.size() + row.size() + sizeof(Entry) > memory_) FQ_TRY(spill());
  const Entry entry{bytes_.size(), static_cast<std::uint32_t>(id.size()),
                    static_cast<std::uint32_t>(row.size())};
  bytes_ += id;
  bytes_ += row;
  entries_.push_back(entry);
  if (entries_.size() > 1 && in_order_) in_order_ = !before(entry, entries_[entries_.size() - 2]);
  return {};
}

void RowSorter::sort_memory() {
  if (!std::exchange(in_order_, true)) {
    std::sort(entries_.begin(), entries_.end(),
              [this](const Entry& a, const Entry& b) { return before(a, b); });
  }
}

Result<void> RowSorter::spill() {
  sort_memory();
  if (file_.get() < 0) {
    FQ_TRY_ASSIGN(file_, unnamed_file(scratch_));
  }
  const std::uint64_t begin = file_bytes_;
  std::string block;
  const auto write = [&]() -> Result<void> {
    FQ_TRY(write_at(file_.get(), block, file_bytes_, scratch_));
    file_bytes_ += block.size();
    block.clear();
    return {};
  };
  for (const Entry& entry : entries_) {
    const Lengths lengths{entry.id_bytes, entry.row_bytes};
    block.append(reinterpret_cast<const char*>(&lengths), sizeof lengths);
    block.append(bytes_, entry.begin, std::size_t{entry.id_bytes} + entry.row_bytes);
    if (block.size() >= kStretchBlock) FQ_TRY(write());
  }
  FQ_TRY(write());
  stretches_.push_back(std::make_unique<Stretch>(file_.get(), begin, file_bytes_));
  bytes_.clear();
  entries_.clear();
  return {};
}

Result<void> RowSorter::sort() {
  if (stretches_.empty()) {
    sort_memory();
    return {};
  }
  if (!entries_.empty()) FQ_TRY(spill());
  for (const auto& stretch : stretches_) FQ_TRY(stretch->next(scratch_));  // none is empty
  const auto order = [this](auto... values) { return compare(values...); };
  std::make_heap(stretches_.begin(), stretches_.end(), after(order));
  given_ = 0;
  return {};
}

Result<bool> RowSorter::next() {
  if (!stretches_.empty()) return next_of_stretches();
  if (given_ < entries_.size()) {
    const Entry& entry = entries_[given_++];
    id_ = id_of(entry);
    row_ = row_of(entry);
    return true;
  }
  given_ = 0;
  bytes_.clear();
  entries_.clear();
  return false;
}

Result<bool> RowSorter::next_of_stretches() {
  const auto order = [this](auto... values) { return compare(values...); };
  // The row at the front was given by the last call, which the views of it have outlived.
  if (std::exchange(given_, 1) > 0) {
    std::pop_heap(stretches_.begin(), stretches_.end(), after(order));
    FQ_TRY_ASSIGN(const bool more, stretches_.back()->next(scratch_));
    if (more) {
      std::push_heap(stretches_.begin(), stretches_.end(), after(order));
    } else {
      stretches_.pop_back();
    }
  }
  if (!stretches_.empty()) {
    id_ = stretches_.front()->id;
    row_ = stretches_.front()->row;
    return true;
  }
  given_ = 0;
  file_.close();
  file_bytes_ = 0;
  return false;
}

}  // namespace firmquery

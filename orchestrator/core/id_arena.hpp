// IDs of any length: their bytes in one blob, and for each ID an entry of 16 bytes that says where it lies
// and carries a key. Keys never contradict the order of the IDs, so most comparisons need not touch the blob:
//   text     the eight bytes after the prefix that all IDs share ("CUST-0000" would else make all keys equal)
//   numeric  sign, number of digits before the point, and the first fifteen digits
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "firmquery/core/id_type.hpp"
#include "pod_buffer.hpp"

namespace firmquery {

class IdArena {
 public:
  static constexpr std::uint64_t kLengthBits = 24;  // 16 MiB an ID
  static constexpr std::uint64_t kOffsetBits = 40;  // 1 TiB altogether

  IdArena(IdType type, Memory& memory)
      : type_(type), blob_(std::make_shared<PodBuffer<char>>(memory)), entries_(memory) {}

  IdType type() const { return type_; }
  std::size_t size() const { return entries_.size(); }
  std::string_view operator[](std::size_t index) const { return text(entries_[index]); }
  // Fetches the bytes of the ID at `index`, if there is one, before they are needed.
  void prefetch(std::size_t index) const {
    if (index < entries_.size()) __builtin_prefetch(blob_->data() + (entries_[index].place >> kLengthBits));
  }

  void add(std::string_view canonical);

  // Sorts and removes repeats; returns the IDs that were there more than once, which share the blob.
  IdArena sort_unique(Executor& executor);

  // After sort_unique(): the rank of an ID within [begin, end), or kNoRank.
  std::size_t find(std::string_view canonical, std::size_t begin, std::size_t end, std::size_t hint) const;

 private:
  struct Entry {
    std::uint64_t key;    // set by sort_unique()
    std::uint64_t place;  // offset and length
  };

  std::string_view text(const Entry& entry) const {
    return {blob_->data() + (entry.place >> kLengthBits), entry.place & ((1u << kLengthBits) - 1)};
  }
  std::uint64_t key_of(std::string_view canonical) const;
  void sort_equal_keys();

  IdType type_;
  std::shared_ptr<PodBuffer<char>> blob_;
  PodBuffer<Entry> entries_;
  std::size_t shared_prefix_ = 0;  // bytes with which all IDs start; text only
};

}  // namespace firmquery

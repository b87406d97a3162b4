// A sorted set of unique IDs, compact enough for a hundred million of them, and the builder that makes one.
//
// Storage is chosen by what the IDs are: 8 bytes for an int; 16 for a uuid; 8 for a text ID of at most 18
// decimal digits (an order-preserving code, leading zeros kept) as long as all IDs are such; otherwise the
// ID's bytes and 16 more. There is no std::string per ID.
//
// Order is compare_canonical()'s; an index is an ID's rank in it. Indexes are half-open intervals [begin, end).
// IdSet is immutable: any number of threads may read it. IdSetBuilder belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmquery/core/digest.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/core/resources.hpp"

namespace firmquery {

// IDs that are eight bytes each and in the order of these: of type int the value, as far as it is not negative; of type
// text 1 to 18 decimal digits, leading zeros kept, by the code of decimal_code.hpp.
struct PackedIds {
  IdType type = IdType::integer;
  std::span<const std::uint64_t> values;
};
void append_packed(IdType type, std::uint64_t packed, std::string& out);  // its canonical form

class IdSet {
 public:
  class Storage;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  IdSet();  // empty, of type text
  explicit IdSet(IdType type, std::unique_ptr<const Storage> storage);
  IdSet(IdSet&&) noexcept;
  IdSet& operator=(IdSet&&) noexcept;
  ~IdSet();

  IdType type() const { return type_; }
  std::size_t size() const;
  bool empty() const { return size() == 0; }

  // Appends the canonical form of the ID at `index` (< size()) to `out`.
  void append_canonical(std::size_t index, std::string& out) const;
  std::string canonical(std::size_t index) const;

  // Appends the canonical forms of [begin, end), each with a LF behind it; much faster than one at a time.
  void append_lines(std::size_t begin, std::size_t end, std::string& out) const;
  // True when no ID can hold anything but ASCII letters, digits, signs and points: nothing needs quotes.
  bool plain() const;

  // Rank of a canonical ID within [begin, end), or npos. `hint` is where to look first: rows usually come
  // in order, so the last hit plus one makes the search O(1).
  std::size_t find(std::string_view canonical, std::size_t begin, std::size_t end,
                   std::size_t hint = npos) const;
  std::size_t find(std::string_view canonical) const { return find(canonical, 0, size()); }

  // The rank of each, or npos, for IDs in any order: several are looked for at once, so that none waits for memory alone.
  // Requires: as many ranks as IDs.
  void find_each(std::span<const std::string_view> canonical, std::span<std::size_t> ranks) const;

  // int only: the interval of ranks whose values are within [low, high]; what an int2 or int4 column can hold.
  std::pair<std::size_t, std::size_t> integer_interval(std::int64_t low, std::int64_t high) const;

  Digest digest() const;  // O(size)
  Digest digest(std::size_t begin, std::size_t end) const;

 private:
  IdType type_;
  std::unique_ptr<const Storage> storage_;
};

// Whether a packed ID may be in a set, in a few cycles; most that are not are told so.
class PackedFilter {
 public:
  explicit PackedFilter(const IdSet& ids);
  bool may_hold(std::uint64_t packed) const {
    const std::uint64_t place = place_of(packed);
    return (bits_[place / 64] >> (place % 64) & 1) != 0;
  }

 private:
  std::uint64_t place_of(std::uint64_t packed) const { return packed * 0x9E3779B97F4A7C15u >> shift_; }

  int shift_;
  std::vector<std::uint64_t> bits_;
};

struct SortedIds {
  IdSet unique;
  IdSet repeated;                // the IDs that were added more than once
  std::uint64_t duplicates = 0;  // additions beyond the first of each ID
};

class IdSetBuilder {
 public:
  // `resources` must outlive the builder, and its memory the sets that it makes.
  explicit IdSetBuilder(IdType type, const Resources& resources = {});
  ~IdSetBuilder();
  IdSetBuilder(const IdSetBuilder&) = delete;
  IdSetBuilder& operator=(const IdSetBuilder&) = delete;

  void add(std::int64_t id);             // Requires: type int
  void add(std::string_view canonical);  // any type; must be canonical
  void add(const PackedIds& ids);        // Requires: of the builder's type
  std::uint64_t size() const;            // additions so far, repeats included

  // Sorts and removes repeats, in place. The builder is empty afterwards.
  SortedIds finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace firmquery

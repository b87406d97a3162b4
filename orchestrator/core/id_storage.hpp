// How an IdSet keeps its IDs: one class for each kind of ID, all of them sorted and without repeats.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "firmquery/core/id_set.hpp"
#include "id_arena.hpp"
#include "pod_buffer.hpp"
#include "uuid.hpp"

namespace firmquery {

class IdSet::Storage {
 public:
  virtual ~Storage() = default;
  virtual std::size_t size() const = 0;
  virtual void append_canonical(std::size_t index, std::string& out) const = 0;
  // Requires: begin <= end <= size().
  virtual std::size_t find(std::string_view canonical, std::size_t begin, std::size_t end,
                           std::size_t hint) const = 0;
  virtual void find_each(std::span<const std::string_view> canonical, std::span<std::size_t> ranks) const;
  virtual void append_lines(std::size_t begin, std::size_t end, std::string& out) const = 0;
  virtual bool plain() const = 0;
  virtual Digest digest(std::size_t begin, std::size_t end) const = 0;
  virtual std::pair<std::size_t, std::size_t> integer_interval(std::int64_t low, std::int64_t high) const;
};

using StoragePointer = std::unique_ptr<const IdSet::Storage>;

// Requires: ascending, without repeats.
StoragePointer make_integer_storage(PodBuffer<std::int64_t> values);
StoragePointer make_uuid_storage(PodBuffer<Uuid> values);
StoragePointer make_decimal_storage(PodBuffer<std::uint64_t> codes);  // of encode_decimal()
StoragePointer make_arena_storage(IdArena ids);

}  // namespace firmquery

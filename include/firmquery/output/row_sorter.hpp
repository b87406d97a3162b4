// Puts rows in the order of the IDs that they answer, and those of one ID in the order of their bytes: in memory as
// long as they fit, beyond that by sorted stretches of a file that has no name, which are merged as they are read.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery {

class RowSorter {
 public:
  static constexpr std::size_t kMemory = std::size_t{48} << 20;

  // `scratch`: the directory of the file. `memory`: bytes of rows that are held.
  RowSorter(IdType type, std::filesystem::path scratch, std::size_t memory = kMemory);
  RowSorter(RowSorter&&) noexcept;
  RowSorter& operator=(RowSorter&&) noexcept;
  ~RowSorter();

  Result<void> add(std::string_view id, std::string_view row);
  // Once, behind the last add(). Then next(), until it says that there is no more; then everything begins anew.
  Result<void> sort();
  Result<bool> next();
  // Of the row that next() went to; valid until its next call.
  std::string_view id() const { return id_; }
  std::string_view row() const { return row_; }

 private:
  struct Entry {
    std::uint64_t begin;
    std::uint32_t id_bytes, row_bytes;
  };
  class Stretch;

  bool before(const Entry& a, const Entry& b) const;
  void sort_memory();
  Result<void> spill();
  Result<bool> next_of_stretches();
  std::string_view id_of(const Entry& entry) const { return {&bytes_[entry.begin], entry.id_bytes}; }
  std::string_view row_of(const Entry& entry) const {
    return {bytes_.data() + entry.begin + entry.id_bytes, entry.row_bytes};
  }
  int compare(std::string_view id_a, std::string_view row_a, std::string_view id_b,
              std::string_view row_b) const;

  IdType type_;
  std::filesystem::path scratch_;
  std::size_t memory_;
  std::string bytes_;  // of the entries: ID and row, one behind the other
  std::vector<Entry> entries_;
  bool in_order_ = true;
  std::size_t given_ = 0;  // of the entries
  Descriptor file_;
  std::uint64_t file_bytes_ = 0;
  std::vector<std::unique_ptr<Stretch>> stretches_;  // a heap, the next row at its front
  std::string_view id_, row_;
};

}  // namespace firmquery

// Which IDs of the list have been seen in the result. One Reconciler per session and slice; a unit of work is
// begun, its rows' keys are offered, and it is either committed or rolled back, so that a failed statement
// leaves no trace. Memory: one bit an ID of the slice and the ranks of the open unit's new finds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/digest.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/plan.hpp"

namespace firmquery {

class Reconciler {
 public:
  Reconciler(const IdSet& ids, Slice slice);  // ids must outlive the reconciler

  void begin(Slice unit);
  // `key` is the server's text of the key column; `is_null` its NULL flag.
  // Fails (kind query) when it is NULL or not an ID of the unit: such a row must not be dropped in silence.
  Result<void> row(std::string_view key, bool is_null);
  // The same for a statement that returns other keys as well: false for a row whose key is not an ID of the unit,
  // which then counts for nothing. No server has compared these: a text must be the ID's very bytes.
  Result<bool> offer(std::string_view key, bool is_null);
  void commit();
  void rollback();

  std::uint64_t rows() const { return rows_; }    // committed
  std::uint64_t found() const { return found_; }  // committed, distinct IDs
  std::uint64_t unit_rows() const { return unit_rows_; }
  std::uint64_t unit_found() const { return new_finds_.size(); }
  // Of the found IDs, hashed from the keys as the server sent them (canonicalised), not from the list.
  Digest found_digest() const { return found_digest_; }
  Digest unit_digest() const { return unit_digest_; }

  const Slice& slice() const { return slice_; }
  bool is_found(std::size_t rank) const;  // rank within the slice's [begin, end)

 private:
  enum class Compared { by_the_server, here };
  Result<bool> match(std::string_view key, bool is_null, Compared compared);
  bool mark(std::size_t rank);
  // Of the unit's ID that the key is, or npos; its canonical form is left in canonical_.
  std::size_t rank_of(std::string_view key, Compared compared);

  const IdSet& ids_;
  Slice slice_, unit_;
  std::vector<std::uint64_t> bits_;
  std::vector<std::size_t> new_finds_;
  std::uint64_t rows_ = 0, found_ = 0, unit_rows_ = 0;
  Digest found_digest_, unit_digest_;
  std::size_t hint_ = 0;
  std::string canonical_;
  std::string last_key_;
  bool has_last_key_ = false, last_was_asked_for_ = false;
};

}  // namespace firmquery

#include "firmquery/core/reconcile.hpp"

#include "firmquery/core/key_text.hpp"

namespace firmquery {

Reconciler::Reconciler(const IdSet& ids, Slice slice)
    : ids_(ids), slice_(slice), bits_((slice.size() + 63) / 64, 0) {}

void Reconciler::begin(Slice unit) {
  unit_ = unit;
  hint_ = unit.begin;
  has_last_key_ = false;
  unit_rows_ = 0;
  unit_digest_ = {};
  new_finds_.clear();
}

bool Reconciler::is_found(std::size_t rank) const {
  const std::size_t bit = rank - slice_.begin;
  return (bits_[bit / 64] >> (bit % 64)) & 1;
}

bool Reconciler::mark(std::size_t rank) {
  const std::size_t bit = rank - slice_.begin;
  const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
  if (bits_[bit / 64] & mask) return false;
  bits_[bit / 64] |= mask;
  return true;
}

std::size_t Reconciler::rank_of(std::string_view key, Compared compared) {
  if (compared == Compared::here && ids_.type() == IdType::text) {
    canonical_.assign(key);
  } else if (!read_key(key, ids_.type(), canonical_)) {
    return IdSet::npos;
  }
  return ids_.find(canonical_, unit_.begin, unit_.end, hint_);
}

Result<bool> Reconciler::offer(std::string_view key, bool is_null) {
  return match(key, is_null, Compared::here);
}

Result<bool> Reconciler::match(std::string_view key, bool is_null, Compared compared) {
  if (is_null) {
    return fail(ErrorKind::query, "a row has NULL in the key column", {},
                "the key column of the result must be the column compared with {ID_PLACEHOLDER}; see --key");
  }
  // Rows of one ID mostly follow each other: the second and later ones cost one comparison.
  if (key == last_key_ && has_last_key_) {
    unit_rows_ += last_was_asked_for_ ? 1 : 0;
    return last_was_asked_for_;
  }
  const std::size_t rank = rank_of(key, compared);
  last_key_.assign(key);
  has_last_key_ = true;
  last_was_asked_for_ = rank != IdSet::npos;
  if (!last_was_asked_for_) return false;
  ++unit_rows_;
  hint_ = rank + 1;
  if (mark(rank)) {
    new_finds_.push_back(rank);
    unit_digest_ += Digest::of(canonical_);
  }
  return true;
}

Result<void> Reconciler::row(std::string_view key, bool is_null) {
  FQ_TRY_ASSIGN(const bool asked_for, match(key, is_null, Compared::by_the_server));
  if (asked_for) return {};
  return fail(ErrorKind::query,
              "a row has the key \"" + std::string(key.substr(0, 200)) + "\", which was not asked for", {},
              "the key column of the result must be the column compared with {ID_PLACEHOLDER}; see --key");
}

void Reconciler::commit() {
  rows_ += unit_rows_;
  found_ += new_finds_.size();
  found_digest_ += unit_digest_;
  begin({});
}

void Reconciler::rollback() {
  for (const std::size_t rank : new_finds_) {
    const std::size_t bit = rank - slice_.begin;
    bits_[bit / 64] &= ~(std::uint64_t{1} << (bit % 64));
  }
  begin({});
}

}  // namespace firmquery

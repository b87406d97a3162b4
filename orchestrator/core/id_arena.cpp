#include "id_arena.hpp"

#include <algorithm>
#include <cstring>

#include "contract.hpp"
#include "digits.hpp"
#include "radix_sort.hpp"
#include "rank_search.hpp"

namespace firmquery {
namespace {

// The first eight bytes as a number in byte order; the bytes a shorter text lacks count as 0.
std::uint64_t prefix_key(std::string_view text) {
  std::uint64_t key = 0;
  if (text.size() >= 8) {
    key = load_first_lowest(text.data());
  } else {
    for (std::size_t i = 0; i < text.size(); ++i)
      key |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  }
  return __builtin_bswap64(key);
}

// 13 bits for the digits before the point, 50 for the first fifteen digits, complemented below zero.
std::uint64_t numeric_key(std::string_view canonical) {
  constexpr std::size_t kMostWhole = (1u << 13) - 1;
  constexpr int kDigits = 15;
  const bool negative = canonical.starts_with('-');
  if (negative) canonical.remove_prefix(1);
  const std::size_t whole = std::min(canonical.find('.'), canonical.size());
  std::uint64_t leading = 0;
  int taken = 0;
  // Longer numbers than the key can count all get the same key, so that it does not contradict their order.
  if (whole < kMostWhole) {
    for (std::size_t i = 0; i < canonical.size() && taken < kDigits; ++i) {
      if (canonical[i] == '.') continue;
      leading = leading * 10 + static_cast<std::uint64_t>(canonical[i] - '0');
      ++taken;
    }
  }
  for (; taken < kDigits; ++taken) leading *= 10;
  const std::uint64_t key = std::uint64_t{1} << 63 | std::min(whole, kMostWhole) << 50 | leading;
  return negative ? ~key : key;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t size = 0;
  while (size < most && a[size] == b[size]) ++size;
  return size;
}

}  // namespace

void IdArena::add(std::string_view canonical) {
  const std::size_t offset = blob_->size();
  require(canonical.size() < (1u << kLengthBits), "an ID of 16 MiB or more");
  require(offset < (std::uint64_t{1} << kOffsetBits), "more than 1 TiB of IDs");
  if (type_ == IdType::text) {
    shared_prefix_ =
        entries_.empty() ? canonical.size() : common_prefix({blob_->data(), shared_prefix_}, canonical);
  }
  if (!canonical.empty()) std::memcpy(blob_->extend(canonical.size()), canonical.data(), canonical.size());
  entries_.push_back({0, offset << kLengthBits | canonical.size()});
}

std::uint64_t IdArena::key_of(std::string_view canonical) const {
  return type_ == IdType::numeric ? numeric_key(canonical) : prefix_key(canonical.substr(shared_prefix_));
}

IdArena IdArena::sort_unique(Executor& executor) {
  IdArena repeated(type_, entries_.memory());
  repeated.blob_ = blob_;
  repeated.shared_prefix_ = shared_prefix_;
  for (Entry& entry : entries_) entry.key = key_of(text(entry));
  radix_sort(
      entries_, [](const Entry& entry) { return entry.key; }, executor);
  sort_equal_keys();

  std::size_t kept = 0;
  bool noted = false;
  const auto same = [&](const Entry& a, const Entry& b) { return a.key == b.key && text(a) == text(b); };
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (kept > 0 && same(entries_[kept - 1], entries_[i])) {
      if (!noted) repeated.entries_.push_back(entries_[i]);
      noted = true;
    } else {
      entries_[kept++] = entries_[i];
      noted = false;
    }
  }
  entries_.resize(kept);
  entries_.shrink_to_fit();
  blob_->shrink_to_fit();
  repeated.entries_.shrink_to_fit();
  return repeated;
}

void IdArena::sort_equal_keys() {
  const auto less = [this](const Entry& a, const Entry& b) {
    return compare_canonical(text(a), text(b), type_) < 0;
  };
  for (Entry* run = entries_.begin(); run != entries_.end();) {
    Entry* end = run + 1;
    while (end != entries_.end() && end->key == run->key) ++end;
    if (end - run > 1 && !std::is_sorted(run, end, less)) std::sort(run, end, less);
    run = end;
  }
}

std::size_t IdArena::find(std::string_view canonical, std::size_t begin, std::size_t end,
                          std::size_t hint) const {
  if (begin >= end) return kNoRank;
  if (shared_prefix_ > 0 && !canonical.starts_with(std::string_view(blob_->data(), shared_prefix_)))
    return kNoRank;
  const std::uint64_t key = key_of(canonical);
  return find_rank(begin, end, hint, [&](std::size_t rank) {
    const Entry& entry = entries_[rank];
    if (key != entry.key) return key < entry.key ? -1 : 1;
    return compare_canonical(canonical, text(entry), type_);
  });
}

}  // namespace firmquery

// Of IDs that fit a number: which of them may be in a set.
#include <algorithm>
#include <bit>

#include "decimal_code.hpp"
#include "digit_text.hpp"
#include "firmquery/core/id_set.hpp"

namespace firmquery {
namespace {

bool pack(IdType type, std::string_view canonical, std::uint64_t& packed) {
  if (type == IdType::text) return encode_decimal(canonical, packed);
  return type == IdType::integer && parse_digits(canonical, packed);
}

// Of each ID in the set so many bits are told apart; more memory than the cache has would cost more than it saves.
constexpr std::uint64_t kBitsPerId = 256;
constexpr int kFewestBits = 16, kMostBits = 24;  // powers of two

}  // namespace

PackedFilter::PackedFilter(const IdSet& ids) {
  const int bits =
      std::clamp(static_cast<int>(std::bit_width(ids.size() * kBitsPerId)), kFewestBits, kMostBits);
  shift_ = 64 - bits;
  bits_.resize(std::size_t{1} << bits >> 6);
  std::string id;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    id.clear();
    ids.append_canonical(i, id);
    std::uint64_t packed = 0;
    if (!pack(ids.type(), id, packed)) continue;
    const std::uint64_t place = place_of(packed);
    bits_[place / 64] |= std::uint64_t{1} << (place % 64);
  }
}

}  // namespace firmquery

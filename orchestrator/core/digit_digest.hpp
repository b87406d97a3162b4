// The digest of 9 to 16 decimal digits that are in registers: of a text that is never written, and that a hash would have to
// wait for. What digest_of() gives for it, by the same steps: XXH3-128 has a way of its own for so many bytes,
// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md ("Medium keys, 9-16 bytes").
#pragma once

#include <cstddef>
#include <cstdint>

#include "digit_text.hpp"
#include "digits.hpp"
#include "firmquery/core/digest.hpp"
#include "xxh3.hpp"

namespace firmquery {

// Of `size` (9 to 16) bytes; `first` and `last` are the first and the last eight of them as load_first_lowest() has them.
inline Digest digest_of_words(std::uint64_t first, std::uint64_t last, std::size_t size) {
  const auto secret = [](std::size_t place) {
    return load_first_lowest(reinterpret_cast<const char*>(XXH3_kSecret) + place);
  };
  XXH128_hash_t mixed = XXH_mult64to128(first ^ last ^ secret(32) ^ secret(40), XXH_PRIME64_1);
  mixed.low64 += static_cast<std::uint64_t>(size - 1) << 54;
  last ^= secret(48) ^ secret(56);
  mixed.high64 += last + XXH_mult32to64(static_cast<std::uint32_t>(last), XXH_PRIME32_2 - 1);
  mixed.low64 ^= XXH_swap64(mixed.high64);
  XXH128_hash_t hash = XXH_mult64to128(mixed.low64, XXH_PRIME64_2);
  hash.high64 += mixed.high64 * XXH_PRIME64_2;
  return {XXH3_avalanche(hash.high64), XXH3_avalanche(hash.low64)};
}

}  // namespace firmquery

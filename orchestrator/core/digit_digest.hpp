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

// Of a value's digits without leading zeros. Requires: 10^8 <= value < 10^16.
inline Digest digest_of_integer(std::uint64_t value) {
  constexpr std::uint64_t kEightPlaces = 100'000'000;
  const std::uint64_t upper = eight_digit_values(static_cast<std::uint32_t>(value / kEightPlaces));
  const std::uint64_t lower = eight_digits_text(static_cast<std::uint32_t>(value % kEightPlaces));
  const auto zero_bits = static_cast<unsigned>(std::countr_zero(upper)) & ~7u;
  const std::uint64_t first = (upper + repeat_byte('0')) >> zero_bits;
  // Two shifts, since none by 64 bits is defined.
  return digest_of_words(first | lower << 8 << (56 - zero_bits), lower, 16 - zero_bits / 8);
}

// Of the first `size` (9 to 16) of sixteen digits.
inline Digest digest_of_first_digits(std::uint64_t sixteen, std::size_t size) {
  constexpr std::uint64_t kEightPlaces = 100'000'000;
  const std::uint64_t first = eight_digits_text(static_cast<std::uint32_t>(sixteen / kEightPlaces));
  const std::uint64_t second = eight_digits_text(static_cast<std::uint32_t>(sixteen % kEightPlaces));
  const std::size_t bits = 8 * (size - 8);
  return digest_of_words(first, first >> (bits - 8) >> 8 | second << (64 - bits), size);
}

}  // namespace firmquery

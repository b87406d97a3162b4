#include "firmquery/core/digest.hpp"

#include "hexadecimal.hpp"
#include "xxh3.hpp"

namespace firmquery {

Digest Digest::of(std::string_view canonical_id) {
  return digest_of(canonical_id);
}

std::string Digest::to_hex() const {
  std::string text(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[15 - i] = kHexadecimalDigits[high_ >> (4 * i) & 15];
    text[31 - i] = kHexadecimalDigits[low_ >> (4 * i) & 15];
  }
  return text;
}

bool Digest::from_hex(std::string_view text, Digest& digest) {
  if (text.size() != 32) return false;
  std::uint64_t half[2] = {0, 0};
  for (std::size_t i = 0; i < 32; ++i) {
    const unsigned value = hexadecimal_value(text[i]);
    if (value > 15) return false;
    half[i / 16] = half[i / 16] << 4 | value;
  }
  digest = {half[0], half[1]};
  return true;
}

struct ByteDigest::State {
  XXH3_state_t xxh3;
};

ByteDigest::ByteDigest() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->xxh3);
}

ByteDigest::ByteDigest(const ByteDigest& other) : state_(std::make_unique<State>(*other.state_)) {}

ByteDigest& ByteDigest::operator=(const ByteDigest& other) {
  *state_ = *other.state_;
  return *this;
}

ByteDigest::~ByteDigest() = default;

void ByteDigest::update(std::string_view bytes) {
  XXH3_128bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

Digest ByteDigest::value() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh3);
  return {hash.high64, hash.low64};
}

}  // namespace firmquery

// The digest of a set of IDs: the sum modulo 2^128 of the XXH3-128 hash (seed 0) of each ID's canonical
// UTF-8 bytes. It does not depend on order, sets can be added and subtracted, and anybody can recompute it.
// XXH3: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
//
// A collision needs two different sets with the same 128-bit sum: it guards against faults, not attackers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace firmquery {

class Digest {
 public:
  constexpr Digest() = default;
  constexpr Digest(std::uint64_t high, std::uint64_t low) : high_(high), low_(low) {}

  static Digest of(std::string_view canonical_id);

  constexpr Digest& operator+=(Digest other) {
    low_ += other.low_;
    high_ += other.high_ + (low_ < other.low_ ? 1 : 0);
    return *this;
  }
  constexpr Digest& operator-=(Digest other) {
    high_ -= other.high_ + (low_ < other.low_ ? 1 : 0);
    low_ -= other.low_;
    return *this;
  }
  friend constexpr Digest operator+(Digest a, Digest b) { return a += b; }
  friend constexpr Digest operator-(Digest a, Digest b) { return a -= b; }
  friend constexpr bool operator==(Digest, Digest) = default;

  constexpr std::uint64_t high() const { return high_; }
  constexpr std::uint64_t low() const { return low_; }

  std::string to_hex() const;  // 32 lower-case hexadecimal digits, high half first
  static bool from_hex(std::string_view text,
                       Digest& digest);  // false when text is not 32 hexadecimal digits

 private:
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

// The XXH3-128 of bytes that come in pieces, for the rows of a finished range. A copy goes on by itself, so that what a
// failed unit has added can be taken back.
class ByteDigest {
 public:
  ByteDigest();
  ByteDigest(const ByteDigest& other);
  ByteDigest& operator=(const ByteDigest& other);
  ~ByteDigest();
  void update(std::string_view bytes);
  Digest value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firmquery

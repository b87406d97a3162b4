// What IDs that exist look like: widths, alphabet, zeros, check digits. Made of a sample of the key column and of IDs
// that were found; says which spelling of an ID could be one of them at all.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "firmquery/core/id_type.hpp"

namespace firmquery {

// What stands in an ID. Bits.
enum IdTrait : std::uint32_t {
  kHasDigit = 1,
  kHasUpper = 2,
  kHasLower = 4,
  kHasBlank = 8,        // ASCII
  kHasSeparator = 16,   // hyphen, point, slash, underscore, colon
  kHasOtherAscii = 32,  // quotes and the like
  kHasNonAscii = 64,
  kHasInvisible = 128,    // and blanks that are not ASCII
  kHasLeadingZero = 256,  // before another digit or letter
  kHasManyBlanks = 512,   // two in a row
  kHasDecimals = 1024,    // .0 behind digits
};
std::uint32_t traits_of(std::string_view id);
// Digits as 9, letters as A and a, everything else as it is; at most 40 characters.
std::string pattern_of(std::string_view id);

class KeyShape {
 public:
  // From this many IDs on, what none of them has counts as something that the column does not have.
  static constexpr std::size_t kEnough = 50;

  void add(std::string_view canonical);
  // The IDs are all that there are, however few.
  void is_whole() { whole_ = true; }
  std::size_t size() const { return size_; }
  bool known() const { return size_ >= kEnough || (whole_ && size_ > 0); }

  // Characters -> how many.
  const std::map<std::size_t, std::size_t>& widths() const { return widths_; }
  bool has_width(std::size_t characters) const { return widths_.contains(characters); }
  // The width of nine in ten of them; 0: there is none.
  std::size_t usual_width() const;
  // The pattern of nearly all of them; empty: there is none.
  std::string usual_pattern() const;
  bool has_pattern(const std::string& pattern) const { return patterns_.contains(pattern); }
  // Where the separators of nearly all of them stand, as a rule has it: "3-2-4"; empty: they have none, or not there.
  std::string usual_groups() const;
  // Traits that at least one has; how many have one of them.
  std::uint32_t traits() const { return traits_; }
  std::size_t with(IdTrait trait) const;
  std::size_t digits_only() const { return digits_only_; }
  // 16 digits or more, of which those after the fifteenth are zeros.
  std::size_t rounded() const { return rounded_; }

  // Nothing in the ID is foreign to what is known: its width occurs, and all of its traits.
  bool fits(std::string_view id) const;
  // Of those of digits, the share that ends in the right check digits; by number of CheckScheme.
  double verifying(std::size_t scheme) const;

 private:
  std::size_t size_ = 0, digits_only_ = 0, rounded_ = 0;
  std::uint32_t traits_ = 0;
  std::map<std::size_t, std::size_t> widths_;
  std::array<std::size_t, 11> with_{};
  std::map<std::string, std::size_t> patterns_, groups_;  // of a bounded number
  bool whole_ = false;
  std::array<std::size_t, 4> verifying_{};
};

}  // namespace firmquery

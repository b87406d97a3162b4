// Numbers to text and to digests, one behind the other: in a sorted list the upper digits are mostly those of the number
// before, and are not made again.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "decimal_code.hpp"
#include "digit_digest.hpp"
#include "digit_text.hpp"

namespace firmquery {

// Integers of 9 to 16 digits; write() takes all others as well.
class IntegerWords {
 public:
  std::size_t write(std::int64_t value, char* out) {
    if (!has(value)) return write_integer(value, out);
    split(value);
    store_first_lowest(out, upper_text_);
    store_first_lowest(out + upper_size_, lower_);
    return upper_size_ + 8;
  }
  // False where the number has fewer or more digits.
  bool add_digest(std::int64_t value, Digest& sum) {
    if (!has(value)) return false;
    split(value);
    // Two shifts, since none by 64 bits is defined.
    const std::uint64_t first = upper_text_ | lower_ << 8 << (8 * (upper_size_ - 1));
    sum += digest_of_words(first, lower_, upper_size_ + 8);
    return true;
  }

 private:
  static bool has(std::int64_t value) {
    return static_cast<std::uint64_t>(value) - kEightPlaces < kEightPlaces * kEightPlaces - kEightPlaces;
  }
  void split(std::int64_t value) {
    const auto number = static_cast<std::uint64_t>(value);
    if (number - base_ >= kEightPlaces) {
      const std::uint64_t upper = number / kEightPlaces;
      base_ = upper * kEightPlaces;
      const std::uint64_t digits = eight_digit_values(static_cast<std::uint32_t>(upper));
      const auto zeros = static_cast<std::size_t>(std::countr_zero(digits)) / 8;
      upper_text_ = (digits + repeat_byte('0')) >> (8 * zeros);
      upper_size_ = 8 - zeros;
    }
    lower_ = eight_digits_text(static_cast<std::uint32_t>(number - base_));
  }

  std::uint64_t base_ = ~std::uint64_t{0};  // of which the upper digits are; at first no number's
  std::uint64_t upper_text_ = 0, lower_ = 0;
  std::size_t upper_size_ = 0;
};

// Codes of decimal_code.hpp: two digits, eight and eight, of which as many are the text as the code says.
class DecimalWords {
 public:
  std::size_t write(std::uint64_t code, char* out) {
    split(code);
    out[0] = static_cast<char>(first_two_);
    out[1] = static_cast<char>(first_two_ >> 8);
    store_first_lowest(out + 2, middle_.text);
    store_first_lowest(out + 10, last_.text);
    return code % kDecimalCodePlaces + 1;
  }
  bool add_digest(std::uint64_t code, Digest& sum) {
    const std::size_t size = code % kDecimalCodePlaces + 1;
    if (size < 9 || size > 16) return false;
    split(code);
    const std::uint64_t first = first_two_ | middle_.text << 16;
    if (size == 9) {
      sum += digest_of_words(first, first_two_ >> 8 | middle_.text << 8, size);
    } else {
      const std::size_t bits = 8 * (size - 10);
      sum += digest_of_words(first, middle_.text >> bits | last_.text << 8 << (56 - bits), size);
    }
    return true;
  }

 private:
  struct Eight {
    std::uint64_t number = 0, text = repeat_byte('0');
    void set(std::uint64_t value) {
      if (value == number) return;
      number = value;
      text = eight_digits_text(static_cast<std::uint32_t>(value));
    }
  };

  void split(std::uint64_t code) {
    const std::uint64_t filled = code / kDecimalCodePlaces;
    const std::uint64_t upper = filled / kEightPlaces;
    last_.set(filled - upper * kEightPlaces);
    const std::uint64_t two = upper / kEightPlaces;
    middle_.set(upper - two * kEightPlaces);
    first_two_ = ('0' + two / 10) | ('0' + two % 10) << 8;
  }

  Eight middle_, last_;
  std::uint64_t first_two_ = 0;
};

}  // namespace firmquery

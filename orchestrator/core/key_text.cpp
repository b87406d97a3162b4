#include "firmquery/core/key_text.hpp"

#include <charconv>
#include <limits>

#include "digits.hpp"

namespace firmquery {
namespace {

// What counts as an ID was decided when the list was cleaned.
constexpr IdRules kAnyLength{.max_bytes = std::numeric_limits<std::size_t>::max(), .allow_suspect = true};

// PostgreSQL's numeric has 131072 digits before the point and 16383 behind it; CockroachDB's exponents end
// earlier.
constexpr std::size_t kDigitsMax = 150'000;

bool read_exponent(std::string_view text, int& exponent) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_number(std::string_view key, IdType type, std::string& canonical) {
  std::string plain;
  if (write_out_exponent(key, plain)) key = plain;
  if (canonicalize(key, IdType::numeric, kAnyLength, canonical) != IdProblem::none) return false;
  if (type == IdType::numeric) return true;
  plain.swap(canonical);
  return canonicalize(plain, IdType::integer, kAnyLength, canonical) == IdProblem::none;
}

}  // namespace

bool write_out_exponent(std::string_view number, std::string& plain) {
  const std::size_t mark = number.find_first_of("eE");
  int exponent = 0;
  if (mark == std::string_view::npos || !read_exponent(number.substr(mark + 1), exponent)) return false;
  std::string_view whole = number.substr(0, mark), fraction;
  plain.clear();
  if (whole.starts_with('-') || whole.starts_with('+')) {
    plain.assign(whole.substr(0, 1));
    whole.remove_prefix(1);
  }
  if (const std::size_t point = whole.find('.'); point != std::string_view::npos) {
    fraction = whole.substr(point + 1);
    whole = whole.substr(0, point);
  }
  if (whole.size() + fraction.size() == 0 || !all_digits(whole) || !all_digits(fraction)) return false;
  std::string digits(whole);
  digits += fraction;
  const auto before_point = static_cast<std::int64_t>(whole.size()) + exponent;
  const std::int64_t most = static_cast<std::int64_t>(kDigitsMax) - static_cast<std::int64_t>(digits.size());
  if (before_point > most || before_point < -most) return false;
  if (before_point <= 0) {
    plain += "0.";
    plain.append(static_cast<std::size_t>(-before_point), '0');
    plain += digits;
    return true;
  }
  const auto whole_digits = static_cast<std::size_t>(before_point);
  if (whole_digits > digits.size()) digits.append(whole_digits - digits.size(), '0');
  plain += std::string_view(digits).substr(0, whole_digits);
  if (whole_digits < digits.size()) (plain += '.') += std::string_view(digits).substr(whole_digits);
  return true;
}

bool read_key(std::string_view key, IdType type, std::string& canonical) {
  if (type == IdType::text) {
    canonical.assign(trim_id(key));
    return !canonical.empty();
  }
  if (canonicalize(key, type, kAnyLength, canonical) == IdProblem::none) return true;
  return type != IdType::uuid && read_number(trim_id(key), type, canonical);
}

}  // namespace firmquery

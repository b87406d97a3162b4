#include "check_digit.hpp"

#include "digits.hpp"

namespace firmquery {
namespace {

// The sum of the digits, each weighed by its place from the right, the first of which is 1.
template <class Weigh>
unsigned weighed_sum(std::string_view digits, Weigh weigh) {
  unsigned sum = 0, place = 1;
  for (std::size_t i = digits.size(); i-- > 0; ++place)
    sum += weigh(static_cast<unsigned>(digits[i] - '0'), place);
  return sum;
}

std::string one_digit(unsigned digit) {
  return std::string(1, static_cast<char>('0' + digit));
}

}  // namespace

std::string_view to_string(CheckScheme scheme) {
  switch (scheme) {
    case CheckScheme::luhn:
      return "luhn";
    case CheckScheme::ean:
      return "ean";
    case CheckScheme::mod11:
      return "mod11";
    case CheckScheme::mod97:
      return "mod97";
  }
  return "";
}

std::size_t check_digits_of(CheckScheme scheme) {
  return scheme == CheckScheme::mod97 ? 2 : 1;
}

double check_chance(CheckScheme scheme) {
  switch (scheme) {
    case CheckScheme::luhn:
    case CheckScheme::ean:
      return 0.1;
    case CheckScheme::mod11:
      return 1.0 / 11;
    case CheckScheme::mod97:
      return 1.0 / 97;
  }
  return 1;
}

std::string check_digits(std::string_view digits, CheckScheme scheme) {
  if (digits.empty() || !all_digits(digits)) return {};
  switch (scheme) {
    case CheckScheme::luhn: {
      const unsigned sum = weighed_sum(digits, [](unsigned digit, unsigned place) {
        const unsigned twice = digit * 2;
        return place % 2 == 0 ? digit : twice > 9 ? twice - 9 : twice;
      });
      return one_digit((10 - sum % 10) % 10);
    }
    case CheckScheme::ean: {
      const unsigned sum = weighed_sum(
          digits, [](unsigned digit, unsigned place) { return place % 2 == 1 ? digit * 3 : digit; });
      return one_digit((10 - sum % 10) % 10);
    }
    case CheckScheme::mod11: {
      const unsigned sum =
          weighed_sum(digits, [](unsigned digit, unsigned place) { return digit * (place + 1); });
      const unsigned check = (11 - sum % 11) % 11;
      return check == 10 ? "X" : one_digit(check);
    }
    case CheckScheme::mod97: {
      unsigned rest = 0;
      for (const char digit : digits) rest = (rest * 10 + static_cast<unsigned>(digit - '0')) % 97;
      const unsigned check = 98 - rest * 100 % 97;
      return one_digit(check / 10) + one_digit(check % 10);
    }
  }
  return {};
}

bool verifies(std::string_view id, CheckScheme scheme) {
  const std::size_t length = check_digits_of(scheme);
  if (id.size() <= length) return false;
  const std::string expected = check_digits(id.substr(0, id.size() - length), scheme);
  return !expected.empty() && id.substr(id.size() - length) == expected;
}

}  // namespace firmquery

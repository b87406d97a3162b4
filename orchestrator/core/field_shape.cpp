#include "field_shape.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "digits.hpp"

namespace firmquery {
namespace {

constexpr char lower_letter(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}
constexpr bool is_letter(char character) {
  return lower_letter(character) >= 'a' && lower_letter(character) <= 'z';
}

constexpr std::uint8_t kDigit = 1, kHexLetter = 2, kLetter = 4, kUuidMark = 8, kOther = 16;

constexpr std::uint8_t kind(char character) {
  if (is_digit(character)) return kDigit;
  if (is_letter(character)) return lower_letter(character) <= 'f' ? kHexLetter : kLetter;
  return character == '-' || character == '{' || character == '}' ? kUuidMark : kOther;
}

constexpr std::array<std::uint8_t, 256> kKinds = [] {
  std::array<std::uint8_t, 256> kinds{};
  for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = kind(static_cast<char>(i));
  return kinds;
}();

}  // namespace

FieldShape field_shape(std::string_view field) {
  unsigned seen = field.empty() ? kOther : 0;
  for (const char character : field) seen |= kKinds[static_cast<unsigned char>(character)];
  if (seen == kDigit) return FieldShape::digits;
  if ((seen & ~(kHexLetter | kLetter)) == 0) return FieldShape::letters;
  if ((seen & ~(kDigit | kHexLetter)) == 0) return FieldShape::hexadecimal;
  const bool uuid_bytes = field.size() == 36 || field.size() == 38;
  if (uuid_bytes && (seen & ~(kDigit | kHexLetter | kUuidMark)) == 0) return FieldShape::hexadecimal;
  return (seen & (kUuidMark | kOther)) == 0 ? FieldShape::alphanumeric : FieldShape::other;
}

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_digit);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_letter(x) == lower_letter(y); });
}

bool is_name_like(std::string_view field) {
  if (field.empty() || !(is_letter(field[0]) || field[0] == '_')) return false;
  return std::all_of(field.begin(), field.end(), [](char character) {
    return is_digit(character) || is_letter(character) || character == '_' || character == ' ' ||
           character == '.' || character == '-';
  });
}

bool is_common_header(std::string_view field) {
  constexpr std::array<std::string_view, 13> kWords = {
      "id",           "ids",     "key",        "code",        "number", "no",  "firm_id",
      "firm_root_id", "account", "account_id", "customer_id", "uuid",   "guid"};
  return equal_ignoring_case(field, "assignment") ||
         std::any_of(kWords.begin(), kWords.end(),
                     [&](auto word) { return equal_ignoring_case(field, word); });
}

IdProblem id_problem(std::string_view field, IdType type, const IdRules& rules) {
  if (type == IdType::integer) {
    std::int64_t value = 0;
    return parse_integer_id(field, value);
  }
  std::string canonical;
  return canonicalize(field, type, rules, canonical);
}

}  // namespace firmquery

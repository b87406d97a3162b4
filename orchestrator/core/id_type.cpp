#include "firmquery/core/id_type.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "digits.hpp"
#include "id_shapes.hpp"
#include "utf8.hpp"
#include "uuid.hpp"

namespace firmquery {
namespace {

constexpr std::uint64_t kMostPositive = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

constexpr bool is_ascii_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Bytes of the white-space character at the start of `text`; 0 when there is none.
std::size_t leading_blank(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_blank(text.front())) return 1;
  if (text.starts_with("\xC2\xA0")) return 2;
  if (text.size() < 3) return 0;
  const std::string_view three = text.substr(0, 3);
  if (three == "\xEF\xBB\xBF" || three == "\xE3\x80\x80" || three == "\xE2\x80\xAF") return 3;
  const auto last = static_cast<unsigned char>(three[2]);
  return three.starts_with("\xE2\x80") && last >= 0x80 && last <= 0x8B ? 3 : 0;
}

std::size_t trailing_blank(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_blank(text.back())) return 1;
  if (text.ends_with("\xC2\xA0")) return 2;
  return text.size() >= 3 && leading_blank(text.substr(text.size() - 3)) == 3 ? 3 : 0;
}

// Why a trimmed field cannot be an ID of any type.
IdProblem common_problem(std::string_view text, std::size_t max_bytes) {
  if (text.empty()) return IdProblem::empty;
  if (text.size() > max_bytes) return IdProblem::too_long;
  switch (check_text(text)) {
    case TextFault::control:
      return IdProblem::control_character;
    case TextFault::malformed:
      return IdProblem::invalid_encoding;
    case TextFault::none:
      break;
  }
  return is_null_word(text) ? IdProblem::null_word : IdProblem::none;
}

// Why text that is no plain number is none: it may be one that people of some country write.
IdProblem number_problem(std::string_view text, IdProblem otherwise) {
  if (grouped_by(text) != DigitGroups::none) return IdProblem::thousands;
  return is_decimal_comma(text) ? IdProblem::decimal_comma : otherwise;
}

// The value of [+-]?\d+, if it is that and fits.
IdProblem parse_trimmed_integer(std::string_view text, std::int64_t& value) {
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  std::uint64_t magnitude = 0;
  if (!parse_digits(text, magnitude)) {
    if (text.size() <= 19 || !all_digits(text)) return IdProblem::not_integer;
    const std::size_t zeros = text.find_first_not_of('0');
    text.remove_prefix(zeros == std::string_view::npos ? text.size() - 1 : zeros);
    if (!parse_digits(text, magnitude)) return IdProblem::out_of_range;
  }
  if (magnitude > kMostPositive + (negative ? 1 : 0)) return IdProblem::out_of_range;
  value = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  return IdProblem::none;
}

IdProblem parse_integer_field(std::string_view raw, std::size_t max_bytes, std::int64_t& value) {
  // Nearly every ID is a few digits and nothing else. Any 18 digits fit an int8.
  std::uint64_t magnitude = 0;
  if (raw.size() <= std::min(max_bytes, std::size_t{18}) && parse_digits(raw, magnitude)) {
    value = static_cast<std::int64_t>(magnitude);
    return IdProblem::none;
  }
  const std::string_view text = trim_id(raw);
  if (text.empty()) return IdProblem::empty;
  if (text.size() > max_bytes) return IdProblem::too_long;
  const IdProblem parsed = parse_trimmed_integer(text, value);
  if (parsed != IdProblem::not_integer) return parsed;
  if (const IdProblem problem = common_problem(text, max_bytes); problem != IdProblem::none) return problem;
  if (is_scientific(text)) return IdProblem::scientific;
  if (is_decimal(text)) return IdProblem::decimal;
  return number_problem(text, IdProblem::not_integer);
}

IdProblem canonicalize_integer(std::string_view raw, const IdRules& rules, std::string& canonical) {
  std::int64_t value = 0;
  if (const IdProblem problem = parse_integer_field(raw, rules.max_bytes, value);
      problem != IdProblem::none) {
    return problem;
  }
  char buffer[24];
  canonical.assign(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  return IdProblem::none;
}

IdProblem canonicalize_numeric(std::string_view text, std::string& canonical) {
  const bool negative = text.front() == '-';
  std::string_view whole = text.substr(negative || text.front() == '+' ? 1 : 0);
  std::string_view fraction;
  if (const std::size_t point = whole.find('.'); point != std::string_view::npos) {
    fraction = whole.substr(point + 1);
    whole = whole.substr(0, point);
  }
  if (whole.size() + fraction.size() == 0 || !all_digits(whole) || !all_digits(fraction)) {
    if (is_scientific(text)) return IdProblem::scientific;
    return number_problem(text, IdProblem::not_numeric);
  }
  while (!whole.empty() && whole.front() == '0') whole.remove_prefix(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  canonical.clear();
  if (negative && whole.size() + fraction.size() > 0) canonical += '-';
  canonical += whole.empty() ? std::string_view("0") : whole;
  if (!fraction.empty()) (canonical += '.') += fraction;
  return IdProblem::none;
}

IdProblem canonicalize_uuid(std::string_view text, std::string& canonical) {
  Uuid uuid;
  if (!parse_uuid(text, uuid)) return IdProblem::not_uuid;
  char buffer[kUuidTextSize];
  format_uuid(uuid, buffer);
  canonical.assign(buffer, sizeof buffer);
  return IdProblem::none;
}

IdProblem canonicalize_text(std::string_view text, const IdRules& rules, std::string& canonical) {
  // All these shapes start with a digit or a sign and end in a digit.
  const bool digit_first = is_digit(text.front()) || text.front() == '+' || text.front() == '-';
  if (digit_first && is_digit(text.back()) && !rules.allow_suspect) {
    if (is_spreadsheet_scientific(text)) return IdProblem::scientific;
    if (is_whole_decimal(text)) return IdProblem::decimal;
    // Points and blanks make up many codes; the other marks are those of formatted numbers.
    const DigitGroups groups = grouped_by(text);
    const bool code = groups == DigitGroups::point || text.find(' ') != std::string_view::npos;
    if (groups != DigitGroups::none && !code) return IdProblem::thousands;
    if (is_whole_decimal(text, ',')) return IdProblem::decimal_comma;
  }
  canonical.assign(text);
  return IdProblem::none;
}

int sign_of(int comparison) {
  return comparison < 0 ? -1 : comparison > 0 ? 1 : 0;
}

// Canonical numbers without their sign: more digits before the point is greater, and then bytes decide,
// because there are no trailing zeros after it.
int compare_magnitude(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a.substr(0, a.find('.'));
  const std::string_view whole_b = b.substr(0, b.find('.'));
  if (whole_a.size() != whole_b.size()) return whole_a.size() < whole_b.size() ? -1 : 1;
  return sign_of(a.compare(b));
}

}  // namespace

std::string_view to_string(IdType type) {
  switch (type) {
    case IdType::integer:
      return "int";
    case IdType::numeric:
      return "numeric";
    case IdType::uuid:
      return "uuid";
    case IdType::text:
      return "text";
  }
  return "";
}

std::optional<IdType> id_type_from_string(std::string_view name) {
  for (const IdType type : {IdType::integer, IdType::numeric, IdType::uuid, IdType::text}) {
    if (name == to_string(type)) return type;
  }
  return std::nullopt;
}

std::string_view problem_code(IdProblem problem) {
  switch (problem) {
    case IdProblem::none:
      return "";
    case IdProblem::empty:
      return "empty";
    case IdProblem::null_word:
      return "null";
    case IdProblem::control_character:
      return "control_character";
    case IdProblem::invalid_encoding:
      return "invalid_encoding";
    case IdProblem::too_long:
      return "too_long";
    case IdProblem::scientific:
      return "scientific";
    case IdProblem::decimal:
      return "decimal";
    case IdProblem::thousands:
      return "thousands";
    case IdProblem::decimal_comma:
      return "decimal_comma";
    case IdProblem::out_of_range:
      return "out_of_range";
    case IdProblem::not_integer:
      return "not_an_integer";
    case IdProblem::not_numeric:
      return "not_a_number";
    case IdProblem::not_uuid:
      return "not_a_uuid";
    case IdProblem::inexact_number:
      return "inexact_number";
  }
  return "";
}

std::string_view trim_id(std::string_view raw) {
  const auto is_plain = [](char c) { return c > ' ' && c <= '~'; };
  if (!raw.empty() && is_plain(raw.front()) && is_plain(raw.back())) return raw;
  while (const std::size_t bytes = leading_blank(raw)) raw.remove_prefix(bytes);
  while (const std::size_t bytes = trailing_blank(raw)) raw.remove_suffix(bytes);
  return raw;
}

IdProblem canonicalize(std::string_view raw, IdType type, const IdRules& rules, std::string& canonical) {
  if (type == IdType::integer) return canonicalize_integer(raw, rules, canonical);
  const std::string_view text = trim_id(raw);
  if (type == IdType::text && !text.empty() && text.size() <= rules.max_bytes && all_digits(text)) {
    canonical.assign(text);
    return IdProblem::none;
  }
  IdProblem problem = common_problem(text, rules.max_bytes);
  if (problem != IdProblem::none) return problem;
  if (type == IdType::text) return canonicalize_text(text, rules, canonical);
  problem = type == IdType::uuid ? canonicalize_uuid(text, canonical) : canonicalize_numeric(text, canonical);
  // ".5" grows to "0.5": what is accepted must be accepted again in its canonical form.
  if (problem == IdProblem::none && canonical.size() > rules.max_bytes) return IdProblem::too_long;
  return problem;
}

IdProblem parse_integer_id(std::string_view raw, std::int64_t& value) {
  return parse_integer_field(raw, IdRules{}.max_bytes, value);
}

int compare_canonical(std::string_view a, std::string_view b, IdType type) {
  if (type == IdType::text || type == IdType::uuid) return sign_of(a.compare(b));
  const bool negative = a.starts_with('-');
  if (negative != b.starts_with('-')) return negative ? -1 : 1;
  return negative ? compare_magnitude(b.substr(1), a.substr(1)) : compare_magnitude(a, b);
}

}  // namespace firmquery

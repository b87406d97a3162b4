#include "firmquery/core/key_shape.hpp"

#include <algorithm>
#include <bit>

#include "check_digit.hpp"
#include "code_points.hpp"
#include "digits.hpp"
#include "id_shapes.hpp"
#include "look_alikes.hpp"
#include "spelling_step.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kPatternMax = 40;
constexpr std::size_t kPatternsMax = 100;

std::uint32_t trait_of(std::uint32_t code) {
  if (is_invisible_code(code) || (code >= 0x80 && is_blank_code(code))) return kHasInvisible;
  if (code >= 0x80) return kHasNonAscii;
  const char c = static_cast<char>(code);
  if (is_digit(c)) return kHasDigit;
  if (is_upper(c)) return kHasUpper;
  if (is_lower(c)) return kHasLower;
  if (c == ' ') return kHasBlank;
  return is_id_separator(c) ? kHasSeparator : kHasOtherAscii;
}

// "3-2-4"; empty where there is no separator between groups, or something else.
std::string groups_of(std::string_view id) {
  std::string groups;
  std::size_t length = 0;
  for (const char c : id) {
    if (is_digit(c) || is_letter(c)) {
      ++length;
      continue;
    }
    if (!is_id_separator(c) || length == 0 || length > 99) return {};
    groups += std::to_string(length) + c;
    length = 0;
  }
  if (groups.empty() || length == 0 || length > 99) return {};
  return groups + std::to_string(length);
}

void count(std::map<std::string, std::size_t>& counts, std::string text) {
  if (counts.size() < kPatternsMax || counts.contains(text)) ++counts[std::move(text)];
}

// What 19 of 20 are.
std::string nearly_all(const std::map<std::string, std::size_t>& counts, std::size_t of) {
  for (const auto& [text, number] : counts) {
    if (number * 20 >= of * 19) return text;
  }
  return {};
}

}  // namespace

std::uint32_t traits_of(std::string_view id) {
  std::uint32_t traits = 0;
  for (std::string_view rest = id; !rest.empty();) traits |= trait_of(take_code_point(rest));
  if (id.size() > 1 && id[0] == '0' && (is_digit(id[1]) || is_letter(id[1]))) traits |= kHasLeadingZero;
  if (id.find("  ") != std::string_view::npos) traits |= kHasManyBlanks;
  if (is_whole_decimal(id) || is_whole_decimal(id, ',')) traits |= kHasDecimals;
  return traits;
}

std::string pattern_of(std::string_view id) {
  std::string pattern(id.substr(0, kPatternMax));
  for (char& c : pattern) c = is_digit(c) ? '9' : is_upper(c) ? 'A' : is_lower(c) ? 'a' : c;
  return pattern;
}

void KeyShape::add(std::string_view canonical) {
  ++size_;
  ++widths_[count_code_points(canonical)];
  const std::uint32_t traits = traits_of(canonical);
  traits_ |= traits;
  for (std::size_t i = 0; i < with_.size(); ++i) with_[i] += (traits >> i) & 1;
  count(patterns_, pattern_of(canonical));
  count(groups_, groups_of(canonical));
  if (!firmquery::all_digits(canonical)) {
    // Modulo 11 has an X for ten.
    if (verifies(canonical, CheckScheme::mod11)) ++verifying_[static_cast<std::size_t>(CheckScheme::mod11)];
    return;
  }
  ++digits_only_;
  rounded_ += canonical.size() > 15 && canonical.find_first_not_of('0', 15) == std::string_view::npos;
  for (const CheckScheme scheme : kCheckSchemes)
    verifying_[static_cast<std::size_t>(scheme)] += verifies(canonical, scheme);
}

std::size_t KeyShape::usual_width() const {
  for (const auto& [width, count] : widths_) {
    if (count * 10 >= size_ * 9) return width;
  }
  return 0;
}

std::string KeyShape::usual_pattern() const {
  std::string pattern = nearly_all(patterns_, size_);
  return pattern.size() < kPatternMax ? pattern : std::string();
}

std::string KeyShape::usual_groups() const {
  return nearly_all(groups_, size_);
}

std::size_t KeyShape::with(IdTrait trait) const {
  return with_[static_cast<std::size_t>(std::countr_zero(static_cast<std::uint32_t>(trait)))];
}

bool KeyShape::fits(std::string_view id) const {
  return (traits_of(id) & ~traits_) == 0 && has_width(count_code_points(id));
}

double KeyShape::verifying(std::size_t scheme) const {
  return size_ == 0 ? 0 : static_cast<double>(verifying_[scheme]) / static_cast<double>(size_);
}

}  // namespace firmquery

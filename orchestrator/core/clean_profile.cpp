#include "clean_profile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "field_shape.hpp"
#include "id_shapes.hpp"
#include "text_decoder.hpp"

namespace firmquery {
namespace {

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char character) {
    return (static_cast<unsigned char>(character) & 0xC0) != 0x80;
  }));
}

FieldExample example_of(std::string_view raw, std::uint64_t line) {
  constexpr std::size_t kShown = 40;
  FieldExample example{line, {}};
  append_readable(example.text, raw, kShown);
  return example;
}

// As it is typed.
std::string shell_word(DigitGroups groups) {
  return groups == DigitGroups::apostrophe ? "\"'\"" : std::string(to_option(groups));
}

std::string first_of(const FieldExample& example) {
  return example.line == 0 ? fmt::format("\"{}\"", example.text)
                           : fmt::format("the first on line {}, \"{}\"", example.line, example.text);
}

std::string ids(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

void ProfileCounter::add(std::string_view id) {
  switch (field_shape(id)) {
    case FieldShape::digits:
      return add_digits(id);
    case FieldShape::letters:
      ++letters_only_;
      break;
    case FieldShape::hexadecimal:
      ++hexadecimal_;
      break;
    case FieldShape::alphanumeric:
      ++alphanumeric_;
      break;
    case FieldShape::other:
      ++other_;
      add_group(id);
      break;
  }
  leading_zero_ += id.size() > 1 && id[0] == '0' && id[1] >= '0' && id[1] <= '9';
  const std::size_t length = count_characters(id);
  if (length <= kShortMax) {
    ++short_lengths_[length];
  } else {
    ++long_lengths_[length];
  }
}

void ProfileCounter::add_digits(const DigitTally& tally) {
  for (std::size_t size = 0; size < tally.sizes.size(); ++size) {
    const std::uint64_t count = tally.sizes[size];
    digits_only_ += count;
    short_lengths_[size] += count;
    if (size > kSpreadsheetDigits) sixteen_digits_ += count;
  }
  leading_zero_ += tally.leading_zero;
  ends_in_zeros_ += tally.ends_in_zeros;
}

void ProfileCounter::add_group(std::string_view id) {
  if (!is_digit(id.back())) return;
  DigitGroups groups = grouped_by(id);
  if (groups == DigitGroups::none && is_point_ambiguous(id)) groups = DigitGroups::point;
  if (groups == DigitGroups::none) return;
  Grouped& grouped = accepted_groups_[static_cast<std::size_t>(groups)];
  if (grouped.count++ == 0) grouped.first = example_of(id, 0);
}

void ProfileCounter::add_problem(IdProblem problem, std::string_view raw, std::uint64_t line) {
  const auto number = static_cast<std::size_t>(problem);
  if (problems_[number]++ == 0) examples_[number] = example_of(raw, line);
  if (problem == IdProblem::thousands) {
    Grouped& grouped = rejected_groups_[static_cast<std::size_t>(grouped_by(raw))];
    if (grouped.count++ == 0) grouped.first = example_of(raw, line);
  }
  if (problem == IdProblem::decimal && is_point_ambiguous(raw)) {
    if (ambiguous_points_.count++ == 0) ambiguous_points_.first = example_of(raw, line);
  }
  if (is_common_header(raw)) {
    if (header_like_++ == 0) header_like_line_ = line;
  }
}

void ProfileCounter::finish(InputProfile& profile) const {
  for (std::size_t length = 0; length <= kShortMax; ++length) {
    if (short_lengths_[length] > 0) profile.lengths[length] = short_lengths_[length];
  }
  profile.lengths.insert(long_lengths_.begin(), long_lengths_.end());
  profile.digits_only = digits_only_;
  profile.letters_only = letters_only_;
  profile.alphanumeric = alphanumeric_;
  profile.hexadecimal = hexadecimal_;
  profile.other_alphabet = other_;
  profile.leading_zero = leading_zero_;
  profile.ends_in_zeros = ends_in_zeros_;
  profile.text_marker = text_marker_;
  profile.text_formula = text_formula_;
  for (std::size_t i = 0; i < problems_.size(); ++i) {
    if (problems_[i] == 0) continue;
    const std::string code(problem_code(static_cast<IdProblem>(i)));
    profile.problems[code] = problems_[i];
    profile.examples[code] = examples_[i];
  }
  suspect(profile);
}

void ProfileCounter::suspect(InputProfile& profile) const {
  suspect_numbers(profile);
  suspect_notation(profile);
  suspect_accepted_groups(profile);
  suspect_widths(profile);
  if (const auto mixed = problems_[static_cast<std::size_t>(IdProblem::invalid_encoding)]; mixed > 0) {
    profile.suspicions.push_back(
        fmt::format("{} not text in {}: the list mixes encodings or was damaged on the way",
                    ids(mixed, "record is", "records are"), to_string(profile.encoding)));
  }
  if (header_like_ > 0) {
    profile.suspicions.push_back(
        fmt::format("{} like a header, the first on line {}: several lists may have been put together",
                    ids(header_like_, "rejected record looks", "rejected records look"), header_like_line_));
  }
}

void ProfileCounter::suspect_numbers(InputProfile& profile) const {
  if (const auto count = problems_[static_cast<std::size_t>(IdProblem::scientific)]; count > 0) {
    profile.suspicions.push_back(fmt::format(
        "{} in scientific notation: the spreadsheet that wrote the list has destroyed their digits; "
        "export the column as text",
        ids(count, "ID is", "IDs are")));
  }
  if (ends_in_zeros_ > 0 && ends_in_zeros_ * 2 >= sixteen_digits_) {
    profile.suspicions.push_back(fmt::format(
        "{} of {} with 16 digits or more end in zeros after the fifteenth digit: a spreadsheet keeps 15 "
        "digits and may have destroyed the rest; export the column as text",
        ends_in_zeros_, ids(sixteen_digits_, "ID", "IDs")));
  }
  if (const auto count = problems_[static_cast<std::size_t>(IdProblem::inexact_number)]; count > 0) {
    profile.suspicions.push_back(
        fmt::format("{} of more than 15 digits in a cell of a number, of which a spreadsheet keeps 15: the "
                    "rest may be destroyed; "
                    "store the column as text, or take them as they stand with --allow-lossy",
                    ids(count, "ID is", "IDs are")));
  }
  if (const auto count = problems_[static_cast<std::size_t>(IdProblem::decimal)]; count > 0) {
    profile.suspicions.push_back(
        fmt::format("{} a decimal fraction: the column was exported as a number; export it as text",
                    ids(count, "ID has", "IDs have")));
  }
}

// Rejected because of how the numbers are written, which an option says.
void ProfileCounter::suspect_notation(InputProfile& profile) const {
  for (const DigitGroups groups :
       {DigitGroups::comma, DigitGroups::point, DigitGroups::apostrophe, DigitGroups::space}) {
    const Grouped& grouped = rejected_groups_[static_cast<std::size_t>(groups)];
    if (grouped.count == 0) continue;
    std::string sentence =
        fmt::format("{} digits in groups, {}: if they are numbers, --thousands {} reads them",
                    ids(grouped.count, "ID has", "IDs have"), first_of(grouped.first), shell_word(groups));
    if (groups == DigitGroups::comma) sentence += "; if the comma begins a fraction, --decimal ,";
    profile.suspicions.push_back(std::move(sentence));
  }
  if (ambiguous_points_.count > 0) {
    profile.suspicions.push_back(fmt::format(
        "{} one point before three digits, {}: if it makes groups of thousands, --thousands . reads them",
        ids(ambiguous_points_.count, "ID has", "IDs have"), first_of(ambiguous_points_.first)));
  }
  const auto commas = static_cast<std::size_t>(IdProblem::decimal_comma);
  if (problems_[commas] > 0) {
    profile.suspicions.push_back(fmt::format("{} a decimal comma, {}: --decimal , reads whole numbers",
                                             ids(problems_[commas], "ID has", "IDs have"),
                                             first_of(examples_[commas])));
  }
}

// Accepted as they stand, but most of the list looks like numbers that were formatted.
void ProfileCounter::suspect_accepted_groups(InputProfile& profile) const {
  std::uint64_t accepted = 0;
  for (const auto& [length, count] : profile.lengths) accepted += count;
  for (const DigitGroups groups : {DigitGroups::point, DigitGroups::space}) {
    const auto number = static_cast<std::size_t>(groups);
    const Grouped& grouped = accepted_groups_[number];
    if (grouped.count * 2 <= accepted && (grouped.count == 0 || rejected_groups_[number].count == 0))
      continue;
    profile.suspicions.push_back(fmt::format(
        "{} like numbers with digits in groups, such as {}, and {} read as {}: --thousands {} reads "
        "them as whole numbers",
        ids(grouped.count, "ID looks", "IDs look"), first_of(grouped.first),
        grouped.count == 1 ? "is" : "are", grouped.count == 1 ? "it stands" : "they stand",
        shell_word(groups)));
  }
}

// Nearly all of one width and the others shorter: 00123 became 123.
void ProfileCounter::suspect_widths(InputProfile& profile) const {
  if (profile.lengths.size() < 2 || digits_only_ == 0) return;
  const auto [width, count] = *profile.lengths.rbegin();
  std::uint64_t accepted = 0;
  for (const auto& [length, ids_of_length] : profile.lengths) accepted += ids_of_length;
  if (accepted != digits_only_ || count * 20 < accepted * 19) return;
  profile.suspicions.push_back(
      fmt::format("leading zeros may have been lost in {}: all others have {} digits",
                  ids(accepted - count, "ID", "IDs"), width));
}

}  // namespace firmquery

// Counts what the accepted IDs and the rejects of a list look like, and says what is suspicious about them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "digit_lines.hpp"
#include "firmquery/core/clean.hpp"

namespace firmquery {

class ProfileCounter {
 public:
  void add_digits(std::string_view digits);  // an accepted ID of ASCII digits only
  void add_digits(const DigitTally& tally);  // the same of many
  void add(std::string_view id);             // any accepted ID, as read and trimmed
  void add_problem(IdProblem problem, std::string_view raw, std::uint64_t line);
  void add_text_marker() { ++text_marker_; }
  void add_text_formula() { ++text_formula_; }

  // Completes `profile`, whose format, encoding, delimiter and column are set.
  void finish(InputProfile& profile) const;

 private:
  static constexpr std::size_t kShortMax = 64;
  void add_group(std::string_view id);
  void suspect(InputProfile& profile) const;
  void suspect_numbers(InputProfile& profile) const;
  void suspect_widths(InputProfile& profile) const;
  void suspect_notation(InputProfile& profile) const;
  void suspect_accepted_groups(InputProfile& profile) const;

  std::array<std::uint64_t, kShortMax + 1> short_lengths_{};  // characters, all accepted
  std::map<std::size_t, std::uint64_t> long_lengths_;
  std::uint64_t digits_only_ = 0, letters_only_ = 0, alphanumeric_ = 0, hexadecimal_ = 0, other_ = 0;
  std::uint64_t leading_zero_ = 0, text_marker_ = 0, text_formula_ = 0;
  std::uint64_t sixteen_digits_ = 0, ends_in_zeros_ = 0;  // of 16 digits or more
  std::uint64_t header_like_ = 0, header_like_line_ = 0;
  std::array<std::uint64_t, 16> problems_{};
  std::array<FieldExample, 16> examples_;
  // By DigitGroups; of the accepted ones, one group behind a point counts as well.
  struct Grouped {
    std::uint64_t count = 0;
    FieldExample first;
  };
  std::array<Grouped, 5> rejected_groups_, accepted_groups_;
  Grouped ambiguous_points_;  // rejected
};

inline void ProfileCounter::add_digits(std::string_view digits) {
  ++digits_only_;
  leading_zero_ += digits.front() == '0' && digits.size() > 1;
  sixteen_digits_ += digits.size() > kSpreadsheetDigits;
  ends_in_zeros_ += ends_as_spreadsheets_round(digits);
  if (digits.size() <= kShortMax) {
    ++short_lengths_[digits.size()];
  } else {
    ++long_lengths_[digits.size()];
  }
}

}  // namespace firmquery

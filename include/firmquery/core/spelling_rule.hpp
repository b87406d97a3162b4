// Ways in which lists write IDs otherwise than the column that they are looked up in, and how to write them back: what
// --accept-rule names, and what near misses are found by.
//
//   trim                  blanks, invisible characters and quotes around the ID are cut off
//   strip-blanks          all blanks and invisible characters are left out
//   single-blanks         several blanks in a row, or blanks of another kind, become one
//   upper, lower          the case of ASCII letters
//   ascii                 full-width forms, digits of other scripts and letters that look like Latin ones
//   pad:N                 zeros are put before digits up to a width of N
//   strip-zeros           zeros before other digits are cut off
//   strip-decimals        .0 or ,00 behind digits is cut off
//   strip-separators      hyphens, points, slashes, underscores and blanks between letters and digits are left out
//   group:3-2-4           digits and letters get separators: groups of 3, 2 and 4 characters
//   look-alikes           letters that look like digits become digits, where the ID is digits then
//   look-alikes:AA9999    letters (A, a) and digits (9) are made to stand where the pattern has them
//   add-luhn:N            a check digit is put behind N-1 digits; also add-ean, add-mod11, add-mod97 (two digits)
//   drop-luhn:N           a check digit that is right is cut off, which leaves N digits; drop-ean, ...
//
// Rules joined by + are applied one after the other: strip-separators+pad:10. A rule leaves alone what it does not
// fit; applied to its own result it changes nothing (but for one that adds or drops check digits).
//
// Thread-safe where it is const. Nothing here reads a locale.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_type.hpp"

namespace firmquery {

struct SpellingStep;

class SpellingRule {
 public:
  // Fails (kind usage) at `place` with the names that there are, and the one that may be meant.
  static Result<SpellingRule> parse(std::string_view name, const std::string& place);

  const std::string& name() const { return name_; }
  // What it does, as "match with ..." goes on: "zeros padded to 10 digits".
  std::string words() const;
  // Writes the ID (trimmed UTF-8) as the rule has it to `spelled`. False: there is nothing to change, and `spelled` is
  // unspecified.
  bool apply(std::string_view id, std::string& spelled) const;

  SpellingRule(const SpellingRule&);
  SpellingRule(SpellingRule&&) noexcept;
  SpellingRule& operator=(const SpellingRule&);
  SpellingRule& operator=(SpellingRule&&) noexcept;
  ~SpellingRule();
  friend bool operator==(const SpellingRule& a, const SpellingRule& b) { return a.name_ == b.name_; }

  const std::vector<SpellingStep>& steps() const { return steps_; }  // for core itself

 private:
  SpellingRule(std::string name, std::vector<SpellingStep> steps);
  std::string name_;
  std::vector<SpellingStep> steps_;
};

// The rules in the order given, each on what the one before has left; `changed` says whether any of them did anything.
// `scratch` is room for one ID. The result is `id` itself or stands in `spelled`.
std::string_view apply_rules(const std::vector<SpellingRule>& rules, std::string_view id,
                             std::string& spelled, std::string& scratch);

}  // namespace firmquery

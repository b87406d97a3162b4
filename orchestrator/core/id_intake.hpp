// What happens to a field that may be an ID, wherever it was found: it is checked, counted, and handed to the sink.
#pragma once

#include <string>
#include <string_view>

#include "clean_profile.hpp"
#include "digit_lines.hpp"
#include "field_id.hpp"
#include "firmquery/core/clean.hpp"

namespace firmquery {

// Where fields come from: asked where the one in hand begins, which only a reject has to tell.
class FieldOrigin {
 public:
  virtual ~FieldOrigin() = default;
  virtual std::uint64_t field_offset() = 0;  // InputPlace::kNoOffset: there is none
};

class IdIntake {
 public:
  // `options`, `sink` and `origin` must outlive it.
  IdIntake(const CleanOptions& options, CleanSink& sink, FieldOrigin& origin)
      : options_(options), sink_(sink), origin_(origin), wants_raw_(sink.wants_raw()) {}

  // The column that the fields are of, before the first of them.
  void begin(std::size_t column, const std::string& name);
  // Digits are their own canonical text; `value` is read from them.
  void take_digits(std::string_view digits, std::int64_t value, std::uint64_t line);
  void take_run(const DigitLines& lines, std::uint64_t first_line);
  void take(std::string_view raw, std::uint64_t line, TextMarker marker);
  // What is no ID whatever it says.
  void refuse(std::string_view raw, std::uint64_t line, IdProblem problem);
  // Completes the profile, whose other members are set.
  void finish() { counter_.finish(profile_); }

  InputCounts& counts() { return counts_; }
  const InputCounts& counts() const { return counts_; }
  InputProfile& profile() { return profile_; }
  const InputProfile& profile() const { return profile_; }
  bool wants_raw() const { return wants_raw_; }
  // Whether digits may go by take_digits(): rules of spelling may have other digits for them.
  bool takes_digits() const { return !wants_raw_ && options_.accept_rules.empty(); }

 private:
  std::string_view respell(std::string_view id);
  void reject(std::string_view raw, std::uint64_t line, IdProblem problem);

  const CleanOptions& options_;
  CleanSink& sink_;
  FieldOrigin& origin_;
  const bool wants_raw_;
  std::size_t column_ = 0;
  InputCounts counts_;
  InputProfile profile_;
  ProfileCounter counter_;
  std::string column_name_;  // that can be read
  std::string canonical_, plain_, readable_, respelled_, scratch_;
};

inline void IdIntake::take_digits(std::string_view digits, std::int64_t value, std::uint64_t line) {
  ++counts_.lines;
  ++counts_.accepted;
  counter_.add_digits(digits);
  if (options_.type == IdType::integer) {
    sink_.accept(value, line);
  } else {
    sink_.accept(digits, line);
  }
}

}  // namespace firmquery

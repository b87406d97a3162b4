// Handles of options: what code reads a setting by. A handle is made at compile time from the option's name,
// and does not compile where no row of the table has that name or where the row is of another kind than the
// handle's type.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "firmquery/job/option_table.hpp"

namespace firmquery {

// Any row of the table: what settings are kept by.
class AnyOption {
 public:
  consteval explicit AnyOption(std::string_view name) : row_(row_of(name)) {}
  // Requires: a row of the table, not a copy of one.
  AnyOption(const OptionSpec& spec)  // NOLINT(google-explicit-constructor): a row is an option
      : row_(static_cast<std::size_t>(&spec - kOptionTable.data())) {}

  constexpr std::size_t row() const { return row_; }
  constexpr const OptionSpec& spec() const { return kOptionTable[row_]; }
  constexpr bool is(const OptionSpec& other) const { return &other == &spec(); }
  friend constexpr bool operator==(AnyOption, AnyOption) = default;
  friend constexpr bool operator<(AnyOption a, AnyOption b) { return a.row_ < b.row_; }

 private:
  static consteval std::size_t row_of(std::string_view name) {
    for (std::size_t row = 0; row < kOptionTable.size(); ++row) {
      if (kOptionTable[row].name == name) return row;
    }
    throw "no option has this name";  // which ends the compilation
  }
  std::size_t row_;
};

namespace option_detail {

template <class T>
inline constexpr bool is_duration = false;
template <class Count, class Period>
inline constexpr bool is_duration<std::chrono::duration<Count, Period>> = true;

template <class Number>
consteval bool fits(const OptionSpec& spec) {
  using Limits = std::numeric_limits<Number>;
  return spec.kind == ValueKind::integer && spec.low >= static_cast<double>(Limits::lowest()) &&
         spec.high <= static_cast<double>(Limits::max());
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
consteval bool holds(const OptionSpec& spec) {
  if constexpr (std::is_same_v<T, bool>) {
    return spec.kind == ValueKind::boolean;
  } else if constexpr (is_optional<T>) {
    return fits<typename T::value_type>(spec) && !spec.choices.empty();
  } else if constexpr (is_duration<T>) {
    return std::is_floating_point_v<typename T::rep> ? spec.kind == ValueKind::seconds
                                                     : fits<typename T::rep>(spec);
  } else if constexpr (std::is_integral_v<T>) {
    return fits<T>(spec) && spec.choices.empty();
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return spec.kind == ValueKind::choices || is_repeatable(spec.kind);
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return spec.kind == ValueKind::path;
  } else {
    return std::is_same_v<T, std::string> &&
           (spec.kind == ValueKind::text || spec.kind == ValueKind::path || spec.kind == ValueKind::choice ||
            spec.kind == ValueKind::ports);
  }
}

}  // namespace option_detail

// An option whose value is a T: text, path, bool, a number that holds all that the row allows, the same or a word
// such as "off" (none), a span of seconds, or the entries of a list.
template <class T>
class Option : public AnyOption {
 public:
  consteval explicit Option(std::string_view name) : AnyOption(name) {
    if (!option_detail::holds<T>(spec())) throw "the option is of another kind";
  }
};

// An option that is one of some names, each of which means a T. Its names are those of the row, in the row's
// order; where the row has no default, "" comes first, for an option that is not set. Anything else does not
// compile.
template <class T>
class Choice : public AnyOption {
 public:
  struct Name {
    std::string_view text;
    T value;
  };
  static constexpr std::size_t kNamesMax = 8;

  template <std::size_t N>
  consteval Choice(std::string_view name, const Name (&names)[N]) : AnyOption(name), count_(N) {
    static_assert(N <= kNamesMax);
    std::string_view allowed = spec().choices;
    for (std::size_t i = 0; i < N; ++i) {
      names_[i] = names[i];
      if (i == 0 && spec().fallback.empty()) {
        if (!names[i].text.empty())
          throw "what an option without a default means when it is not set comes first";
        continue;
      }
      const std::size_t end = std::min(allowed.find('|'), allowed.size());
      if (end == 0 || names[i].text != allowed.substr(0, end)) throw "the names are not those of the table";
      allowed.remove_prefix(std::min(end + 1, allowed.size()));
    }
    if (spec().kind != ValueKind::choice || !allowed.empty()) throw "the table has more names";
  }

  // Requires: a name of the option, as every checked value is.
  constexpr T meaning(std::string_view text) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (names_[i].text == text) return names_[i].value;
    }
    return names_[0].value;
  }

 private:
  std::array<Name, kNamesMax> names_{};
  std::size_t count_;
};

}  // namespace firmquery

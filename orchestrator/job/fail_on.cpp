#include "fail_on.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "firmquery/core/suggest.hpp"
#include "firmquery/db/secrets.hpp"

namespace firmquery {
namespace {

using Count = FailOn::Count;
constexpr std::array<std::pair<std::string_view, Count>, 6> kCounts{{{"missing", Count::missing},
                                                                     {"new", Count::newly},
                                                                     {"resolved", Count::resolved},
                                                                     {"age", Count::age},
                                                                     {"duplicates", Count::duplicates},
                                                                     {"rejected", Count::rejected}}};

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Result<FailOn> parse_fail_on(std::string_view text, const std::string& place) {
  FailOn threshold;
  threshold.text = std::string(text);
  const std::size_t sign = text.find('>');
  const std::string_view name = trim(text.substr(0, sign));
  std::vector<std::string> names;
  bool known = false;
  for (const auto& [word, count] : kCounts) {
    names.emplace_back(word);
    if (word != name) continue;
    known = true;
    threshold.count = count;
  }
  if (!known) {
    const std::string near = nearest(name, names);
    return fail(ErrorKind::usage, fmt::format("\"{}\" is not a threshold", without_secret(text)), place,
                near.empty()
                    ? "write missing>N, new>N, resolved>N, duplicates>N or rejected>N, or P% for N; or "
                      "age>N, or Nd for N"
                    : fmt::format("did you mean \"{}>N\"?", near));
  }
  std::string_view number = sign == std::string_view::npos ? std::string_view() : trim(text.substr(sign + 1));
  if (number.empty()) {
    // In a shell an unquoted > redirects, and what arrives here is the bare name.
    return fail(ErrorKind::usage, fmt::format("\"{}\" lacks its limit", without_secret(text)), place,
                fmt::format("write it in quotes, for the shell: --fail-on '{}>0'", name));
  }
  const bool of_age = threshold.count == Count::age;
  if (number.back() == (of_age ? 'd' : '%')) {
    (of_age ? threshold.days : threshold.percent) = true;
    number = trim(number.substr(0, number.size() - 1));
  }
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), threshold.limit);
  const bool valid =
      error == std::errc() && end == number.data() + number.size() && std::isfinite(threshold.limit) &&
      threshold.limit >= 0 &&
      (threshold.percent ? threshold.limit <= 100 : threshold.limit == std::floor(threshold.limit));
  if (!valid) {
    return fail(ErrorKind::usage, fmt::format("\"{}\" has no valid limit", without_secret(text)), place,
                of_age ? "the limit is a whole number of runs, or of days: age>3, age>7d"
                       : "the limit is a whole number, or a percentage from 0% to 100%");
  }
  return threshold;
}

}  // namespace firmquery

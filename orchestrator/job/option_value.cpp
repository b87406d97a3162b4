// What a value of each kind may be. One place, so that a flag, a variable and a YAML key are refused alike.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "fail_on.hpp"
#include "firmquery/core/spelling_rule.hpp"
#include "firmquery/core/suggest.hpp"
#include "firmquery/db/secrets.hpp"
#include "firmquery/job/options.hpp"

namespace firmquery {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

Failure refuse(std::string_view label, std::string_view text, const std::string& allowed,
               const std::string& place, std::string remedy = {}) {
  const std::string prefix = label.empty() ? "" : std::string(label) + ": ";
  return fail(ErrorKind::usage, fmt::format("{}\"{}\" is not {}", prefix, without_secret(text), allowed),
              place, std::move(remedy));
}

// Other spellings of a choice that people use.
std::string_view spelling_of(const OptionSpec& spec, std::string_view text) {
  using Alias = std::pair<std::string_view, std::string_view>;
  static constexpr Alias kHeader[] = {{"true", "yes"}, {"present", "yes"}, {"false", "no"}, {"absent", "no"}};
  static constexpr Alias kEncoding[] = {
      {"utf8", "utf-8"}, {"utf16le", "utf-16le"}, {"utf16be", "utf-16be"}, {"cp1252", "windows-1252"}};
  static constexpr Alias kFormat[] = {{"excel", "xlsx"}};
  static constexpr Alias kMark[] = {
      {".", "point"}, {",", "comma"}, {"'", "apostrophe"}, {"\xE2\x80\x99", "apostrophe"}, {" ", "space"}};
  const auto look_up = [&](const auto& aliases) {
    for (const auto& [from, to] : aliases) {
      if (from == text) return to;
    }
    return text;
  };
  if (options::header.is(spec)) return look_up(kHeader);
  if (options::encoding.is(spec)) return look_up(kEncoding);
  if (options::format.is(spec)) return look_up(kFormat);
  if (options::thousands.is(spec) || options::decimal.is(spec)) return look_up(kMark);
  return text;
}

Result<std::string> check_choice(const OptionSpec& spec, std::string_view text, const std::string& place,
                                 std::string_view label) {
  const std::string wanted = lower(text);
  const std::string_view spelled = spelling_of(spec, wanted);
  const auto allowed = split(spec.choices, '|');
  if (std::find(allowed.begin(), allowed.end(), spelled) != allowed.end()) return std::string(spelled);
  const std::string near = nearest(wanted, {allowed.begin(), allowed.end()});
  return refuse(label, text, "one of " + fmt::format("{}", fmt::join(allowed, ", ")), place,
                near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
}

Result<std::string> check_integer(const OptionSpec& spec, std::string_view text, const std::string& place,
                                  std::string_view label) {
  for (const std::string_view word : split(spec.choices, '|')) {
    if (!word.empty() && lower(text) == word) return std::string(word);
  }
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || static_cast<double>(value) < spec.low || static_cast<double>(value) > spec.high) {
    std::string allowed = fmt::format("a whole number from {:.0f} to {:.0f}", spec.low, spec.high);
    if (!spec.choices.empty()) allowed += fmt::format(", or {}", spec.choices);
    return refuse(label, text, allowed, place);
  }
  return std::to_string(value);
}

Result<std::string> check_seconds(const OptionSpec& spec, std::string_view text, const std::string& place,
                                  std::string_view label) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
  if (!whole || value < spec.low || value > spec.high) {
    return refuse(label, text, fmt::format("a number of seconds from {} to {}", spec.low, spec.high), place);
  }
  return std::string(text);
}

Result<std::string> check_path(const OptionSpec& spec, std::string_view text, const std::string& place,
                               std::string_view label) {
  if (text.empty()) return refuse(label, text, "a path", place);
  if (is_dsn_uri(text)) return refuse(label, text, "a path", place, "a server is named with --dsn DSN");
  if (text == "-" && options::out.is(spec)) {
    return refuse(
        label, text, "a directory", place,
        "name one for the files of the run; standard output takes the report with --json, and the IDs "
        "of clean without --out");
  }
  if (text == "-" && spec.name == "metrics-file")
    return refuse(label, text, "a file", place, "name one in the directory of the collector");
  if (text == "-" && options::log_file.is(spec)) {
    return refuse(label, text, "a file", place, "leave it out: the log is on standard error as well");
  }
  return std::string(text);
}

// One for each host, as libpq takes them; an empty one is the default.
Result<std::string> check_ports(std::string_view text, const std::string& place, std::string_view label) {
  for (const std::string_view port : split(text, ',')) {
    int value = 1;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    const bool whole = port.empty() || (error == std::errc() && end == port.data() + port.size());
    if (!whole || value < 1 || value > 65535) return refuse(label, text, "a port from 1 to 65535", place);
  }
  return std::string(text);
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

Result<std::string> check_value(const OptionSpec& spec, std::string_view text, const std::string& place,
                                std::string_view label) {
  switch (spec.kind) {
    case ValueKind::text:
      return std::string(text);
    case ValueKind::path:
      return check_path(spec, text, place, label);
    case ValueKind::ports:
      return check_ports(text, place, label);
    case ValueKind::integer:
      return check_integer(spec, text, place, label);
    case ValueKind::seconds:
      return check_seconds(spec, text, place, label);
    case ValueKind::choice:
      return check_choice(spec, text, place, label);
    case ValueKind::choices: {
      std::string joined;
      for (std::string_view part : split(text, ',')) {
        while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
        while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
        FQ_TRY_ASSIGN(const std::string choice, check_choice(spec, part, place, label));
        joined += (joined.empty() ? "" : ",") + choice;
      }
      return joined;
    }
    case ValueKind::thresholds: {
      FQ_TRY(parse_fail_on(text, place));
      return std::string(text);
    }
    case ValueKind::rules: {
      FQ_TRY(SpellingRule::parse(text, place));
      return std::string(text);
    }
    case ValueKind::boolean: {
      const std::string word = lower(text);
      for (const char* yes : {"true", "yes", "on", "1"}) {
        if (word == yes) return std::string("true");
      }
      for (const char* no : {"false", "no", "off", "0"}) {
        if (word == no) return std::string("false");
      }
      return refuse(label, text, "true or false", place);
    }
  }
  return std::string(text);
}

}  // namespace firmquery

#include "firmquery/core/spelling_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "digits.hpp"
#include "firmquery/core/suggest.hpp"
#include "spelling_step.hpp"

namespace firmquery {
namespace {

using Kind = SpellingStep::Kind;

constexpr std::size_t kWidthMax = 100;

enum class Argument : std::uint8_t { none, width, groups, pattern };
struct RuleKind {
  std::string_view name;
  Kind kind;
  Argument argument;
  std::string_view words;  // {} is the argument
  CheckScheme scheme = CheckScheme::luhn;
};

constexpr auto kRuleKinds = std::to_array<RuleKind>({
    {"trim", Kind::trim, Argument::none, "what stands around it cut off"},
    {"strip-blanks", Kind::strip_blanks, Argument::none, "blanks and invisible characters left out"},
    {"single-blanks", Kind::single_blanks, Argument::none, "single blanks"},
    {"upper", Kind::upper, Argument::none, "capital letters"},
    {"lower", Kind::lower, Argument::none, "small letters"},
    {"ascii", Kind::ascii, Argument::none,
     "plain letters and digits in place of their look-alikes from other scripts"},
    {"pad", Kind::pad, Argument::width, "zeros padded to {} digits"},
    {"strip-zeros", Kind::strip_zeros, Argument::none, "leading zeros cut off"},
    {"strip-decimals", Kind::strip_decimals, Argument::none, ".0 cut off"},
    {"strip-separators", Kind::strip_separators, Argument::none, "hyphens and other separators left out"},
    {"group", Kind::group, Argument::groups, "separators put in as in groups of {}"},
    {"look-alikes", Kind::look_alikes, Argument::none, "digits in place of letters that look like them"},
    {"look-alikes", Kind::look_alikes, Argument::pattern,
     "letters and digits that look alike put right as in {}"},
    {"add-luhn", Kind::add_check, Argument::width, "a check digit (Luhn) added, which makes {} digits",
     CheckScheme::luhn},
    {"add-ean", Kind::add_check, Argument::width, "a check digit (EAN) added, which makes {} digits",
     CheckScheme::ean},
    {"add-mod11", Kind::add_check, Argument::width,
     "a check digit (modulo 11) added, which makes {} characters", CheckScheme::mod11},
    {"add-mod97", Kind::add_check, Argument::width,
     "two check digits (modulo 97) added, which makes {} digits", CheckScheme::mod97},
    {"drop-luhn", Kind::drop_check, Argument::width, "the check digit (Luhn) cut off, which leaves {} digits",
     CheckScheme::luhn},
    {"drop-ean", Kind::drop_check, Argument::width, "the check digit (EAN) cut off, which leaves {} digits",
     CheckScheme::ean},
    {"drop-mod11", Kind::drop_check, Argument::width,
     "the check digit (modulo 11) cut off, which leaves {} digits", CheckScheme::mod11},
    {"drop-mod97", Kind::drop_check, Argument::width,
     "the check digits (modulo 97) cut off, which leaves {} digits", CheckScheme::mod97},
});

std::string name_in_list(const RuleKind& kind) {
  switch (kind.argument) {
    case Argument::none:
      return std::string(kind.name);
    case Argument::width:
      return fmt::format("{}:N", kind.name);
    case Argument::groups:
      return fmt::format("{}:3-2-4", kind.name);
    case Argument::pattern:
      return fmt::format("{}:AA9999", kind.name);
  }
  return {};
}

std::string all_names() {
  std::string names;
  for (const RuleKind& kind : kRuleKinds) names += (names.empty() ? "" : ", ") + name_in_list(kind);
  return names + "; several in a row: strip-separators+pad:10";
}

Failure no_rule(std::string_view name, const std::string& place) {
  std::vector<std::string> names;
  for (const RuleKind& kind : kRuleKinds) names.emplace_back(kind.name);
  const std::size_t colon = name.find(':');
  const std::string near = nearest(name.substr(0, colon), names);
  std::string remedy;
  if (near == name.substr(0, colon)) {
    remedy = "write it as one of these: ";
    bool first = true;
    for (const RuleKind& kind : kRuleKinds) {
      if (kind.name != near) continue;
      remedy += (first ? "" : ", ") + name_in_list(kind);
      first = false;
    }
  } else {
    if (!near.empty()) {
      std::string meant = near;
      if (colon != std::string_view::npos) meant += name.substr(colon);
      remedy = fmt::format("did you mean \"{}\"? ", meant);
    }
    remedy += "The rules are " + all_names();
  }
  return fail(ErrorKind::usage, fmt::format("\"{}\" is not a rule of spelling", name), place,
              std::move(remedy));
}

std::optional<std::size_t> parse_width(std::string_view text) {
  std::size_t width = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  if (error != std::errc() || end != text.data() + text.size() || width < 1 || width > kWidthMax)
    return std::nullopt;
  return width;
}

// 3-2-4: groups of at most two digits' length with one separator between two of them.
bool are_groups(std::string_view text) {
  std::size_t digits = 0, groups = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      if (++digits > 2) return false;
      continue;
    }
    if (digits == 0 || !is_id_separator(c)) return false;
    ++groups;
    digits = 0;
  }
  return digits > 0 && groups > 0;
}

bool is_pattern(std::string_view text) {
  return !text.empty() && text.size() <= kWidthMax && std::all_of(text.begin(), text.end(), [](char c) {
    return c == '9' || c == 'A' || c == 'a' || is_id_separator(c);
  });
}

std::optional<SpellingStep> parse_step(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const bool has_argument = colon != std::string_view::npos;
  const std::string_view argument = has_argument ? text.substr(colon + 1) : std::string_view();
  for (const RuleKind& kind : kRuleKinds) {
    if (kind.name != name || has_argument != (kind.argument != Argument::none)) continue;
    SpellingStep step{kind.kind, 0, {}, kind.scheme};
    if (kind.argument == Argument::width) {
      const auto width = parse_width(argument);
      if (!width) return std::nullopt;
      step.width = *width;
    }
    if (kind.argument == Argument::groups && !are_groups(argument)) return std::nullopt;
    if (kind.argument == Argument::pattern && !is_pattern(argument)) return std::nullopt;
    if (kind.argument == Argument::groups || kind.argument == Argument::pattern) step.pattern = argument;
    return step;
  }
  return std::nullopt;
}

std::string words_of(const SpellingStep& step) {
  for (const RuleKind& kind : kRuleKinds) {
    if (kind.kind != step.kind || kind.scheme != step.scheme) continue;
    if ((kind.argument == Argument::pattern) != (step.kind == Kind::look_alikes && !step.pattern.empty()))
      continue;
    const std::string argument = step.width > 0 ? std::to_string(step.width) : step.pattern;
    return fmt::format(fmt::runtime(kind.words), argument);
  }
  return {};
}

}  // namespace

SpellingRule::SpellingRule(std::string name, std::vector<SpellingStep> steps)
    : name_(std::move(name)), steps_(std::move(steps)) {}
SpellingRule::SpellingRule(const SpellingRule&) = default;
SpellingRule::SpellingRule(SpellingRule&&) noexcept = default;
SpellingRule& SpellingRule::operator=(const SpellingRule&) = default;
SpellingRule& SpellingRule::operator=(SpellingRule&&) noexcept = default;
SpellingRule::~SpellingRule() = default;

Result<SpellingRule> SpellingRule::parse(std::string_view name, const std::string& place) {
  std::vector<SpellingStep> steps;
  for (std::string_view rest = name;;) {
    const std::size_t plus = rest.find('+');
    const auto step = parse_step(rest.substr(0, plus));
    if (!step) return no_rule(rest.substr(0, plus), place);
    steps.push_back(*step);
    if (plus == std::string_view::npos) break;
    rest.remove_prefix(plus + 1);
  }
  return SpellingRule(std::string(name), std::move(steps));
}

std::string SpellingRule::words() const {
  std::string words;
  for (const SpellingStep& step : steps_) words += (words.empty() ? "" : " and ") + words_of(step);
  return words;
}

bool SpellingRule::apply(std::string_view id, std::string& spelled) const {
  bool changed = false;
  std::string before;
  for (const SpellingStep& step : steps_) {
    if (changed) before = spelled;
    const std::string_view now = changed ? std::string_view(before) : id;
    if (apply_step(step, now, spelled)) {
      changed = true;
    } else if (changed) {
      spelled = before;
    }
  }
  return changed;
}

std::string_view apply_rules(const std::vector<SpellingRule>& rules, std::string_view id,
                             std::string& spelled, std::string& scratch) {
  std::string_view now = id;
  for (const SpellingRule& rule : rules) {
    if (!rule.apply(now, scratch)) continue;
    spelled.swap(scratch);
    now = spelled;
  }
  return now;
}

}  // namespace firmquery

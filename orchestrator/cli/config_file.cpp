#include "config_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "firmquery/job/option_table.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

constexpr std::array<std::string_view, 7> kSections = {"input",      "query",  "database",   "kerberos",
                                                       "processing", "output", "application"};

// Values with characters that mean something to YAML are quoted.
std::string yaml_value(const OptionSpec& spec) {
  if (spec.fallback.empty()) return std::string(spec.metavar);
  const bool plain = spec.fallback.find_first_of("{}[]#:") == std::string_view::npos;
  return plain ? std::string(spec.fallback) : fmt::format("\"{}\"", spec.fallback);
}

std::string entry(const OptionSpec& spec, std::string_view key, std::string_view indent) {
  std::string help(spec.help);
  if (!spec.choices.empty() && spec.kind != ValueKind::integer) {
    std::string list(spec.choices);
    std::replace(list.begin(), list.end(), '|', ' ');
    help += ": " + list;
  }
  // The comment stands above: beside it there is no room for a sentence.
  const std::string before = fmt::format("{}## ", indent);
  std::string comment = before + wrapped(help, before.size(), before.size());
  for (std::size_t at = comment.find('\n'); at != std::string::npos; at = comment.find('\n', at + 1)) {
    comment.replace(at + 1, before.size(), before);
  }
  return comment + fmt::format("\n{}# {}: {}\n", indent, key, yaml_value(spec));
}

}  // namespace

std::string commented_job_file() {
  std::string out =
      "# A job of firmquery. Remove the # before what differs from the default; the\n"
      "# value is the default, or in capitals what belongs there. Flags and FIRMQUERY_\n"
      "# variables win over this file. Check it with\n"
      "#   firmquery config check FILE\n"
      "# Relative paths are taken from this file's folder. Passwords are not for files.\n";
  for (const std::string_view section : kSections) {
    out += fmt::format("\n{}:\n", section);
    for (const OptionSpec& spec : option_table()) {
      const std::size_t dot = spec.yaml.find('.');
      if (dot == std::string_view::npos || spec.yaml.substr(0, dot) != section) continue;
      out += entry(spec, spec.yaml.substr(dot + 1), "  ");
    }
    if (section == "output") out += "  ## formats of the results\n  # formats: {csv: true}\n";
  }
  out += "\n# At the top level:\n";
  for (const OptionSpec& spec : option_table()) {
    if (spec.yaml.empty()) out += entry(spec, flat_key(spec), "");
  }
  return out;
}

}  // namespace firmquery::cli

#include "config_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "option_table.hpp"

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
  if (!spec.choices.empty()) {
    std::string list(spec.choices);
    std::replace(list.begin(), list.end(), '|', ' ');
    help += ": " + list;
  }
  std::string line = fmt::format("{}# {}: {}", indent, key, yaml_value(spec));
  line.resize(std::max<std::size_t>(line.size() + 2, 44), ' ');
  return line + "# " + help + "\n";
}

}  // namespace

std::string commented_job_file() {
  std::string out =
      "# A job of firmquery. Remove the # before what differs from the default; the value is the default, "
      "or\n"
      "# in capitals what belongs there. Flags and FIRMQUERY_ variables win over this file. Check it with\n"
      "#   firmquery config check FILE\n"
      "# Relative paths are taken from this file's folder. Passwords do not belong here.\n";
  for (const std::string_view section : kSections) {
    out += fmt::format("\n{}:\n", section);
    for (const OptionSpec& spec : option_table()) {
      const std::size_t dot = spec.yaml.find('.');
      if (dot == std::string_view::npos || spec.yaml.substr(0, dot) != section) continue;
      out += entry(spec, spec.yaml.substr(dot + 1), "  ");
    }
    if (section == "output") out += "  # formats: {csv: true}                    # formats of the results\n";
  }
  out += "\n# At the top level:\n";
  for (const OptionSpec& spec : option_table()) {
    if (spec.yaml.empty()) out += entry(spec, flat_key(spec), "");
  }
  return out;
}

}  // namespace firmquery::cli

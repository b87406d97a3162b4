#include "firmquery/job/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "firmquery/core/suggest.hpp"
#include "firmquery/job/option_table.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kPrefix = "FIRMQUERY_";
// Of no option: local_cluster.cpp reads the first, the tests and scripts of the project the second; the program that
// --on-finish starts, which may start this one, has the others.
constexpr std::array<std::string_view, 7> kOthers = {
    "FIRMQUERY_LOCAL_DIR", "FIRMQUERY_COCKROACH_BIN", "FIRMQUERY_STATUS", "FIRMQUERY_EXIT_CODE",
    "FIRMQUERY_RUN_ID",    "FIRMQUERY_RUN_DIRECTORY", "FIRMQUERY_REPORT"};

std::vector<std::string> known_names() {
  std::vector<std::string> names(kOthers.begin(), kOthers.end());
  for (const OptionSpec& spec : option_table()) names.push_back(environment_name(spec));
  return names;
}

// By its letters alone: a common start is no sign of a slip here.
std::string slip_of(std::string_view name, const std::vector<std::string>& names) {
  const std::size_t letters = name.size() - kPrefix.size();
  std::string best;
  std::size_t least = std::max<std::size_t>(1, letters / 4) + 1;
  for (const std::string& candidate : names) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

}  // namespace

StrayVariables stray_variables(const Surroundings& surroundings) {
  const std::vector<std::string> names = known_names();
  StrayVariables stray;
  for (const auto& [name, value] : surroundings.environment) {
    if (!name.starts_with(kPrefix) || std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string near = slip_of(name, names);
    if (near.empty()) {
      stray.warnings.push_back(name + ": no option has this variable; it is not used");
    } else {
      stray.errors.push_back(Error{
          ErrorKind::usage, "no option has this variable", name, fmt::format("did you mean {}?", near), {}});
    }
  }
  return stray;
}

}  // namespace firmquery

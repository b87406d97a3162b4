// FIRMQUERY_ variables that name no option: a threshold that is misspelt would never be checked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"

namespace firmquery::cli {

struct StrayVariables {
  std::vector<Error> errors;          // nearly the name of an option
  std::vector<std::string> warnings;  // anything else, such as what a container platform sets
};

// `entries`: "NAME=value", as the environment has them.
StrayVariables stray_variables(const std::vector<std::string_view>& entries);

}  // namespace firmquery::cli

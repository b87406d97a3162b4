// FIRMQUERY_ variables that name no option: a threshold that is misspelt would never be checked.
#pragma once

#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/job/surroundings.hpp"

namespace firmquery {

struct StrayVariables {
  std::vector<Error> errors;          // nearly the name of an option
  std::vector<std::string> warnings;  // anything else, such as what a container platform sets
};

StrayVariables stray_variables(const Surroundings& surroundings);

}  // namespace firmquery

// Job files and the user's file: the YAML schema, read through the table of options.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmquery/job/settings.hpp"

namespace firmquery {

struct YamlFile {
  std::vector<Given> given;  // checked values
  std::vector<Error> errors;
  std::vector<std::string> notices;
};

// `relative_to_file`: relative paths are taken from the file's folder, so that a job runs from anywhere.
YamlFile read_yaml_file(const std::filesystem::path& path, bool relative_to_file);

}  // namespace firmquery

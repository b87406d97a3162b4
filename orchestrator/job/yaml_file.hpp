// Job files and the user's file: the YAML schema, read through the table of options.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/job/option_table.hpp"

namespace firmquery {

// A value found in a file, not yet merged.
struct Given {
  const OptionSpec* option = nullptr;
  std::vector<std::string> items;
  std::string place;
};

struct YamlFile {
  std::vector<Given> given;  // checked values
  std::vector<Error> errors;
  std::vector<const OptionSpec*> refused;  // which the file names, with a value that is none of theirs
  std::vector<std::string> notices;
};

// `relative_to_file`: relative paths are taken from the file's folder, so that a job runs from anywhere.
YamlFile read_yaml_file(const std::filesystem::path& path, bool relative_to_file);

}  // namespace firmquery

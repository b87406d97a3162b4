// What settings and jobs depend on besides the files that they name: handed in, so that two jobs can be made
// for two different surroundings in one process, and a test can say what time it is. Nothing here is looked
// up by itself.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"

namespace firmquery {

struct Surroundings {
  std::map<std::string, std::string, std::less<>> environment;  // variables by name
  std::chrono::system_clock::time_point now{};                  // of {timestamp} in names of directories
  bool input_is_terminal = false;                               // standard input is somebody who types
  std::function<Result<std::string>()> read_input;  // standard input to its end, for a query; may be empty
  std::filesystem::path
      directory;  // absolute: relative paths of flags, variables and the user's file start here
  // `directory` is the process's own. Then the paths of a job stay as they were typed, which is how messages
  // show them; otherwise they become absolute.
  bool paths_as_typed = false;

  // nullopt also where the variable is empty.
  std::optional<std::string> variable(std::string_view name) const;
  // The path as a job has it.
  std::filesystem::path located(const std::filesystem::path& path) const;
  std::filesystem::path absolute(const std::filesystem::path& path) const;  // and in its normal form
};

}  // namespace firmquery

#include "expand_pattern.hpp"

#include <fmt/format.h>

#include <string_view>

namespace firmquery {

Result<std::string> expand_pattern(const std::string& pattern, const std::string& timestamp,
                                   const std::string& place) {
  constexpr std::string_view kTimestamp = "{timestamp}";
  std::string name = pattern;
  for (std::size_t at = name.find(kTimestamp); at != std::string::npos; at = name.find(kTimestamp, at)) {
    name.replace(at, kTimestamp.size(), timestamp);
  }
  if (name.empty() || name.find_first_of("{}/") != std::string::npos || name == "." || name == "..") {
    return fail(ErrorKind::usage,
                fmt::format("filename_pattern: \"{}\" is not the name of a directory", pattern), place,
                "{timestamp} is the only name in braces, and folders belong into default_directory");
  }
  return name;
}

}  // namespace firmquery

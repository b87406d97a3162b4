#include "firmquery/job/surroundings.hpp"

namespace firmquery {

std::optional<std::string> Surroundings::variable(std::string_view name) const {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::filesystem::path Surroundings::located(const std::filesystem::path& path) const {
  return paths_as_typed || path.empty() ? path : absolute(path);
}

std::filesystem::path Surroundings::absolute(const std::filesystem::path& path) const {
  return (directory / path).lexically_normal();
}

}  // namespace firmquery

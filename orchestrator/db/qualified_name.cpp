#include "firmquery/db/qualified_name.hpp"

namespace firmquery {

std::vector<std::string> name_parts(std::string_view qualified) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (std::size_t i = 0; i < qualified.size(); ++i) {
    const char c = qualified[i];
    if (c == '"' && quoted && i + 1 < qualified.size() && qualified[i + 1] == '"') {
      parts.back() += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string bare_name(std::string_view qualified) {
  return name_parts(qualified).back();
}

}  // namespace firmquery

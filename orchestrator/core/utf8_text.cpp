#include "firmquery/core/utf8_text.hpp"

#include "utf8.hpp"

namespace firmquery {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace firmquery

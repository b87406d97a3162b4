#include "firmquery/db/dialect.hpp"

#include <charconv>

#include "server_version.hpp"

namespace firmquery {
namespace {

// Reads a number from the front of `text` and removes it; 0 when there is none.
int take_number(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc()) text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// The first word that is a number, perhaps after a "v".
std::string_view version_word(std::string_view text) {
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    const std::string_view digits = word.starts_with('v') ? word.substr(1) : word;
    if (!digits.empty() && digits.front() >= '0' && digits.front() <= '9') return word;
    text.remove_prefix(word.size());
    if (!text.empty()) text.remove_prefix(1);
  }
  return {};
}

}  // namespace

ServerVersion parse_server_version(std::string_view text) {
  ServerVersion version;
  if (text.find("CockroachDB") != std::string_view::npos) version.kind = DialectKind::cockroachdb;
  const std::string_view word = version_word(text);
  version.version = word;
  std::string_view numbers = word.starts_with('v') ? word.substr(1) : word;
  version.major = take_number(numbers);
  if (numbers.starts_with('.')) {
    numbers.remove_prefix(1);
    version.minor = take_number(numbers);
  }
  if (numbers.starts_with('.')) {
    numbers.remove_prefix(1);
    version.patch = take_number(numbers);
  }
  return version;
}

std::string_view to_string(DialectKind kind) {
  return kind == DialectKind::cockroachdb ? "cockroachdb" : "postgresql";
}

bool Dialect::has(std::string_view capability) const {
  const auto found = capabilities.find(capability);
  return found != capabilities.end() && found->second.available;
}

}  // namespace firmquery

#include "firmquery/db/secrets.hpp"

#include <algorithm>
#include <cctype>

#include "firmquery/db/session.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kHidden = "***";

// In SCHEME://USER:PASSWORD@HOST, whatever the scheme. Without an @ what follows the colon may be a password
// too, of which the rest was forgotten; only digits are a port.
std::size_t in_authority(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == kNone) return kNone;
  std::size_t colon = scheme + 3;
  if (text.substr(colon).starts_with('[')) colon = std::min(text.find(']', colon), text.size());
  colon = text.find(':', colon);
  if (colon == kNone) return kNone;
  const std::size_t at = text.rfind('@');
  if (at != kNone) return at > colon ? colon + 1 : kNone;
  const std::size_t end = std::min(text.find_first_of("/?#,", colon), text.size());
  const std::string_view port = text.substr(colon + 1, end - colon - 1);
  return port.find_first_not_of("0123456789") == kNone ? kNone : colon + 1;
}

// After password=, sslpassword= and what people write for them.
std::size_t after_keyword(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::size_t first = kNone;
  for (const std::string_view keyword : {"password", "passwd", "pwd"}) {
    for (std::size_t at = lower.find(keyword); at != kNone; at = lower.find(keyword, at + 1)) {
      const std::size_t sign = lower.find_first_not_of(" \t\r\n\v\f", at + keyword.size());
      if (sign != kNone && lower[sign] == '=') first = std::min(first, sign + 1);
    }
  }
  return first;
}

}  // namespace

bool is_dsn_uri(std::string_view text) {
  return text.starts_with("postgres://") || text.starts_with("postgresql://");
}

bool looks_like_dsn(std::string_view text) {
  return is_dsn_uri(text) || (text.find('=') != kNone && check_dsn(text));
}

std::size_t secret_begin(std::string_view text) {
  const std::size_t begin = std::min(in_authority(text), after_keyword(text));
  if (begin != kNone) return begin;
  // A keyword that is percent-encoded: libpq decodes it.
  return redact_dsn(text).find("=***") == kNone ? kNone : 0;
}

std::string without_secret(std::string_view text) {
  const std::size_t begin = secret_begin(text);
  if (begin >= text.size()) return std::string(text);
  return std::string(text.substr(0, begin)).append(kHidden);
}

}  // namespace firmquery

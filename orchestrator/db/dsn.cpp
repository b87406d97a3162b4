#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "connect.hpp"

namespace firmquery {
namespace {

struct OptionsFree {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using OptionList = std::unique_ptr<PQconninfoOption, OptionsFree>;

constexpr const char* kRemedy =
    "write postgresql://user@host:port/database or host=... port=... dbname=... user=...; in a URI, "
    "characters "
    "with a meaning of their own are percent-encoded (@ as %40, / as %2F, : as %3A); the password belongs "
    "into "
    "a passfile or PGPASSWORD";

bool is_uri(std::string_view dsn) {
  return dsn.starts_with("postgresql://") || dsn.starts_with("postgres://");
}

// Names that libpq may quote in an explanation. Anything else in quotes may be part of a password that was
// not escaped, and is hidden.
const std::set<std::string, std::less<>>& keywords() {
  static const std::set<std::string, std::less<>> names = [] {
    std::set<std::string, std::less<>> found = {"=", "@", "/", ":", "?", "&", "[", "]", "%"};
    const OptionList options(PQconndefaults());
    for (const PQconninfoOption* o = options.get(); o != nullptr && o->keyword != nullptr; ++o) {
      found.insert(o->keyword);
    }
    return found;
  }();
  return names;
}

// Behind these words libpq quotes a character of its own, such as "="; behind any others, a piece of the
// input.
bool names_a_character(std::string_view before) {
  constexpr std::array<std::string_view, 6> kLeads = {"missing ", "matching ",  "expected ",
                                                      " or ",     "separator ", "character "};
  return std::any_of(kLeads.begin(), kLeads.end(), [&](auto lead) { return before.ends_with(lead); });
}

std::string redact_explanation(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('"');
    if (open == std::string_view::npos) break;
    // A piece of the input may hold quotes of its own: it goes to the last one of the sentence.
    const std::size_t last = text.rfind('"');
    std::size_t close = names_a_character(text.substr(0, open)) ? text.find('"', open + 1) : last;
    if (close == std::string_view::npos || close == open) close = text.size();
    std::string_view quoted = text.substr(open + 1, close - open - 1);
    if (keywords().count(quoted) == 0) quoted = "***";
    out.append(text.substr(0, open + 1)).append(quoted).append("\"");
    text.remove_prefix(std::min(text.size(), close + 1));
  }
  out.append(text);
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

// A password with a bare @, / or : is cut up by libpq's URI parser, and its pieces become host, port or
// database, which messages do show.
bool cut_up(std::string_view dsn, const Parameters& parameters) {
  if (!is_uri(dsn)) return false;
  for (const auto* name : {"host", "dbname"}) {
    const auto found = parameters.find(name);
    if (found != parameters.end() && found->second.find('@') != std::string::npos) return true;
  }
  const auto port = parameters.find("port");
  return port != parameters.end() && port->second.find_first_not_of("0123456789,") != std::string::npos;
}

bool is_secret(const PQconninfoOption& option) {
  return option.dispchar != nullptr && option.dispchar[0] == '*';
}

std::string quoted_value(std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \t\r\n\v\f'\\") == std::string_view::npos;
  return plain ? std::string(value) : quote_dsn_value(value);
}

std::string rendered(const PQconninfoOption* options, bool name_secrets) {
  std::string text;
  for (const PQconninfoOption* o = options; o->keyword != nullptr; ++o) {
    if (o->val == nullptr || *o->val == '\0' || (is_secret(*o) && !name_secrets)) continue;
    if (!text.empty()) text += ' ';
    text += o->keyword;
    text += '=';
    text += is_secret(*o) ? "***" : quoted_value(o->val);
  }
  return text;
}

OptionList parse(std::string_view dsn, std::string& explanation) {
  char* message = nullptr;
  OptionList options(PQconninfoParse(std::string(dsn).c_str(), &message));
  if (!options) explanation = message != nullptr ? message : "out of memory";
  PQfreemem(message);
  return options;
}

}  // namespace

Result<Parameters> parse_dsn(std::string_view dsn) {
  Parameters parameters;
  if (dsn.empty()) return parameters;
  if (dsn.find('\0') != std::string_view::npos) {
    return fail(ErrorKind::usage, "the connection string contains a NUL byte", "--dsn", kRemedy);
  }
  std::string explanation;
  const OptionList options = parse(dsn, explanation);
  if (!options) return fail(ErrorKind::usage, redact_explanation(explanation), "--dsn", kRemedy);
  for (const PQconninfoOption* o = options.get(); o->keyword != nullptr; ++o) {
    if (o->val != nullptr && *o->val != '\0') parameters[o->keyword] = o->val;
  }
  if (cut_up(dsn, parameters)) {
    return fail(ErrorKind::usage, "the connection string has no valid host, port and database", "--dsn",
                kRemedy);
  }
  return parameters;
}

Result<void> check_dsn(std::string_view dsn) {
  FQ_TRY(parse_dsn(dsn));
  return {};
}

std::string redact_dsn(std::string_view dsn) {
  if (dsn.empty()) return {};
  std::string explanation;
  const OptionList options = parse(dsn, explanation);
  // What cannot be parsed may hold a password anywhere.
  if (!options || !parse_dsn(dsn)) return "***";
  return rendered(options.get(), true);
}

std::string dsn_without_secrets(std::string_view dsn) {
  std::string explanation;
  const OptionList options = parse(dsn, explanation);
  return options ? rendered(options.get(), false) : std::string();
}

std::string quote_dsn_value(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace firmquery

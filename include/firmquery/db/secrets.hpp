// Passwords that were typed all the same, in a DSN: every user of the machine sees the arguments of a
// process, and messages repeat what was typed.
#pragma once

#include <string>
#include <string_view>

namespace firmquery {

bool is_dsn_uri(std::string_view text);
bool looks_like_dsn(std::string_view text);  // a URI, or key=value

// The text as a message may show it: "***" stands for all that follows from where a DSN's password may begin.
// In doubt it is a password: a bare @, / or quote in one makes its end unknowable.
std::string without_secret(std::string_view text);
// Where in the text that begins; npos where there is none.
std::size_t secret_begin(std::string_view text);

}  // namespace firmquery

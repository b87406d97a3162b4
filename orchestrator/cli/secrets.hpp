// Passwords that were typed all the same, in a DSN: every user of the machine sees the arguments of a
// process, and messages repeat what was typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firmquery::cli {

bool is_dsn_uri(std::string_view text);
bool looks_like_dsn(std::string_view text);  // a URI, or key=value

// The text as a message may show it: "***" stands for all that follows from where a DSN's password may begin.
// In doubt it is a password: a bare @, / or quote in one makes its end unknowable.
std::string without_secret(std::string_view text);

struct Words {
  std::vector<std::string> texts;  // as typed
  bool password = false;           // one of them is a DSN that holds a password
};

// Copies the arguments, then overwrites in their own memory what without_secret() hides: /proc/PID/cmdline
// and ps show it no longer. Call it before anything else looks at them.
Words take_words(int argc, char** argv);

}  // namespace firmquery::cli

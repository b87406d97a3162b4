// The arguments of the process, and the passwords that were typed into them all the same.
#pragma once

#include <string>
#include <vector>

namespace firmquery::cli {

struct Words {
  std::vector<std::string> texts;  // as typed
  bool password = false;           // one of them is a DSN that holds a password
};

// Copies the arguments, then overwrites in their own memory what without_secret() hides: /proc/PID/cmdline
// and ps show it no longer. Call it before anything else looks at them.
Words take_words(int argc, char** argv);

}  // namespace firmquery::cli

#include <string>

#include "commands.hpp"
#include "screen.hpp"

namespace firmquery::cli {

int run_version(const CommandLine&) {
  return write_all(1, "firmquery " FIRMQUERY_VERSION "\n") ? 0 : 2;
}

}  // namespace firmquery::cli

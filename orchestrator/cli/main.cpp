#include <csignal>

#include "commands.hpp"

int main(int argc, char** argv) {
  // A reader that has gone away is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that may not grow any further (ulimit -f).
  std::signal(SIGXFSZ, SIG_IGN);
  return firmquery::cli::run_program(argc, argv);
}

#include <csignal>

#include "commands.hpp"

int main(int argc, char** argv) {
  // A reader that has gone away is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  return firmquery::cli::run_program(argc, argv);
}

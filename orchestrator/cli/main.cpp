#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "commands.hpp"

namespace {

// A descriptor that the caller has closed would be given to the next file that is opened, and what is meant
// for the terminal would be written into it.
bool fill_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    if (::open("/dev/null", O_RDWR) != fd) return false;  // the lowest free one is taken
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (!fill_standard_descriptors()) return 2;
  // A reader that has gone away is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that may not grow any further (ulimit -f).
  std::signal(SIGXFSZ, SIG_IGN);
  return firmquery::cli::run_program(argc, argv);
}

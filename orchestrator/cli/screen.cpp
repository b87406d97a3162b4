#include "screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace firmquery::cli {

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

bool use_colour(int fd) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  return is_terminal(fd) && variable("NO_COLOR").empty() && variable("CLICOLOR") != "0" &&
         variable("TERM") != "dumb";
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Screen::Screen(int fd) : fd_(fd), terminal_(is_terminal(fd)), colour_(use_colour(fd)) {}

void Screen::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string out = status_shown_ ? "\r\033[K" : "";
  status_shown_ = false;
  out += text;
  out += '\n';
  write_all(fd_, out);
}

void Screen::status(std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string out = "\r\033[K";
  out += text.substr(0, width() - 1);
  status_shown_ = true;
  write_all(fd_, out);
}

void Screen::clear_status() {
  const std::lock_guard lock(mutex_);
  if (status_shown_) write_all(fd_, "\r\033[K");
  status_shown_ = false;
}

std::size_t Screen::width() const {
  winsize size{};
  if (::ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) return size.ws_col;
  return 80;
}

}  // namespace firmquery::cli

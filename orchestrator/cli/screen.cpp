#include "screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
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
  write(out);
}

void Screen::status(std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string out = "\r\033[K";
  out += text.substr(0, width() - 1);
  status_shown_ = true;
  write(out);
}

void Screen::clear_status() {
  const std::lock_guard lock(mutex_);
  if (status_shown_) write("\r\033[K");
  status_shown_ = false;
}

void Screen::last_words(std::string_view text) {
  in_haste_ = true;
  // Who holds it may have a line to finish, or be waiting for a reader, for some time yet.
  const std::unique_lock lock(mutex_, std::chrono::milliseconds(200));
  if (!lock) return;
  std::string out = status_shown_ ? "\r\033[K" : "";
  status_shown_ = false;
  out += text;
  out += '\n';
  write(out, 0);
}

// In pieces that a pipe takes whole where poll() says that it takes anything.
void Screen::write(std::string_view bytes, int looks_in_haste) {
  constexpr int kLookMs = 100;
  for (int looks = 0; !bytes.empty();) {
    if (in_haste_ && (unread_ || looks > looks_in_haste)) {
      unread_ = true;
      return;
    }
    pollfd set{fd_, POLLOUT, 0};
    const int ready = ::poll(&set, 1, in_haste_ && looks_in_haste == 0 ? 0 : kLookMs);
    if (ready < 0 && errno != EINTR) return;
    if (ready <= 0) {
      looks += in_haste_ ? 1 : 0;
      continue;
    }
    const std::string_view piece = bytes.substr(0, PIPE_BUF);
    if (!write_all(fd_, piece)) return;
    bytes.remove_prefix(piece.size());
  }
}

bool Screen::answer(std::string_view text) {
  owes_json_ = false;
  return write_all(1, text);
}

std::size_t Screen::width() const {
  winsize size{};
  if (::ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) return size.ws_col;
  return 80;
}

}  // namespace firmquery::cli

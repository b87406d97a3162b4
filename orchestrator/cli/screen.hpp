// Standard error, shared by log lines, messages and a progress line that is redrawn in place. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace firmquery::cli {

bool is_terminal(int fd);
// On a terminal, unless NO_COLOR is set, CLICOLOR is 0 or TERM is dumb.
bool use_colour(int fd);

// Writes everything to the descriptor; false when it cannot be written.
bool write_all(int fd, std::string_view bytes);

class Screen {
 public:
  explicit Screen(int fd = 2);

  void line(std::string_view text);    // a whole line, above the status
  void status(std::string_view text);  // replaces the status; cut to the width
  void clear_status();
  // A line, where it can be written at once. From then on nothing waits for a reader: what a full pipe or a
  // stopped terminal does not take is dropped, so that the program can end. Waits a fifth of a second at
  // most, for who is writing just now; for the signal thread.
  void last_words(std::string_view text);
  // Standard output owes one JSON object (--json): answer() is it, or what report_error() prints in its
  // place.
  void expect_json(bool json) { owes_json_ = json; }
  bool owes_json() const { return owes_json_; }
  bool answer(std::string_view text);  // onto standard output; false: it cannot be written
  bool terminal() const { return terminal_; }
  bool colour() const { return colour_; }
  std::size_t width() const;  // of the terminal now; 80 where that is unknown

 private:
  const int fd_;
  const bool terminal_, colour_;
  // In haste, looks so often for a reader, a tenth of a second each.
  void write(std::string_view bytes, int looks_in_haste = 5);

  std::atomic<bool> in_haste_{false};
  std::timed_mutex mutex_;
  bool unread_ = false;        // in haste, and nobody reads; guarded by mutex_
  bool status_shown_ = false;  // guarded by mutex_
  bool owes_json_ = false;     // of the main thread
};

}  // namespace firmquery::cli

// Child processes for tests: run a program to its end, or start it and watch what it prints.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firmquery::test {

struct ProcessOptions {
  // Changes to the environment; nullopt removes the variable.
  std::map<std::string, std::optional<std::string>> environment = {};
  std::string input = {};                // standard input, then end of file
  std::filesystem::path directory = {};  // empty: that of the test
  // Empty: the same; else drop to this user (only root can). A program that others cannot reach, in a private
  // home, is then run from a copy.
  std::string user = {};
  // Sent to the child when the thread that started it ends, so that none is left behind; 0: nothing.
  int death_signal = 0;
};

struct ProcessResult {
  int exit_code = -1;  // 128 + signal number when a signal ended it, as a shell reports it
  std::string out, err;
};

// A running child. Its output is collected by a thread, so it never blocks on a full pipe. The destructor
// kills (SIGKILL) and reaps a child that still runs. The methods may be called from any thread.
class Process {
 public:
  // `program`: a path, or a name looked up in PATH. Throws std::runtime_error when it cannot be started.
  static Process start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                       const ProcessOptions& options = {});
  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();

  pid_t pid() const;
  bool signal(int number);  // false: it has ended
  // The exit code, or nullopt when it still runs after the timeout.
  std::optional<int> wait(std::chrono::milliseconds timeout);
  // Waits until standard error (or output) contains the text; false after the timeout or the child's end.
  bool wait_for_err(std::string_view text, std::chrono::milliseconds timeout);
  // The program has this file open, and takes signals to itself: it reads its files before.
  bool has_open_at_work(const std::filesystem::path& file) const;
  bool wait_for_out(std::string_view text, std::chrono::milliseconds timeout);
  std::string out() const;  // so far
  std::string err() const;

 private:
  class State;
  explicit Process(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Runs to the end. Throws std::runtime_error (with what it printed) when that takes longer than the timeout.
ProcessResult run_process(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                          const ProcessOptions& options = {},
                          std::chrono::milliseconds timeout = std::chrono::minutes(5));

// Text that was broken into lines of 80 columns, as one line: for looking for a sentence in it.
std::string flat(const std::string& text);

}  // namespace firmquery::test

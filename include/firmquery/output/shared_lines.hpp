// Lines at the end of a file that any number of processes write to at once, such as the log of a machine: each in one
// write, under a lock (flock), and on disk when it returns. The file is opened for each line, so that a rotator may rename,
// remove or cut it at any time.
#pragma once

#include <chrono>
#include <filesystem>
#include <string_view>

#include "firmquery/core/error.hpp"

namespace firmquery {

inline constexpr std::chrono::seconds kSharedLinesWait{10};  // for who holds the lock

// `line`: without its line feed. A file that is not there is made (mode 0600). What a crash has left of a line becomes a
// line of its own. Fails (kind usage) where the file is not a regular one or anybody may write to it, and (kind
// transient) where another process keeps it locked for longer than `wait`.
Result<void> append_shared_line(const std::filesystem::path& file, std::string_view line,
                                std::chrono::milliseconds wait = kSharedLinesWait);

// Whether a line can be written there; makes the file, and writes none.
Result<void> check_shared_lines(const std::filesystem::path& file,
                                std::chrono::milliseconds wait = kSharedLinesWait);

}  // namespace firmquery

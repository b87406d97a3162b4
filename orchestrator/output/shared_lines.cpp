#include "firmquery/output/shared_lines.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

#include "firmquery/output/file_lock.hpp"
#include "firmquery/output/files.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

constexpr std::chrono::milliseconds kPoll{5};

struct OpenLines {
  Descriptor file;
  std::uint64_t size = 0;
  bool readable = true;
};

// Who may only write to it, as to a log that others read, cannot see what stands at its end.
Result<OpenLines> open_lines(const std::filesystem::path& path) {
  OpenLines lines;
  auto file = open_regular(path, O_RDWR | O_CREAT | O_APPEND, "open");
  if (!file && ::access(path.c_str(), W_OK) == 0 && ::access(path.c_str(), R_OK) != 0) {
    lines.readable = false;
    file = open_regular(path, O_WRONLY | O_APPEND, "open");
  }
  if (!file) {
    Error error = std::move(file).error();
    if (error.kind == ErrorKind::integrity)
      return fail(ErrorKind::usage, error.message, path.string(), "name a file, not a link or a device");
    return Failure(std::move(error));
  }
  lines.file = *std::move(file);
  struct stat status = {};
  if (::fstat(lines.file.get(), &status) != 0) return file_failure(path, "inspect", errno);
  if ((status.st_mode & S_IWOTH) != 0) {
    return fail(ErrorKind::usage, "anybody may write to this file, so that nothing in it proves anything",
                path.string(), "chmod o-w it");
  }
  return lines;
}

Result<OpenLines> open_locked(const std::filesystem::path& path, std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  for (;;) {
    FQ_TRY_ASSIGN(OpenLines lines, open_lines(path));
    while (::flock(lines.file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return file_failure(path, "lock", errno);
      if (std::chrono::steady_clock::now() >= until) {
        return fail(ErrorKind::transient, "another process keeps this file locked", path.string(),
                    "find it with: fuser " + path.string());
      }
      std::this_thread::sleep_for(kPoll);
    }
    if (!is_still_at(path, lines.file.get())) continue;  // rotated meanwhile
    FQ_TRY_ASSIGN(lines.size, size_of(lines.file.get(), path));
    return lines;
  }
}

bool ends_in_a_torn_line(const OpenLines& lines) {
  if (!lines.readable || lines.size == 0) return false;
  char last = '\n';
  return ::pread(lines.file.get(), &last, 1, static_cast<off_t>(lines.size - 1)) == 1 && last != '\n';
}

}  // namespace

Result<void> append_shared_line(const std::filesystem::path& file, std::string_view line,
                                std::chrono::milliseconds wait) {
  if (line.find('\n') != std::string_view::npos) {
    return fail(ErrorKind::integrity, "a line feed inside a line would split it in two", file.string(),
                "report this: it is a fault of the program");
  }
  FQ_TRY_ASSIGN(const OpenLines lines, open_locked(file, wait));
  std::string text = ends_in_a_torn_line(lines) ? "\n" : "";
  text.append(line).push_back('\n');
  ssize_t put = -1;
  do {
    put = ::write(lines.file.get(), text.data(), text.size());
  } while (put < 0 && errno == EINTR);
  if (put != static_cast<ssize_t>(text.size())) {
    const int error_number = put < 0 ? errno : ENOSPC;  // a short write to a file: there was no more room
    // Where it cannot be taken back, whoever comes next ends the line.
    if (put > 0) (void)!::ftruncate(lines.file.get(), static_cast<off_t>(lines.size));
    return file_failure(file, "append", error_number);
  }
  while (::fdatasync(lines.file.get()) != 0) {
    if (errno != EINTR) return file_failure(file, "flush to disk", errno);
  }
  return {};
}

Result<void> check_shared_lines(const std::filesystem::path& file, std::chrono::milliseconds wait) {
  FQ_TRY(open_locked(file, wait));
  return {};
}

}  // namespace firmquery

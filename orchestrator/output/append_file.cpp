#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "firmquery/output/files.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

constexpr std::uint64_t kKernelCopyBytes = 64u << 20;  // so often a stop request is looked for
constexpr std::size_t kCopyBufferBytes = 1u << 20;

bool kernel_cannot_copy(int error_number) {
  return error_number == EXDEV || error_number == ENOSYS || error_number == EINVAL ||
         error_number == EOPNOTSUPP;
}

// Moves `in` and `position` on by what the kernel copied; leaves the rest to the caller where it cannot.
Result<void> copy_in_kernel(int in, std::uint64_t size, int out, std::uint64_t& position,
                            const std::filesystem::path& target, const std::stop_token& stop) {
  off_t at = static_cast<off_t>(position);
  std::uint64_t left = size;
  while (left > 0 && !stop.stop_requested()) {
    const std::size_t wanted = static_cast<std::size_t>(std::min(left, kKernelCopyBytes));
    const ssize_t copied = ::copy_file_range(in, nullptr, out, &at, wanted, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && !kernel_cannot_copy(errno)) return file_failure(target, "write", errno);
    if (copied <= 0) break;  // some file systems answer 0 for what they cannot do
    left -= static_cast<std::uint64_t>(copied);
  }
  position = static_cast<std::uint64_t>(at);
  return {};
}

Result<void> append_regular(const std::filesystem::path& part, int out, std::uint64_t& position,
                            const std::filesystem::path& target, const std::stop_token& stop) {
  FQ_TRY_ASSIGN(const Descriptor in, open_regular(part, O_RDONLY, "open"));
  FQ_TRY_ASSIGN(const std::uint64_t size, size_of(in.get(), part));
  const std::uint64_t end = position + size;
  FQ_TRY(copy_in_kernel(in.get(), size, out, position, target, stop));
  std::vector<char> buffer;
  while (position < end) {
    if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    buffer.resize(kCopyBufferBytes);
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(end - position, buffer.size()));
    FQ_TRY_ASSIGN(const std::size_t got, read_some(in.get(), buffer.data(), wanted, part));
    if (got == 0) {
      return fail(ErrorKind::integrity,
                  fmt::format("the file lost {} bytes while it was read", end - position), part.string(),
                  "something else writes to the run directory: start a new run");
    }
    FQ_TRY(write_at(out, {buffer.data(), got}, position, target));
    position += got;
  }
  return {};
}

}  // namespace

Result<void> ByteSink::append_file(const std::filesystem::path& path, const std::stop_token& stop) {
  FQ_TRY_ASSIGN(const Descriptor in, open_regular(path, O_RDONLY, "open"));
  std::vector<char> buffer(kCopyBufferBytes);
  for (;;) {
    if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY_ASSIGN(const std::size_t got, read_some(in.get(), buffer.data(), buffer.size(), path));
    if (got == 0) return {};
    FQ_TRY(write({buffer.data(), got}));
  }
}

Result<void> AtomicFile::append_file(const std::filesystem::path& part, const std::stop_token& stop) {
  FQ_TRY(flush());
  return append_regular(part, file_.get(), bytes_, final_path_, stop);
}

}  // namespace firmquery

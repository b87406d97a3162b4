#include "support/moving_clock.hpp"

#include <ctime>

namespace firmquery::test {
namespace {

std::filesystem::path library() {
  for (const auto& triplet : std::filesystem::directory_iterator("/usr/lib")) {
    const auto path = triplet.path() / "faketime/libfaketimeMT.so.1";
    if (std::filesystem::exists(path)) return path;
  }
  return {};
}

}  // namespace

MovingClock::MovingClock(const TempDir& directory, const std::string& offset)
    : file_(directory.write("clock", offset + "\n")) {}

std::string MovingClock::obstacle() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "NOT TESTED: a sanitizer's runtime must come before any preloaded library";
#else
  return library().empty() ? "NOT TESTED: libfaketime is not installed; run scripts/setup" : "";
#endif
}

void MovingClock::show_to(ProcessOptions& options) const {
  options.environment["LD_PRELOAD"] = library().string();
  options.environment["FAKETIME_TIMESTAMP_FILE"] = file_.string();
  // The file is read again at each call.
  options.environment["FAKETIME_NO_CACHE"] = "1";
  options.environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
}

void MovingClock::move(const std::string& offset) const {
  // Renamed into place: a program that reads half a file would be at another time.
  const std::filesystem::path next = file_.string() + ".next";
  write_text(next, offset + "\n");
  std::filesystem::rename(next, file_);
}

void MovingClock::stop_at(std::chrono::system_clock::time_point time) const {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  move(text);
}

}  // namespace firmquery::test

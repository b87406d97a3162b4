// Facts about this process and this moment.
#include <fmt/format.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

#include "firmquery/core/time_text.hpp"
#include "firmquery/output/run_directory.hpp"

namespace firmquery {
std::vector<std::pair<std::string, std::string>> operator_fields() {
  const uid_t uid = ::geteuid();
  std::array<char, 16384> buffer{};
  struct passwd entry = {};
  struct passwd* found = nullptr;
  const bool named = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  struct utsname machine = {};
  const bool has_host = ::uname(&machine) == 0;
  return {{"os_user", named ? entry.pw_name : ""},
          {"os_uid", std::to_string(uid)},
          {"host", has_host ? static_cast<const char*>(machine.nodename) : ""},
          {"pid", std::to_string(::getpid())},
          {"program_version", FIRMQUERY_VERSION}};
}

std::string utc_now() {
  return utc_text(std::chrono::system_clock::now());
}

std::string make_run_id() {
  unsigned random = 0;
  if (::getentropy(&random, sizeof random) != 0) {
    random = static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count()) ^
             static_cast<unsigned>(::getpid());
  }
  return fmt::format("{}-{:06x}", utc_stamp(std::chrono::system_clock::now()), random & 0xffffffu);
}

std::uint64_t peak_rss_bytes() {
  // Not ru_maxrss alone: it survives exec, so a large parent (a scheduler, a test runner) would show in it.
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  struct rusage usage = {};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

}  // namespace firmquery

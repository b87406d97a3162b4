#include "syslog_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "firmquery/output/descriptor.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

constexpr int kAuthprivInfo = 10 * 8 + 6;
constexpr time_t kSendSeconds = 10;

struct Connected {
  Descriptor socket;
  bool stream = false;
};

Failure no_syslog(const std::filesystem::path& path, int error_number) {
  return fail(ErrorKind::transient,
              fmt::format("the system's log takes no messages: {}", std::strerror(error_number)),
              path.string(), "start its daemon (systemd-journald, rsyslog), or leave out --audit-syslog");
}

Result<Connected> connect_to(const std::filesystem::path& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  if (name.size() >= sizeof address.sun_path) return no_syslog(path, ENAMETOOLONG);
  std::memcpy(&address.sun_path[0], name.c_str(), name.size() + 1);
  int error_number = 0;
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    Connected connected{Descriptor(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)), type == SOCK_STREAM};
    const timeval wait = {kSendSeconds, 0};
    ::setsockopt(connected.socket.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    if (::connect(connected.socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      return connected;
    error_number = errno;
    if (error_number != EPROTOTYPE) break;
  }
  return no_syslog(path, error_number);
}

}  // namespace

Result<void> check_syslog(const std::filesystem::path& socket) {
  FQ_TRY(connect_to(socket));
  return {};
}

Result<void> send_to_syslog(const std::filesystem::path& socket, std::string_view message) {
  FQ_TRY_ASSIGN(const Connected connected, connect_to(socket));
  const time_t now = std::time(nullptr);
  tm local = {};
  ::localtime_r(&now, &local);
  constexpr std::size_t kStamp = 32;
  char stamp[kStamp] = {};
  // RFC 3164: the names of the months are English whatever the locale, which the program never sets.
  (void)std::strftime(&stamp[0], kStamp, "%b %e %H:%M:%S", &local);
  std::string text = fmt::format("<{}>{} firmquery[{}]: {}", kAuthprivInfo, &stamp[0], ::getpid(), message);
  if (connected.stream) text.push_back('\0');
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t sent = ::send(connected.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return no_syslog(socket, errno);
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

}  // namespace firmquery

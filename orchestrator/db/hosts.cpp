#include "hosts.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace firmquery {
namespace {

std::vector<std::string> elements(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t comma = list.find(',', begin);
    parts.push_back(list.substr(begin, comma - begin));
    if (comma == std::string::npos) return parts;
    begin = comma + 1;
  }
}

bool is_port(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 1 && number <= 65535;
}

bool needs_lookup(const std::string& name) {
  if (name.empty() || name.front() == '/' || name.front() == '@') return false;
  in_addr address{};
  return name.find(':') == std::string::npos && ::inet_pton(AF_INET, name.c_str(), &address) != 1;
}

// One getaddrinfo(), which nothing can end: it runs in a thread that owns all it touches, and who does not
// want to wait any longer leaves it behind.
struct Lookup {
  std::mutex mutex;
  std::condition_variable_any done;
  bool finished = false;  // these three guarded by mutex
  int code = 0;
  std::vector<std::string> addresses;
};

void look_up(Lookup& lookup, const std::string& name) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int code = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
  std::vector<std::string> addresses;
  for (const addrinfo* a = code == 0 ? found : nullptr; a != nullptr; a = a->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
      continue;
    if (std::find(addresses.begin(), addresses.end(), text) == addresses.end()) addresses.emplace_back(text);
  }
  if (code == 0) ::freeaddrinfo(found);
  const std::lock_guard lock(lookup.mutex);
  lookup.code = code;
  lookup.addresses = std::move(addresses);
  lookup.finished = true;
  lookup.done.notify_all();
}

}  // namespace

Result<std::vector<Host>> hosts_of(const Parameters& resolved) {
  const auto list = [&](const char* keyword) {
    const auto found = resolved.find(keyword);
    return elements(found == resolved.end() ? std::string() : found->second);
  };
  const std::vector<std::string> names = list("host"), addresses = list("hostaddr"), ports = list("port");
  std::vector<Host> hosts;
  // libpq has compared their numbers; one port serves all.
  for (std::size_t i = 0; i < std::max(names.size(), addresses.size()); ++i) {
    Host host{i < names.size() ? names[i] : "", i < addresses.size() ? addresses[i] : "",
              ports.size() == 1 ? ports.front() : ports[i]};
    if (!host.port.empty() && !is_port(host.port)) {
      return fail(ErrorKind::usage, fmt::format("invalid port number: \"{}\"", host.port), "connect",
                  "correct the port of the connection string");
    }
    hosts.push_back(std::move(host));
  }
  return hosts;
}

tl::expected<std::vector<std::string>, ConnectFailure> addresses_of(const Host& host,
                                                                    const Patience& patience) {
  if (!host.address.empty() || !needs_lookup(host.name)) return std::vector<std::string>{host.address};
  const auto lookup = std::make_shared<Lookup>();
  ConnectFailure failure;
  try {
    std::thread([lookup, name = host.name] { look_up(*lookup, name); }).detach();
  } catch (const std::system_error& error) {
    failure.message =
        fmt::format("could not translate host name \"{}\" to address: {}", host.name, error.what());
    return tl::unexpected(std::move(failure));
  }
  std::unique_lock lock(lookup->mutex);
  lookup->done.wait_until(lock, patience.stop, patience.until, [&] { return lookup->finished; });
  if (lookup->finished && !lookup->addresses.empty()) return lookup->addresses;
  failure.stopped = patience.stop.stop_requested();
  failure.timed_out = !lookup->finished && !failure.stopped;
  failure.message = fmt::format("could not translate host name \"{}\" to address: {}", host.name,
                                failure.timed_out ? "no answer in time" : ::gai_strerror(lookup->code));
  return tl::unexpected(std::move(failure));
}

}  // namespace firmquery

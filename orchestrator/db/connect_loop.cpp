// Hosts and their addresses one after the other, as libpq's target_session_attrs and lists of hosts have it,
// with a limit of time for each address and a stop request that ends it all.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "hosts.hpp"
#include "kerberos_connect.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;

Failure invalid(std::string message) {
  return fail(ErrorKind::usage, std::move(message), "connect", "correct the connection string");
}

// libpq reads these only while it connects, where a typing error would look like a server that cannot be
// reached.
Result<std::chrono::seconds> check_numbers(const Parameters& resolved) {
  int timeout = 0;
  for (const char* keyword : {"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
                              "tcp_user_timeout", "connect_timeout"}) {
    const std::string text = value_of(resolved, keyword);
    if (text.empty()) continue;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), timeout);
    if (error != std::errc() || end != text.data() + text.size()) {
      return invalid(fmt::format("invalid integer value \"{}\" for connection option \"{}\"", text, keyword));
    }
  }
  // As libpq has it: none at all, or at least two seconds.
  const bool limited = !value_of(resolved, "connect_timeout").empty() && timeout > 0;
  return limited ? std::chrono::seconds(std::max(timeout, 2)) : std::chrono::seconds(0);
}

// What each pass over the hosts asks of a session.
Result<std::vector<std::string>> passes_of(const std::string& wanted) {
  constexpr std::array<std::string_view, 5> known = {"any", "read-write", "read-only", "primary", "standby"};
  if (wanted.empty()) return std::vector<std::string>{"any"};
  if (wanted == "prefer-standby") return std::vector<std::string>{"standby", "any"};
  if (std::find(known.begin(), known.end(), wanted) != known.end()) return std::vector{wanted};
  return invalid(fmt::format("invalid target_session_attrs value: \"{}\"", wanted));
}

// A host that cannot be reached, or is not what was asked for, is passed over; one that refuses decides for
// all.
bool goes_on(const ConnectFailure& failure) {
  if (failure.stopped) return false;
  if (!failure.sqlstate.empty()) return failure.sqlstate == "57P03";
  const bool reached = failure.stage != ConnectStage::reach && failure.stage != ConnectStage::begin;
  return !reached || failure.stage == ConnectStage::session || failure.timed_out || failure.hung_up;
}

class Loop {
 public:
  Loop(const Parameters& parameters, std::chrono::seconds limit, std::stop_token stop)
      : parameters_(parameters), limit_(limit), stop_(std::move(stop)) {}

  // False: nothing more is to be tried.
  bool try_host(const Host& host, const std::string& session_attrs) {
    auto addresses = addresses_of(host, patience());
    if (!addresses) return note(std::move(addresses).error());
    for (const std::string& address : *addresses) {
      Parameters one = parameters_;
      one["target_session_attrs"] = session_attrs;
      if (!host.name.empty()) one["host"] = host.name;
      if (!address.empty()) one["hostaddr"] = address;
      if (!host.port.empty()) one["port"] = host.port;
      auto connected = connect_once(one, patience());
      if (connected) {
        connection_ = std::move(*connected);
        return false;
      }
      if (!note(described(std::move(connected).error(), host, address))) return false;
    }
    return true;
  }

  tl::expected<ConnectionHandle, ConnectFailure> result() {
    if (connection_) return std::move(connection_);
    last_.message = messages_;
    return tl::unexpected(std::move(last_));
  }

 private:
  Patience patience() const {
    return {limit_.count() > 0 ? Clock::now() + limit_ : Clock::time_point::max(), stop_};
  }

  bool note(ConnectFailure failure) {
    messages_ += (messages_.empty() ? "" : "; ") + failure.message;
    last_ = std::move(failure);
    return goes_on(last_);
  }

  // libpq knows the address only, where the name was looked up here.
  ConnectFailure described(ConnectFailure failure, const Host& host, const std::string& address) const {
    if (failure.timed_out) {
      failure.message = fmt::format("connection to server at \"{}\", port {} failed: no answer within {} s",
                                    address.empty() ? host.name : address, host.port, limit_.count());
    }
    if (!host.address.empty() || address.empty()) return failure;
    const std::string known = fmt::format("\"{}\"", address);
    if (const std::size_t at = failure.message.find(known); at != std::string::npos) {
      failure.message.replace(at, known.size(), fmt::format("\"{}\" ({})", host.name, address));
    }
    return failure;
  }

  const Parameters& parameters_;
  const std::chrono::seconds limit_;
  const std::stop_token stop_;
  ConnectionHandle connection_;
  ConnectFailure last_;
  std::string messages_;
};

}  // namespace

Result<ConnectionHandle> connect(Parameters parameters, const ConnectOptions& options, ConnectStage& stage) {
  FQ_TRY_ASSIGN(const Parameters resolved, resolve_valid(parameters));
  FQ_TRY_ASSIGN(const std::chrono::seconds limit, check_numbers(resolved));
  FQ_TRY_ASSIGN(const auto passes, passes_of(value_of(resolved, "target_session_attrs")));
  FQ_TRY_ASSIGN(const std::vector<Host> hosts, hosts_of(resolved));
  if (const std::string mode = value_of(resolved, "gssencmode"); !mode.empty())
    parameters["gssencmode"] = mode;
  Loop loop(parameters, limit, options.stop);
  bool more = true;
  for (std::size_t pass = 0; more && pass < passes.size(); ++pass) {
    for (std::size_t i = 0; more && i < hosts.size(); ++i) more = loop.try_host(hosts[i], passes[pass]);
  }
  auto connected = loop.result();
  if (connected) return std::move(*connected);
  const ConnectFailure& failure = connected.error();
  if (failure.stopped) return Failure(interrupted());
  stage = failure.stage;
  return Failure(kerberos_connect_error(connect_error(failure, resolved), failure, options, parameters));
}

}  // namespace firmquery

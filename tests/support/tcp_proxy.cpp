#include "support/tcp_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/loopback.hpp"

namespace firmquery::test {
namespace {

std::runtime_error failure(const char* action) {
  return std::runtime_error(std::string("proxy: ") + action + ": " + std::strerror(errno));
}

void ring(int event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event, &one, sizeof one);
}

// True when `socket` is ready for `events`; false when `event` rang first.
bool wait_for(int socket, short events, int event) {
  while (true) {
    std::array<pollfd, 2> set{{{event, POLLIN, 0}, {socket, events, 0}}};
    if (::poll(set.data(), set.size(), -1) < 0 && errno != EINTR) return false;
    if (set[0].revents != 0) return false;
    if (set[1].revents != 0) return true;
  }
}

// False when the other side is gone, or `event` rang.
bool send_all(int socket, std::string_view bytes, int event) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return false;
    } else if (!wait_for(socket, POLLOUT, event)) {
      return false;
    }
  }
  return true;
}

}  // namespace

// Each direction has a thread; the last one to leave closes the sockets.
struct TcpProxy::Connection {
  int client = -1, server = -1;
  int stop = -1;        // an eventfd: rings once the connection is to end
  bool ending = false;  // guarded by the proxy's mutex, as is the rest
  End how = End::close;
  unsigned pumping = 2;
  RowFilter filter = {};
  std::array<std::thread, 2> threads = {};
};

TcpProxy::TcpProxy(int server_port) : server_port_(server_port) {
  listen();
}

TcpProxy::~TcpProxy() {
  refuse();
  end_all(End::close);
  for (const auto& connection : connections_) {
    for (std::thread& thread : connection->threads) thread.join();
    ::close(connection->stop);
  }
}

void TcpProxy::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port_);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::getsockname(listener_, generic, &size) != 0 ||
      ::listen(listener_, 64) != 0) {
    throw failure("listen");
  }
  port_ = ntohs(address.sin_port);
  stop_accepting_ = ::eventfd(0, EFD_CLOEXEC);
  acceptor_ = std::thread([this, stop = stop_accepting_] { accept_connections(stop); });
}

void TcpProxy::accept() {
  if (listener_ < 0) listen();
}

void TcpProxy::refuse() {
  if (listener_ < 0) return;
  ring(stop_accepting_);
  acceptor_.join();
  ::close(listener_);
  ::close(stop_accepting_);
  listener_ = stop_accepting_ = -1;
}

void TcpProxy::accept_connections(int stop) {
  while (wait_for(listener_, POLLIN, stop)) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    ++accepted_;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(server_port_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(server);
      ::close(client);
      continue;
    }
    const int on = 1;
    for (const int fd : {client, server}) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto made = std::make_unique<Connection>();
    Connection& connection = *made;
    connection.client = client;
    connection.server = server;
    connection.stop = ::eventfd(0, EFD_CLOEXEC);
    const std::lock_guard lock(mutex_);
    connections_.push_back(std::move(made));
    for (const Direction direction : {to_server, to_client}) {
      connection.threads[direction] =
          std::thread([this, &connection, direction] { pump(connection, direction); });
    }
  }
}

void TcpProxy::pump(Connection& connection, Direction direction) {
  const int from = direction == to_server ? connection.client : connection.server;
  const int to = direction == to_server ? connection.server : connection.client;
  std::array<char, 16384> block;
  std::optional<End> how;
  while (!how && wait_for(from, POLLIN, connection.stop)) {
    const ssize_t received = ::recv(from, block.data(), block.size(), 0);
    if (received <= 0) {
      how = received == 0 ? End::close : End::reset;
      break;
    }
    const auto size = static_cast<std::size_t>(received);
    if (!wait_for_turn(connection, size)) break;
    const std::string passed = filtered(connection, direction, {block.data(), size});
    const std::size_t allowed = allowance(direction, passed, how);
    if (!send_all(to, std::string_view(passed).substr(0, allowed), connection.stop)) how = End::close;
  }
  if (how) end(connection, *how);
  leave(connection);
}

// Sits out the delay, the throttle and the freeze; false when the connection ends meanwhile.
bool TcpProxy::wait_for_turn(const Connection& connection, std::size_t bytes) {
  std::unique_lock lock(mutex_);
  std::chrono::microseconds pause = delay_;
  if (rate_ > 0) pause += std::chrono::microseconds(bytes * 1'000'000 / rate_);
  const auto ending = [&] { return connection.ending; };
  if (pause.count() > 0) changed_.wait_for(lock, pause, ending);
  changed_.wait(lock, [&] { return ending() || !frozen_; });
  return !ending();
}

// The block without the rows that are to be lost.
std::string TcpProxy::filtered(Connection& connection, Direction direction, std::string_view block) {
  const std::lock_guard lock(mutex_);
  if (!row_loss_.is_hit) return std::string(block);
  if (direction == to_client) return connection.filter.server_sends(block, row_loss_, rows_lost_);
  connection.filter.client_sends(block, row_loss_);
  return std::string(block);
}

// How much of a block may pass; `how` is set when the connection is to be cut behind that.
std::size_t TcpProxy::allowance(Direction direction, std::string_view block, std::optional<End>& how) {
  const std::lock_guard lock(mutex_);
  if (direction == to_server && text_cut_ && block.find(text_cut_->text) != std::string_view::npos &&
      text_cut_->skip-- == 0) {
    how = text_cut_->how;
    text_cut_.reset();
    return 0;
  }
  std::size_t bytes = block.size();
  std::optional<Cut>& cut = cuts_[direction];
  if (cut && bytes >= cut->bytes) {
    bytes = cut->bytes;
    how = cut->how;
    cut.reset();
  } else if (cut) {
    cut->bytes -= bytes;
  }
  forwarded_[direction] += bytes;
  if (direction == to_server && last_ == to_client) ++turns_;
  last_ = direction;
  if (freeze_at_[direction] && forwarded_[direction] >= *freeze_at_[direction]) {
    freeze_at_[direction].reset();
    frozen_ = true;
  }
  return bytes;
}

void TcpProxy::end(Connection& connection, End how) {
  const std::lock_guard lock(mutex_);
  if (connection.ending) return;
  connection.ending = true;
  connection.how = how;
  ring(connection.stop);
  changed_.notify_all();
}

void TcpProxy::leave(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (--connection.pumping > 0) return;
  for (const int fd : {connection.client, connection.server}) {
    // With a linger time of zero close() sends an RST and forgets what was not sent.
    const linger at_once{1, 0};
    if (connection.how == End::reset) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd);
  }
}

void TcpProxy::delay(std::chrono::milliseconds each_block) {
  const std::lock_guard lock(mutex_);
  delay_ = each_block;
}

void TcpProxy::throttle(std::uint64_t bytes_per_second) {
  const std::lock_guard lock(mutex_);
  rate_ = bytes_per_second;
}

void TcpProxy::cut_after(Direction direction, std::uint64_t bytes, End how) {
  const std::lock_guard lock(mutex_);
  cuts_[direction] = Cut{std::max<std::uint64_t>(bytes, 1), how};
}

void TcpProxy::cut_before(std::string text, unsigned skip, End how) {
  const std::lock_guard lock(mutex_);
  text_cut_ = TextCut{std::move(text), skip, how};
}

void TcpProxy::lose_rows(RowLoss loss) {
  const std::lock_guard lock(mutex_);
  row_loss_ = std::move(loss);
}

std::uint64_t TcpProxy::rows_lost() const {
  const std::lock_guard lock(mutex_);
  return rows_lost_;
}

bool TcpProxy::cut_is_due() const {
  const std::lock_guard lock(mutex_);
  return text_cut_ || cuts_[to_server].has_value() || cuts_[to_client].has_value();
}

void TcpProxy::end_all(End how) {
  std::unique_lock lock(mutex_);
  for (const auto& connection : connections_) {
    if (connection->ending) continue;
    connection->ending = true;
    connection->how = how;
    ring(connection->stop);
  }
  changed_.notify_all();
}

void TcpProxy::freeze_after(Direction direction, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  freeze_at_[direction] = forwarded_[direction] + bytes;
}

bool TcpProxy::is_frozen() const {
  const std::lock_guard lock(mutex_);
  return frozen_;
}

void TcpProxy::freeze() {
  const std::lock_guard lock(mutex_);
  frozen_ = true;
}

void TcpProxy::thaw() {
  const std::lock_guard lock(mutex_);
  frozen_ = false;
  changed_.notify_all();
}

std::uint64_t TcpProxy::turns() const {
  const std::lock_guard lock(mutex_);
  return turns_;
}

std::uint64_t TcpProxy::bytes(Direction direction) const {
  const std::lock_guard lock(mutex_);
  return forwarded_[direction];
}

}  // namespace firmquery::test

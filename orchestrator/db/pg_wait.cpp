// Waiting for the server, with an end to it. libpq's own waits have none: behind a frozen proxy or a stopped
// server they last for ever, keepalives or not, because somebody's kernel still answers.
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "pg_connection.hpp"

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// What a cancel request, and the server's answer to it, may take; after a stop request somebody is waiting.
constexpr std::chrono::seconds kCancelGrace{10};
constexpr std::chrono::seconds kStopGrace{3};
// How often a wait looks whether a stop was requested meanwhile.
constexpr milliseconds kLook{200};

// Bytes that TLS has taken off the socket and not handed on: poll() knows nothing of them.
bool has_decrypted_bytes(PGconn* connection) {
  const auto* tls = static_cast<const SSL*>(PQsslStruct(connection, "OpenSSL"));
  return tls != nullptr && SSL_pending(tls) > 0;
}

bool is_ready(int socket, short events, milliseconds timeout) {
  pollfd set{socket, events, 0};
  return ::poll(&set, 1, static_cast<int>(timeout.count())) > 0;
}

}  // namespace

// From here on nothing on this connection blocks: libpq finds the end of the stream and says it is lost.
void PgConnection::give_up(std::string reason) {
  given_up = std::move(reason);
  ::shutdown(PQsocket(connection.get()), SHUT_RDWR);
}

ConnectOptions PgConnection::options_for_this_host() const {
  PGconn* raw = connection.get();
  ConnectOptions here = options;
  for (const auto& [keyword, value] : {std::pair{"host", PQhost(raw)}, std::pair{"hostaddr", PQhostaddr(raw)},
                                       std::pair{"port", PQport(raw)}}) {
    if (value != nullptr && *value != '\0') here.overrides.emplace_back(keyword, value);
  }
  return here;
}

// Again and again: the lock that a statement waits for in the end need not be the first. Not too often, for
// each time is a connection.
void PgConnection::look_for_lock(Clock::time_point since) {
  if (lock_limit.count() <= 0) return;
  const bool asked = lock_asked > since;
  const std::chrono::duration<double> least = asked ? milliseconds(5000) : milliseconds(300);
  if (Clock::now() - (asked ? lock_asked : since) < std::max(least, lock_limit / 3)) return;
  lock_wait = find_lock_wait(options_for_this_host(), PQbackendPID(connection.get()));
  lock_asked = Clock::now();
}

// Returns when the socket is ready, when it is time for a look, and when the connection has been given up.
// The look also finds the bytes that GSSAPI encryption keeps back.
void PgConnection::wait(short events, Clock::time_point& heard) {
  PGconn* raw = connection.get();
  if (!given_up.empty() || PQsocket(raw) < 0 || has_decrypted_bytes(raw)) return;
  const Clock::time_point now = Clock::now();
  if (now - heard >= patience) {
    return give_up(fmt::format("the server has been silent for {:.0f} s", patience.count()));
  }
  const bool stopping = stop_token.stop_requested();
  if (stopping) Cancellation::send(cancellation);  // again and again: one can land between two statements
  if (cancellation->asked_before(now - (stopping ? kStopGrace : kCancelGrace))) {
    return give_up("the server did not react to a cancel request");
  }
  look_for_lock(heard);
  const std::chrono::duration<double> left = patience - (now - heard);
  const auto limit = left < kLook ? std::chrono::ceil<milliseconds>(left) : kLook;
  if (is_ready(PQsocket(raw), events, limit)) heard = Clock::now();
}

void PgConnection::flush() {
  PGconn* raw = connection.get();
  if (PQflush(raw) != 1) return;  // as a rule, and for each row: without a look at the clock
  Clock::time_point heard = Clock::now();
  while (PQflush(raw) == 1) {
    // The server may make room only after its own words have been read.
    wait(POLLIN | POLLOUT, heard);
    if (PQconsumeInput(raw) != 1) return;
  }
}

PGresult* PgConnection::next_result() {
  PGconn* raw = connection.get();
  // What was sent ahead may be more than the network holds: the server reads it when it is done with what
  // comes first, whose rows need not be kept until then.
  bool unsent = PQflush(raw) == 1;
  if (PQisBusy(raw) != 1) return PQgetResult(raw);
  Clock::time_point heard = Clock::now();
  while (PQisBusy(raw) == 1) {
    wait(static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN), heard);
    if (PQconsumeInput(raw) != 1) break;
    unsent = PQflush(raw) == 1;
  }
  return PQgetResult(raw);
}

int PgConnection::next_copy_data(char** buffer) {
  PGconn* raw = connection.get();
  int length = PQgetCopyData(raw, buffer, 1);
  if (length != 0) return length;
  Clock::time_point heard = Clock::now();
  while (length == 0) {
    wait(POLLIN, heard);
    if (PQconsumeInput(raw) != 1) return -2;
    length = PQgetCopyData(raw, buffer, 1);
  }
  return length;
}

}  // namespace firmquery

#include "connect_attempt.hpp"

#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace firmquery {
namespace {

using Clock = std::chrono::steady_clock;

// Whether a stop was requested is looked at so often.
constexpr std::chrono::milliseconds kLongestPoll{100};

struct TlsRelease {
  void operator()(SSL* tls) const { SSL_free(tls); }
};
using TlsReference = std::unique_ptr<SSL, TlsRelease>;

SSL* tls_of(PGconn* connection) {
  return static_cast<SSL*>(PQsslStruct(connection, "OpenSSL"));
}

// What the server has sent and libpq has not read yet.
class Unread {
 public:
  explicit Unread(PGconn* connection) {
    const ssize_t got = ::recv(PQsocket(connection), bytes_.data(), bytes_.size(), MSG_PEEK | MSG_DONTWAIT);
    size_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    ended_ = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }
  bool ended() const { return ended_; }
  char first() const { return size_ > 0 ? bytes_[0] : '\0'; }
  // Of an authentication request: which method.
  // https://www.postgresql.org/docs/current/protocol-message-formats.html
  int authentication() const {
    if (size_ < bytes_.size() || bytes_[0] != 'R') return -1;
    return static_cast<unsigned char>(bytes_[8]);  // no method has a number that needs more
  }

 private:
  std::array<char, 9> bytes_{};
  std::size_t size_ = 0;
  bool ended_ = false;
};

ConnectStage stage_of(PGconn* connection) {
  switch (PQstatus(connection)) {
    case CONNECTION_SSL_STARTUP:
      return ConnectStage::tls;
    case CONNECTION_GSS_STARTUP:
      return ConnectStage::gss_encryption;
    case CONNECTION_AWAITING_RESPONSE:
      return ConnectStage::login;
    case CONNECTION_STARTED:
    case CONNECTION_NEEDED:
      return ConnectStage::reach;
    case CONNECTION_MADE:
      return ConnectStage::begin;
    default:
      return ConnectStage::session;
  }
}

// The facts of one connection while it is made, each looked at before libpq reads and forgets it.
class Observer {
 public:
  explicit Observer(const Parameters& parameters) {
    const auto mode = parameters.find("gssencmode");
    demands_gss_encryption_ = mode != parameters.end() && mode->second == "require";
  }

  void look(PGconn* connection) {
    facts_.stage = stage_of(connection);
    if (facts_.stage == ConnectStage::begin && demands_gss_encryption_ && PQgssEncInUse(connection) == 0) {
      facts_.stage = ConnectStage::gss_encryption;  // libpq looks for a ticket before it sends a byte
    }
    if (facts_.stage == ConnectStage::reach) return;
    if (SSL* tls = tls_of(connection); tls != nullptr && tls != tls_.get()) {
      SSL_up_ref(tls);
      tls_.reset(tls);
    }
    const Unread unread(connection);
    facts_.hung_up = unread.ended();
    if (facts_.stage == ConnectStage::tls && !tls_) facts_.refused = unread.first() == 'N';
    if (facts_.stage == ConnectStage::gss_encryption && PQgssEncInUse(connection) == 0) {
      facts_.refused = unread.first() == 'N' || unread.first() == 'E';
    }
    const int method = unread.authentication();
    if (facts_.stage == ConnectStage::login && method >= 0) facts_.wants_gss = method == 7 || method == 8;
  }

  ConnectFailure failure(PGconn* connection) {
    ConnectFailure failure = std::move(facts_);
    take_words(PQerrorMessage(connection), failure);
    // The server tells its version to who is let in; the last steps may all be in what libpq has read at
    // once.
    if (PQparameterStatus(connection, "server_version") != nullptr) failure.stage = ConnectStage::session;
    // libpq closes the socket itself where the connection is lost, and leaves that to PQfinish where it gives
    // up.
    failure.hung_up = failure.hung_up || PQsocket(connection) < 0;
    failure.wants_password = PQconnectionUsedPassword(connection) != 0;
    failure.gss_context = PQgetgssctx(connection) != nullptr;
    failure.tls_begun = tls_ != nullptr;
    // Verified by OpenSSL; the name in the certificate is libpq's to compare, after the handshake.
    if (failure.stage == ConnectStage::tls && tls_ &&
        (SSL_get_verify_mode(tls_.get()) & SSL_VERIFY_PEER) != 0) {
      failure.bad_certificate =
          SSL_get_verify_result(tls_.get()) != X509_V_OK || SSL_is_init_finished(tls_.get()) != 0;
    }
    return failure;
  }

 private:
  ConnectFailure facts_;
  TlsReference tls_;
  bool demands_gss_encryption_ = false;
};

// Notices would go to stderr, which belongs to the program's own messages.
void drop_notice(void*, const char*) {}

bool is_code(std::string_view text) {
  return text.size() == 5 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isdigit(c) != 0 || (c >= 'A' && c <= 'Z');
         });
}

}  // namespace

bool wait_for_socket(int socket, short events, const Patience& patience) {
  pollfd set{socket, events, 0};
  while (!patience.stop.stop_requested()) {
    const Clock::time_point now = Clock::now();
    if (now >= patience.until) return false;
    const auto slice = std::min<Clock::duration>(kLongestPoll, patience.until - now);
    const auto limit = std::chrono::ceil<std::chrono::milliseconds>(slice);
    if (::poll(&set, 1, static_cast<int>(limit.count())) > 0) return true;
  }
  return false;
}

// With that verbosity a line of the server's is "SEVERITY:  CODE: words", the severity in the server's
// language, and behind it "LOCATION:  function, file:line" in the client's, which is never set and so
// English.
void take_words(std::string_view verbose, ConnectFailure& failure) {
  constexpr std::string_view kLocation = "LOCATION:  ", kBeforeCode = ":  ";
  failure.message.clear();
  while (!verbose.empty()) {
    const std::size_t end = std::min(verbose.find('\n'), verbose.size());
    std::string line(verbose.substr(0, end));
    verbose.remove_prefix(std::min(end + 1, verbose.size()));
    if (line.starts_with(kLocation)) {
      failure.function = line.substr(kLocation.size(), line.find(',') - kLocation.size());
      continue;
    }
    const std::size_t before = line.find(kBeforeCode);
    const std::size_t at = before + kBeforeCode.size();
    if (before != std::string::npos && line.size() > at + 7 && line.substr(at + 5, 2) == ": " &&
        is_code(line.substr(at, 5))) {
      failure.sqlstate = line.substr(at, 5);
      line.erase(at, 7);
    }
    std::erase(line, '\t');
    if (line.empty()) continue;
    if (!failure.message.empty()) failure.message += "; ";
    failure.message += line;
  }
}

tl::expected<ConnectionHandle, ConnectFailure> connect_once(const Parameters& parameters,
                                                            const Patience& patience) {
  const ConnectArguments arguments(parameters);
  ConnectionHandle connection(PQconnectStartParams(arguments.keywords.data(), arguments.values.data(), 0));
  PGconn* raw = connection.get();
  Observer observer(parameters);
  if (raw == nullptr) {
    ConnectFailure failure;
    failure.message = "out of memory";
    return tl::unexpected(std::move(failure));
  }
  PQsetNoticeProcessor(raw, drop_notice, nullptr);
  PQsetErrorVerbosity(raw, PQERRORS_VERBOSE);
  PostgresPollingStatusType next =
      PQstatus(raw) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
    const short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    const SSL* tls = tls_of(raw);
    const bool held_back = events == POLLIN && tls != nullptr && SSL_pending(tls) > 0;
    if (!held_back && !wait_for_socket(PQsocket(raw), events, patience)) {
      observer.look(raw);
      ConnectFailure failure = observer.failure(raw);
      failure.stopped = patience.stop.stop_requested();
      failure.timed_out = !failure.stopped;
      return tl::unexpected(std::move(failure));
    }
    observer.look(raw);
    next = PQconnectPoll(raw);
  }
  if (next == PGRES_POLLING_FAILED) return tl::unexpected(observer.failure(raw));
  PQsetErrorVerbosity(raw, PQERRORS_DEFAULT);
  return connection;
}

}  // namespace firmquery

// One attempt to connect to one address, without blocking: what libpq does inside PQconnectdb, with an end to
// each wait. Private to db.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include "connect.hpp"
#include "pg_connection.hpp"

namespace firmquery {

// When a wait ends, whatever the server does: by a stop request, or by the clock.
struct Patience {
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
  std::stop_token stop;
};

// Everything that is known about a connection that did not come about. What to do is decided by these facts;
// the words are for people, and may be in any language.
struct ConnectFailure {
  ConnectStage stage = ConnectStage::reach;
  std::string message;             // in full, libpq's and the server's
  std::string sqlstate, function;  // where the server has said them
  bool timed_out = false;
  bool stopped = false;
  bool hung_up = false;  // the server, or the network, ended it without a word
  bool refused = false;  // the server does not speak TLS, or not GSSAPI's encryption
  bool tls_begun = false;
  bool bad_certificate = false;
  bool wants_password = false;  // the server asked for one
  bool wants_gss = false;       // the server asked for GSSAPI, which is not to be seen behind TLS
  bool gss_context = false;     // a security context was there
};

// `parameters` name one host, by its address where that is not a socket.
tl::expected<ConnectionHandle, ConnectFailure> connect_once(const Parameters& parameters,
                                                            const Patience& patience);

// Waits until the socket is ready; false when patience has ended.
bool wait_for_socket(int socket, short events, const Patience& patience);

// What libpq says with PQERRORS_VERBOSE: moves the code and the function out of the words. Several lines
// become one.
void take_words(std::string_view verbose, ConnectFailure& failure);

}  // namespace firmquery

// The places that connection parameters name, in the order in which they are tried. libpq's own loop over
// them has no end to its waits: it looks names up without a limit, and its connect_timeout is for PQconnectdb
// alone. Private to db.
#pragma once

#include <string>
#include <vector>

#include "connect_attempt.hpp"

namespace firmquery {

struct Host {
  std::string name;     // empty: libpq's default
  std::string address;  // empty: to be looked up, or a socket
  std::string port;
};

// Of parameters that have been resolved. Fails (kind usage) for a port that is none.
Result<std::vector<Host>> hosts_of(const Parameters& resolved);

// The addresses of a host's name; one empty text where there is nothing to look up.
tl::expected<std::vector<std::string>, ConnectFailure> addresses_of(const Host& host,
                                                                    const Patience& patience);

}  // namespace firmquery

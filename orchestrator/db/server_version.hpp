// The answer of version(), taken apart. Private to db.
#pragma once

#include <string>
#include <string_view>

#include "firmquery/db/dialect.hpp"

namespace firmquery {

struct ServerVersion {
  DialectKind kind = DialectKind::postgresql;
  std::string version;  // "15.18", "v21.2.3"
  int major = 0, minor = 0, patch = 0;

  bool at_least(int wanted_major, int wanted_minor) const {
    return major > wanted_major || (major == wanted_major && minor >= wanted_minor);
  }
};

// "PostgreSQL 15.18 (Debian ...) on x86_64 ..." or "CockroachDB CCL v22.1.7 (...)". A system that is neither
// but speaks the protocol is taken for PostgreSQL, whose features are then found by trying.
ServerVersion parse_server_version(std::string_view text);

}  // namespace firmquery

// What differs between PostgreSQL and CockroachDB, found once per run from version(), by asking and by trying features.
// Immutable after probing; thread-safe.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

enum class DialectKind { postgresql, cockroachdb };
std::string_view to_string(DialectKind kind);

struct Capability {
  bool available = false;
  std::string detail;  // why not, in the server's words, or how it was found
  std::string remedy;  // where somebody can do something about it
};

struct Dialect {
  DialectKind kind = DialectKind::postgresql;
  std::string version;                  // "15.18" or "v21.2.3"
  int major = 0, minor = 0, patch = 0;  // of that
  std::string version_text;             // of version()
  bool read_only_server = false;        // a standby, or default_transaction_read_only
  // "temp_table", "copy_in", "copy_out_csv", "snapshot", "quality_of_service", "cancel", "create_table" ...
  std::map<std::string, Capability, std::less<>> capabilities;

  bool has(std::string_view capability) const;
  bool is_cockroachdb() const { return kind == DialectKind::cockroachdb; }
};

// What versions of CockroachDB are known to get wrong in joins, which is how lists are looked up.
struct JoinFault {
  std::string what;    // a sentence
  std::string remedy;  // the version that has it mended
};
std::vector<JoinFault> join_faults(const Dialect& dialect);

// Leaves the session outside any transaction. Writes nothing on the server.
Result<Dialect> probe_dialect(Session& session);

// Statements that set up a worker session: jit off, timeouts, temp tables on, follower reads off and so on.
struct SessionSettings {
  double statement_timeout_s = 300;
};
Result<void> set_up_session(Session& session, const Dialect& dialect, const SessionSettings& settings);
// For the statements that follow.
Result<void> set_statement_timeout(Session& session, double seconds);
// The same inside a transaction, where a setting that the server does not have would end it: locks keep their limit.
Result<void> limit_statements(Session& session, double seconds);

// Part of Session::open().
Result<void> set_up_reading(Session& session, DialectKind kind);
// How the server says the session reads.
Result<SessionReport> session_report(Session& session);

inline constexpr std::string_view row_security_remedy =
    "run as the owner of the table (not under FORCE ROW LEVEL SECURITY) or as a role with BYPASSRLS; where "
    "the "
    "filtered view is what is wanted, say so: --row-security on";

}  // namespace firmquery

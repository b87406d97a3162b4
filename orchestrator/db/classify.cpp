// SQLSTATE -> what to do next, for PostgreSQL and CockroachDB alike.
// https://www.postgresql.org/docs/current/errcodes-appendix.html and CockroachDB's pkg/sql/pgwire/pgcode.
#include <array>

#include "cockroach_words.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {
namespace {

constexpr Classification kFail{Recovery::fail, ErrorKind::query};
constexpr Classification kNotAllowed{Recovery::permission, ErrorKind::permission};

struct Row {
  std::string_view prefix;  // a whole code, or the class it starts with
  Classification classification;
};

// The longest prefix that fits decides. What fits none is kFail: an error nobody has thought about is
// reported, not repeated. So 0A000, 22xxx, 23xxx, 42xxx and 25006 need no row.
constexpr std::array kTable = {
    // Transactions that lost a race: the whole unit again, on the same session.
    Row{"40", kRetry},    // 40001 serialization (also a standby's "conflict with recovery"), 40P01 deadlock
    Row{"40002", kFail},  // a deferred constraint: the same again the next time
    Row{"40003", kReconnect},   // outcome of a commit unknown: what was loaded has to be loaded afresh
    Row{"55P03", kRetry},       // lock not available, lock_timeout
    Row{"55006", kRetry},       // object in use: an index build, a concurrent ALTER
    Row{"72000", kFailForNow},  // snapshot too old: gone for this run, a new one can take a new instant

    // The session is gone or about to go.
    Row{"08", kReconnect},      // connection exceptions
    Row{"08004", kNotAllowed},  // the server rejected the connection (pg_hba.conf, poolers)
    Row{"57P01", kReconnect},   // admin shutdown; a CockroachDB node that drains
    Row{"57P02", kReconnect},   // crash shutdown: another backend died
    Row{"57P03", kReconnect},   // cannot connect now: starting up
    Row{"57P04", kFail},        // the database was dropped
    Row{"57P05", kReconnect},   // idle_session_timeout
    Row{"25P03", kReconnect},   // idle_in_transaction_session_timeout
    Row{"25P04", kReconnect},   // transaction_timeout
    Row{"53300", kReconnect},   // too many connections: it never became a session; try again later

    // Too much for one unit.
    Row{"53", kShrink},     // out of some resource
    Row{"53100", kShrink},  // disk full: sorts and hashes that spill shrink with the range
    Row{"53200", kShrink},  // out of memory; CockroachDB's memory budget
    Row{"53400", kShrink},  // temp_file_limit; CockroachDB's budget for intents
    Row{"54", kShrink},     // statement too complex, stack depth, too many arguments, message too large
    Row{"54011", kFail},    // too many columns: no smaller range changes that

    // Part of a cluster is unavailable: the session stays, the unit may work in a moment.
    Row{"58C00", kRetry},  // CockroachDB: range unavailable
    Row{"58C01", kRetry},  // CockroachDB: network between nodes
    Row{"58",
        kFailForNow},  // system errors outside the database: a disk, a missing file; somebody has to look

    // Operator intervention. 57014 comes for a cancel request that this program did not send: somebody's
    // wish, and not repeated. It comes for statement_timeout too, which Error::timed_out tells.
    Row{"57", kFailForNow},

    // Who you are, and what you may do.
    Row{"28", kNotAllowed},     // authentication
    Row{"42501", kNotAllowed},  // insufficient privilege
    Row{"0L", kNotAllowed},     // invalid grantor
    Row{"0P", kNotAllowed},     // invalid role specification

    // Damaged data: no retry makes it whole.
    Row{"XX001", {Recovery::fail, ErrorKind::integrity}},
    Row{"XX002", {Recovery::fail, ErrorKind::integrity}},
};

}  // namespace

Classification classify_sqlstate(std::string_view sqlstate, std::string_view message) {
  if (sqlstate.empty()) return kReconnect;
  if (const auto known = classify_cockroach_words(sqlstate, message)) return *known;
  const Row* best = nullptr;
  for (const Row& row : kTable) {
    if (!sqlstate.starts_with(row.prefix)) continue;
    if (best == nullptr || row.prefix.size() > best->prefix.size()) best = &row;
  }
  return best != nullptr ? best->classification : kFail;
}

Recovery recovery_of(const Error& error) {
  if (error.timed_out) return Recovery::shrink;
  if (!error.sqlstate.empty()) return classify_sqlstate(error.sqlstate, error.message).recovery;
  switch (error.kind) {
    case ErrorKind::transient:
      return Recovery::reconnect;  // no code: no server said anything
    case ErrorKind::permission:
      return Recovery::permission;
    default:
      return Recovery::fail;
  }
}

}  // namespace firmquery

// The one instant that every session, range, retry and strategy of a run reads at.
//
// PostgreSQL: a control session exports a snapshot and stays in its transaction; workers import it. A
// temporary table is loaded inside the importing transaction, where its own writes are visible. CockroachDB:
// a timestamp, taken once all lists are loaded; every read transaction is AS OF SYSTEM TIME it. See
// docs/adr/0004-one-instant.md.
#pragma once

#include <memory>
#include <string>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

class Instant {
 public:
  virtual ~Instant() = default;
  // On the control session, which must outlive the run where the instant is a snapshot.
  virtual Result<void> take(Session& control) = 0;
  // Opens a transaction at the instant. `read_only` false: the worker will load its list in it.
  virtual Result<void> begin(Session& worker, bool read_only) = 0;
  // A table made by another transaction after take() cannot be seen in begin()'s.
  virtual bool hides_younger_tables() const = 0;
  virtual SnapshotReport report() const = 0;
  // `error`, of begin() or of a statement after it, says that the instant cannot be read any more: the
  // session that exported the snapshot is gone.
  virtual bool is_lost() const { return false; }
  // `error` says that what the tables held at the instant has been garbage-collected: no retry reads it
  // again.
  virtual bool has_faded(const Error&) const { return false; }
  // It was taken before this process began, so that no table made now can be seen at it.
  virtual bool resumed() const { return false; }
};

// `wanted` false: every statement reads at an instant of its own. `earlier`: of the run that is resumed; it
// is used again where the server can go back to it.
std::unique_ptr<Instant> make_instant(const Dialect& dialect, bool wanted, const SnapshotReport& earlier);

}  // namespace firmquery

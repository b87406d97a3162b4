// The one instant that every session, range, retry and strategy of a run reads at.
//
// PostgreSQL: a control session exports a snapshot and stays in its transaction; workers import it before
// they load, and see their own list because they load it inside the same transaction. A worker that is
// replaced imports it again. See docs/adr/0004-one-instant.md.
#pragma once

#include <memory>
#include <string>

#include "firmquery/dialect.hpp"
#include "firmquery/error.hpp"
#include "firmquery/report.hpp"
#include "firmquery/session.hpp"

namespace firmquery {

class Instant {
 public:
  virtual ~Instant() = default;
  // On the control session, which must outlive the run.
  virtual Result<void> take(Session& control) = 0;
  // Opens the transaction a worker loads and reads in.
  virtual Result<void> begin(Session& worker, bool read_only) = 0;
  virtual SnapshotReport report() const = 0;
};

// `wanted` false: every statement reads at an instant of its own.
std::unique_ptr<Instant> make_instant(const Dialect& dialect, bool wanted);

}  // namespace firmquery

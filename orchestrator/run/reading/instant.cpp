#include "firmquery/run/instant.hpp"

#include <atomic>

namespace firmquery {
namespace {

class ExportedSnapshot : public Instant {
 public:
  Result<void> take(Session& control) override {
    FQ_TRY(control.execute("begin isolation level repeatable read read only"));
    FQ_TRY_ASSIGN(const Rows rows, control.execute("select pg_export_snapshot()"));
    snapshot_ = rows.at(0, 0);
    return {};
  }
  Result<void> begin(Session& worker, bool read_only) override {
    FQ_TRY(worker.execute(std::string("begin isolation level repeatable read") +
                          (read_only ? " read only" : "")));
    auto imported = worker.execute("set transaction snapshot " + worker.quote_literal(snapshot_));
    if (imported) return {};
    Error error = std::move(imported).error();
    // Gone with the session that exported it: "invalid value" until PostgreSQL 16, "no such object" from 17
    // on; "source process is not running anymore" (55000) while it goes.
    if (error.sqlstate == "22023" || error.sqlstate == "42704" || error.sqlstate == "55000") {
      lost_ = true;
      error.kind = ErrorKind::transient;  // a right query, and a new run takes a new instant
    }
    return Failure(std::move(error));
  }
  bool hides_younger_tables() const override { return true; }
  SnapshotReport report() const override { return {"exported snapshot", snapshot_}; }
  bool is_lost() const override { return lost_; }

 private:
  std::string snapshot_;
  std::atomic<bool> lost_{false};
};

class SystemTime : public Instant {
 public:
  explicit SystemTime(std::string earlier) : resumed_(!earlier.empty()), timestamp_(std::move(earlier)) {}
  Result<void> take(Session& control) override {
    if (resumed_) return {};
    // The builtin refuses every isolation level but this one.
    FQ_TRY(control.execute("begin transaction isolation level serializable"));
    auto rows = control.execute("select cluster_logical_timestamp()");
    FQ_TRY(control.execute(rows ? "commit" : "rollback"));
    if (!rows) return Failure(std::move(rows).error());
    timestamp_ = rows->at(0, 0);
    return {};
  }
  Result<void> begin(Session& worker, bool) override {
    FQ_TRY(worker.execute("begin"));
    FQ_TRY(worker.execute("set transaction as of system time " + worker.quote_literal(timestamp_)));
    return {};
  }
  bool hides_younger_tables() const override { return true; }
  SnapshotReport report() const override { return {kSystemTime, timestamp_}; }
  bool resumed() const override { return resumed_; }
  bool has_faded(const Error& error) const override { return is_behind_gc(error); }

 private:
  const bool resumed_;
  std::string timestamp_;  // a decimal number, as the server printed it
};

class EachStatement : public Instant {
 public:
  Result<void> take(Session&) override { return {}; }
  Result<void> begin(Session& worker, bool read_only) override {
    FQ_TRY(worker.execute(read_only ? "begin read only" : "begin"));
    return {};
  }
  bool hides_younger_tables() const override { return false; }
  SnapshotReport report() const override { return {"none", ""}; }
};

}  // namespace

std::unique_ptr<Instant> make_instant(const Dialect& dialect, bool wanted, const SnapshotReport& earlier) {
  if (!wanted || !dialect.has("snapshot")) return std::make_unique<EachStatement>();
  if (dialect.is_cockroachdb())
    return std::make_unique<SystemTime>(earlier.kind == kSystemTime ? earlier.value : "");
  return std::make_unique<ExportedSnapshot>();
}

}  // namespace firmquery

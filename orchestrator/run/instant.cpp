#include "instant.hpp"

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
    FQ_TRY(worker.execute("set transaction snapshot " + worker.quote_literal(snapshot_)));
    return {};
  }
  SnapshotReport report() const override { return {"exported snapshot", snapshot_}; }

 private:
  std::string snapshot_;
};

class EachStatement : public Instant {
 public:
  Result<void> take(Session&) override { return {}; }
  Result<void> begin(Session& worker, bool read_only) override {
    FQ_TRY(worker.execute(read_only ? "begin read only" : "begin"));
    return {};
  }
  SnapshotReport report() const override { return {"none", ""}; }
};

}  // namespace

std::unique_ptr<Instant> make_instant(const Dialect& dialect, bool wanted) {
  if (wanted && dialect.has("snapshot")) return std::make_unique<ExportedSnapshot>();
  return std::make_unique<EachStatement>();
}

}  // namespace firmquery

// An ordinary table, which all sessions load and read; the run drops it at its end.
#include <chrono>

#include "loading/list_table.hpp"

namespace firmquery {
namespace {

class StagingTable : public ListTable {
 public:
  explicit StagingTable(const StrategyContext& context) : ListTable(context, false, chunk_ids) {}

  Loading loading() const override { return Loading::before_instant; }
  // The query may lack a table as well; the name of this one is in every language the same.
  bool misses_list(const Error& error) const override {
    return error.sqlstate == "42P01" && error.message.find(table_) != std::string::npos;
  }

  Result<void> set_up(Session& control) override {
    FQ_TRY(say_what_is_used(control, context_.run_id));
    // A resumed run has the name of the one before it, which may have left its table.
    FQ_TRY(control.execute("drop table if exists " + table_));
    return create(control);
  }

  Result<void> load(Session& session, Slice slice, const LoadWatch& watch) override {
    if (!loader_) prepare(slice);
    FQ_TRY(loader_->send_chunks(session, slice, piece_, watch));
    return loader_->check_range(session, slice);
  }

  // A full disk is as full for the same list in smaller pieces; what a statement may take of time, and a
  // transaction of memory, is less for less.
  bool shrink_load(const Error& error) override { return error.sqlstate != "53100" && smaller_piece(); }

  Result<void> loaded(Session& control) override {
    FQ_TRY(say_what_is_used(control, context_.run_id));  // it may be another session by now
    // Ranks that the column cannot hold are never sent; every slice counted its own.
    return finish(control);
  }

  Result<void> tear_down(Session& control) override {
    const std::string drop = "drop table if exists " + table_;
    // CockroachDB's DROP waits for the leases of nodes that are gone, whatever statement_timeout says; the
    // server goes on with it when nobody waits any more.
    constexpr std::chrono::seconds patience{22};
    FQ_TRY(set_statement_timeout(control, 20));
    control.set_patience(patience);
    const auto start = std::chrono::steady_clock::now();
    auto dropped = control.execute(drop);
    if (dropped) return {};
    if (control.alive() || std::chrono::steady_clock::now() - start < patience) {
      Error error = std::move(dropped).error();
      error.message = "dropping the staging table " + table_ + ": " + error.message;
      return Failure(std::move(error));
    }
    return fail(
        ErrorKind::query,
        "dropping the staging table " + table_ +
            " takes long: it waits for a node that went away, or for somebody who uses the table; the "
            "server goes on with it",
        {}, "firmquery doctor --clean-staging lists and drops what is left");
  }
};

}  // namespace

std::unique_ptr<Strategy> make_staging_table(const StrategyContext& context) {
  return std::make_unique<StagingTable>(context);
}

}  // namespace firmquery

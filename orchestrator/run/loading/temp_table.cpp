// A temporary table of the session. PostgreSQL's transactions see their own tables at any snapshot, so it can
// be made at the instant itself; CockroachDB's historical reads cannot see it, and it is made before.
#include "loading/list_table.hpp"

namespace firmquery {
namespace {

class TableInInstant : public ListTable {
 public:
  explicit TableInInstant(const StrategyContext& context) : ListTable(context, true, all_at_once) {}

  Loading loading() const override { return Loading::inside_instant; }

  Result<void> load(Session& session, Slice slice, const LoadWatch& watch) override {
    prepare(slice);
    FQ_TRY(make_room(session));
    FQ_TRY(create(session));
    FQ_TRY(loader_->send(session, slice, piece_, watch));
    FQ_TRY(finish(session));
    return loader_->check_count(session, slice.size());
  }

  // A full disk is as full for the same list in smaller pieces, and so is the memory that a transaction
  // fills; what a statement may take of time is less for less.
  bool shrink_load(const Error& error) override { return error.sqlstate == "57014" && smaller_piece(); }

 private:
  // The list stays in the session's own memory and its index is built without spilling.
  static Result<void> make_room(Session& session) {
    FQ_TRY(session.execute("set local temp_buffers = '64MB'"));
    FQ_TRY(session.execute("set local work_mem = '64MB'"));
    return {};
  }
};

class TableBeforeInstant : public ListTable {
 public:
  explicit TableBeforeInstant(const StrategyContext& context) : ListTable(context, true, chunk_ids) {}

  Loading loading() const override { return Loading::before_instant; }

  Result<void> load(Session& session, Slice slice, const LoadWatch& watch) override {
    prepare(slice);
    FQ_TRY(create(session));
    FQ_TRY(loader_->send_chunks(session, slice, piece_, watch));
    FQ_TRY(finish(session));
    // Bounded, because a cluster may refuse statements without a bound (disallow_full_table_scans).
    return loader_->check_range(session, slice);
  }

  // What a transaction of its own may take of memory, too, is less for less.
  bool shrink_load(const Error& error) override { return error.sqlstate != "53100" && smaller_piece(); }
};

}  // namespace

std::unique_ptr<Strategy> make_temp_table(const StrategyContext& context) {
  if (context.dialect.is_cockroachdb()) return std::make_unique<TableBeforeInstant>(context);
  return std::make_unique<TableInInstant>(context);
}

}  // namespace firmquery

// The list is loaded once into a table, temporary or ordinary; ranges join with it.
#include <algorithm>
#include <firmquery/sql_text.hpp>
#include <limits>
#include <optional>

#include "loading/ids_loader.hpp"
#include "firmquery/core/sql_fill.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

class IdsTable : public Strategy {
 public:
  IdsTable(const StrategyContext& context, bool temporary) : context_(context), temporary_(temporary) {
    loaded_ = context.ids.size();
    const std::string name = staging_table_name(context.run_id);
    table_ = temporary ? "pg_temp." + name : name;
    RangeSizer::Options options = range_options(context.job);
    // Of CockroachDB's budget for the intents of a transaction, and of what a failed chunk costs, a part.
    constexpr std::size_t chunk_ids = 50'000;
    if (!temporary || cockroachdb()) piece_ = chunk_ids;
    // A range that is looked up is an array in the server's memory first.
    if (cockroachdb()) options.most = 100'000;
    sizer_ = RangeSizer(options);
  }

  // PostgreSQL's transactions see their own tables at any snapshot, so a temporary table can be made at the
  // instant itself; CockroachDB's historical reads cannot.
  Loading loading() const override {
    return temporary_ && !cockroachdb() ? Loading::inside_instant : Loading::before_instant;
  }
  bool bound_to_session() const override { return temporary_; }

  Result<void> set_up(Session& control) override {
    if (temporary_) return {};
    FQ_TRY(say_what_is_used(control, context_.run_id));
    // A resumed run has the name of the one before it, which may have left its table.
    FQ_TRY(control.execute("drop table if exists " + table_));
    return create(control);
  }
  Result<void> loaded(Session& control) override {
    if (temporary_) return {};
    FQ_TRY(say_what_is_used(control, context_.run_id));  // it may be another session by now
    // Ranks that the column cannot hold are never sent; every slice counted its own.
    if (!cockroachdb())
      FQ_TRY(control.execute(sql_fill(sql::postgresql::index_ids_table, {{"table", table_}})));
    return analyze(control, context_.ids.size());
  }
  Result<void> tear_down(Session& control) override {
    if (temporary_) return {};
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

  Result<void> load(Session& session, Slice slice, const LoadWatch& watch) override {
    slice_ = slice;
    if (!temporary_) {
      if (!loader_) make_loader(0);
      FQ_TRY(loader_->send_chunks(session, slice, piece_, watch));
      return loader_->check_range(session, slice);
    }
    base_ = slice.begin;
    loaded_ = slice.size();
    make_loader(base_);
    if (!cockroachdb()) FQ_TRY(make_room(session));
    FQ_TRY(create(session));
    if (cockroachdb()) {
      FQ_TRY(loader_->send_chunks(session, slice, piece_, watch));
    } else {
      FQ_TRY(loader_->send(session, slice, piece_, watch));
      FQ_TRY(session.execute(sql_fill(sql::postgresql::index_ids_table, {{"table", table_}})));
    }
    FQ_TRY(analyze(session, loaded_));
    // Bounded, because a cluster may refuse statements without a bound (disallow_full_table_scans).
    return cockroachdb() ? loader_->check_range(session, slice) : loader_->check_count(session, slice.size());
  }

  // A full disk is as full for the same list in smaller pieces, and so is the memory that a transaction
  // fills; what a statement may take of time, and a transaction of its own of memory, is less for less.
  bool shrink_load(const Error& error) override {
    const bool chunked = !temporary_ || cockroachdb();
    const bool helps = error.sqlstate == "57014" || (chunked && error.sqlstate != "53100");
    const std::size_t smaller = std::min(piece_, slice_.size()) / 8 / part_ids * part_ids;
    if (!helps || smaller == 0) return false;
    piece_ = smaller;
    return true;
  }

  Slice next_unit(Slice rest) override {
    Slice unit{rest.begin, rest.begin + std::min(sizer_.next(), rest.size())};
    if (packing() == Packing::none || unit.end == slice_.end) return unit;
    const std::size_t whole = unit.end - (unit.end - slice_.begin) % part_ids;
    if (whole > unit.begin) unit.end = whole;
    return unit;
  }

  Result<Statement> query(Session& session, Slice unit) override {
    const std::string low = std::to_string(unit.begin - base_), high = std::to_string(unit.end - 1 - base_);
    const bool lookup = packing() == Packing::parts;
    // A piece of a part, cut because a whole one was too much, travels with its statement.
    if (lookup && !whole_parts(unit)) return array_->query(session, unit);
    const auto fill = [&](std::string_view statement) {
      return sql_fill(statement, {{"table", table_},
                                  {"low", low},
                                  {"high", high},
                                  {"type", context_.facts.key.staging_type},
                                  {"collation", id_collation(context_)}});
    };
    if (context_.sql_template.uses_relation()) {
      return Statement{
          context_.sql_template.render_relation(
              fill(lookup ? sql::cockroachdb::lookup_relation_of_range : sql::postgresql::relation_of_range)),
          {}};
    }
    const std::string ids =
        fill(lookup ? sql::cockroachdb::lookup_range_of_ids : sql::postgresql::range_of_ids);
    if (lookup || !context_.facts.bounded) return Statement{context_.sql_template.render(ids), {}};
    FQ_TRY_ASSIGN(const Bound bound, bound_of(session, unit, low, high));
    return Statement{context_.sql_template.render(ids, bound), {}};
  }

  void completed(Slice unit, const UnitCost& cost) override { sizer_.completed(unit.size(), cost.took); }

  bool shrink(Slice unit) override {
    if (unit.size() <= 1) return false;
    sizer_.too_slow(unit.size());
    return true;
  }

 private:
  bool cockroachdb() const { return context_.dialect.is_cockroachdb(); }

  Packing packing() const { return reads_by_lookup(context_, loaded_) ? Packing::parts : Packing::none; }
  bool whole_parts(Slice unit) const {
    return (unit.begin - slice_.begin) % part_ids == 0 &&
           (unit.end == slice_.end || (unit.end - slice_.begin) % part_ids == 0);
  }

  void make_loader(std::size_t base) {
    loader_.emplace(context_.ids, table_, context_.facts.key.staging_type, base,
                    context_.dialect.has("copy_in"), packing());
  }

  // The list stays in the session's own memory and its index is built without spilling.
  static Result<void> make_room(Session& session) {
    FQ_TRY(session.execute("set local temp_buffers = '64MB'"));
    FQ_TRY(session.execute("set local work_mem = '64MB'"));
    return {};
  }

  Result<void> create(Session& session) {
    const KeyColumn& key = context_.facts.key;
    const std::string collation = key.collation.empty() ? "" : "collate " + key.collation;
    const std::string_view statement =
        cockroachdb() ? sql::cockroachdb::create_ids_table : sql::postgresql::create_ids_table;
    FQ_TRY(session.execute(
        sql_fill(statement, {{"kind", temporary_ ? "temporary" : ""},
                             {"table", table_},
                             {"type", packing() == Packing::parts ? "text" : key.staging_type},
                             {"collation", collation}})));
    return {};
  }

  // Without statistics a plan is still right, only slower; CockroachDB can forbid making them.
  Result<void> analyze(Session& session, std::size_t loaded) {
    if (reads_by_lookup(context_, loaded)) return {};
    const auto done = session.execute(sql_fill(sql::postgresql::analyze_ids_table, {{"table", table_}}));
    if (done || (cockroachdb() && session.alive())) return {};
    return Failure(done.error());
  }

  Result<Bound> bound_of(Session& session, Slice unit, const std::string& low, const std::string& high) {
    std::string first, last;
    if (context_.facts.key.id_type == IdType::text && !cockroachdb()) {
      FQ_TRY_ASSIGN(const Rows rows,
                    session.execute(sql_fill(sql::postgresql::bounds_of_range,
                                             {{"table", table_}, {"low", low}, {"high", high}})));
      first = rows.at(0, 0);
      last = rows.at(0, 1);
    } else {
      first = context_.ids.canonical(unit.begin);
      last = context_.ids.canonical(unit.end - 1);
    }
    const KeyColumn& key = context_.facts.key;
    return Bound{typed_literal(session, key, first), typed_literal(session, key, last)};
  }

  const StrategyContext& context_;
  const bool temporary_;
  std::string table_;
  std::size_t base_ = 0;
  Slice slice_;                                                  // what load() was given
  std::size_t loaded_;                                           // into the table, by all who load it
  std::size_t piece_ = std::numeric_limits<std::size_t>::max();  // IDs that are sent at once
  std::optional<IdsLoader> loader_;
  const std::unique_ptr<Strategy> array_ = make_array(context_);
  RangeSizer sizer_;
};

}  // namespace

std::unique_ptr<Strategy> make_ids_table(const StrategyContext& context, bool temporary) {
  return std::make_unique<IdsTable>(context, temporary);
}

}  // namespace firmquery

// The list is loaded once into a table, temporary or ordinary; ranges join with it.
#include <algorithm>
#include <firmquery/sql_text.hpp>
#include <optional>

#include "ids_loader.hpp"
#include "sql_fill.hpp"
#include "strategy.hpp"

namespace firmquery {
namespace {

class IdsTable : public Strategy {
 public:
  IdsTable(const StrategyContext& context, bool temporary) : context_(context), temporary_(temporary) {
    const std::string name = staging_table_name(context.run_id);
    table_ = temporary ? "pg_temp." + name : name;
    // Short statements are cut to half of what they may take: ranges differ.
    RangeSizer::Options options;
    if (const auto limit = context.job.max_statement; limit.count() > 0) {
      options.target = std::min(options.target, limit / 2);
    }
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
    // A resumed run has the name of the one before it, which may have left its table.
    FQ_TRY(control.execute("drop table if exists " + table_));
    return create(control);
  }
  Result<void> loaded(Session& control) override {
    if (temporary_) return {};
    // Ranks that the column cannot hold are never sent; every slice counted its own.
    if (!cockroachdb())
      FQ_TRY(control.execute(sql_fill(sql::postgresql::index_ids_table, {{"table", table_}})));
    return analyze(control);
  }
  Result<void> tear_down(Session& control) override {
    if (temporary_) return {};
    // After a node was lost, CockroachDB's DROP waits for that node's lease to run out, with the table
    // dropped already.
    FQ_TRY(control.execute("set statement_timeout = '20s'"));
    auto dropped = control.execute("drop table if exists " + table_);
    if (dropped) return {};
    Error error = std::move(dropped).error();
    error.message = "dropping the staging table " + table_ + ": " + error.message;
    error.remedy = "firmquery doctor --clean-staging drops what is left";
    return Failure(std::move(error));
  }

  Result<void> load(Session& session, Slice slice, std::atomic<std::uint64_t>& progress) override {
    if (!temporary_) {
      if (!loader_) make_loader(0);
      FQ_TRY(loader_->send_chunks(session, slice, progress, context_.retry));
      return loader_->check_range(session, slice);
    }
    base_ = slice.begin;
    make_loader(base_);
    if (!cockroachdb()) FQ_TRY(make_room(session));
    FQ_TRY(create(session));
    if (cockroachdb()) {
      FQ_TRY(loader_->send_chunks(session, slice, progress, context_.retry));
    } else {
      FQ_TRY(loader_->send(session, slice, progress));
      FQ_TRY(session.execute(sql_fill(sql::postgresql::index_ids_table, {{"table", table_}})));
    }
    FQ_TRY(analyze(session));
    return loader_->check_count(session, slice.size());
  }

  Slice next_unit(Slice rest) override {
    return {rest.begin, rest.begin + std::min(sizer_.next(), rest.size())};
  }

  Result<Statement> query(Session& session, Slice unit) override {
    const std::string low = std::to_string(unit.begin - base_), high = std::to_string(unit.end - 1 - base_);
    if (context_.sql_template.uses_relation()) {
      return Statement{
          context_.sql_template.render_relation(sql_fill(sql::postgresql::relation_of_range,
                                                         {{"table", table_}, {"low", low}, {"high", high}})),
          {}};
    }
    const std::string ids =
        sql_fill(sql::postgresql::range_of_ids, {{"table", table_}, {"low", low}, {"high", high}});
    if (!context_.facts.bounded) return Statement{context_.sql_template.render(ids), {}};
    FQ_TRY_ASSIGN(const Bound bound, bound_of(session, unit, low, high));
    return Statement{context_.sql_template.render(ids, bound), {}};
  }

  void completed(Slice unit, std::chrono::duration<double> took) override {
    sizer_.completed(unit.size(), took);
  }

  bool shrink(Slice unit) override {
    if (unit.size() <= 1) return false;
    sizer_.too_slow(unit.size());
    return true;
  }

 private:
  bool cockroachdb() const { return context_.dialect.is_cockroachdb(); }

  void make_loader(std::size_t base) {
    loader_.emplace(context_.ids, table_, context_.facts.key.staging_type, base,
                    context_.dialect.has("copy_in"));
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
    FQ_TRY(session.execute(sql_fill(statement, {{"kind", temporary_ ? "temporary" : ""},
                                                {"table", table_},
                                                {"type", key.staging_type},
                                                {"collation", collation}})));
    return {};
  }

  // Without statistics a plan is still right, only slower; CockroachDB can forbid making them.
  Result<void> analyze(Session& session) {
    const auto done = session.execute(sql_fill(sql::postgresql::analyze_ids_table, {{"table", table_}}));
    if (done || (cockroachdb() && session.alive())) return {};
    return Failure(done.error());
  }

  Result<Bound> bound_of(Session& session, Slice unit, const std::string& low, const std::string& high) {
    std::string first, last;
    const bool collated = !cockroachdb() || !context_.facts.key.collation.empty();
    if (context_.facts.key.id_type == IdType::text && collated) {
      FQ_TRY_ASSIGN(const Rows rows,
                    session.execute(sql_fill(sql::postgresql::bounds_of_range,
                                             {{"table", table_}, {"low", low}, {"high", high}})));
      first = rows.at(0, 0);
      last = rows.at(0, 1);
    } else {
      first = context_.ids.canonical(unit.begin);
      last = context_.ids.canonical(unit.end - 1);
    }
    const std::string& type = context_.facts.key.staging_type;
    const std::string collate = cockroachdb() && !context_.facts.key.collation.empty()
                                    ? " collate " + context_.facts.key.collation
                                    : "";
    const auto literal = [&](const std::string& id) {
      return session.quote_literal(id) + "::" + type + collate;
    };
    return Bound{literal(first), literal(last)};
  }

  const StrategyContext& context_;
  const bool temporary_;
  std::string table_;
  std::size_t base_ = 0;
  std::optional<IdsLoader> loader_;
  RangeSizer sizer_;
};

}  // namespace

std::unique_ptr<Strategy> make_ids_table(const StrategyContext& context, bool temporary) {
  return std::make_unique<IdsTable>(context, temporary);
}

}  // namespace firmquery

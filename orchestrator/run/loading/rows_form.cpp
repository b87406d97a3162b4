// A row for each ID: the query joins with a range of them.
#include <fmt/format.h>

#include <algorithm>
#include <firmquery/sql_text.hpp>

#include "firmquery/core/sql_fill.hpp"
#include "loading/list_form.hpp"

namespace firmquery {
namespace {

constexpr std::size_t longest_sample = 5000;  // enough for the planner to take the list for long

std::string collate(const KeyColumn& key) {
  return key.collation.empty() ? "" : " collate " + key.collation;
}

class RowsForm : public ListForm {
 public:
  explicit RowsForm(const StrategyContext& context) : context_(context) {}

  Packing packing() const override { return Packing::none; }
  Slice cut(Slice unit, Slice) const override { return unit; }

  Result<Statement> query(Session& session, const TableRange& range) const override {
    const std::string rows =
        sql_fill(sql::postgresql::rows_of_range, {{"table", range.table},
                                                  {"low", std::to_string(range.unit.begin - range.base)},
                                                  {"high", std::to_string(range.unit.end - 1 - range.base)}});
    return render(session, range.unit, rows, range.exists);
  }

  Result<Statement> sample(Session& session, Slice& unit) const override {
    unit.end = std::min(unit.end, unit.begin + longest_sample);
    const std::string values =
        IdSource(ids()).join(unit, [&](std::size_t rank, const std::string& id, std::string& list) {
          list += fmt::format("({}, {}{})", rank, typed_literal(session, key(), id), collate(key()));
        });
    return render(session, unit, "(values " + values + ") as list (ord, id)", false);
  }

 protected:
  const KeyColumn& key() const { return context_.facts.key; }
  const IdSet& ids() const { return context_.ids; }

  // The least and the greatest ID of a unit, whose rows are in a table or not.
  virtual Result<Bound> bound(Session& session, Slice unit, const std::string&, bool) const {
    return bound_of(session, ids().canonical(unit.begin), ids().canonical(unit.end - 1));
  }
  Bound bound_of(const Session& session, std::string_view least, std::string_view greatest) const {
    return {typed_literal(session, key(), least), typed_literal(session, key(), greatest)};
  }

 private:
  Result<Statement> render(Session& session, Slice unit, const std::string& rows, bool in_table) const {
    const SqlTemplate& sql_template = context_.sql_template;
    if (sql_template.uses_relation()) {
      return Statement{
          sql_template.render_relation(sql_fill(sql::postgresql::relation_of_range, {{"rows", rows}}))};
    }
    const std::string list = sql_fill(sql::postgresql::range_of_ids, {{"rows", rows}});
    if (!context_.facts.bounded) return Statement{sql_template.render(list)};
    FQ_TRY_ASSIGN(const Bound span, bound(session, unit, rows, in_table));
    return Statement{sql_template.render(list, span)};
  }

  const StrategyContext& context_;
};

class PostgresRows : public RowsForm {
 public:
  using RowsForm::RowsForm;

  std::string create(const std::string& table, bool temporary) const override {
    return sql_fill(sql::postgresql::create_ids_table,
                    {{"kind", temporary ? "temporary" : ""},
                     {"table", table},
                     {"type", key().staging_type},
                     {"collation", key().collation.empty() ? "" : "collate " + key().collation}});
  }
  Result<void> finish(Session& session, const std::string& table) const override {
    FQ_TRY(session.execute(sql_fill(sql::postgresql::index_ids_table, {{"table", table}})));
    FQ_TRY(session.execute(sql_fill(sql::postgresql::analyze_ids_table, {{"table", table}})));
    return {};
  }
  std::size_t most_ids() const override { return RangeSizer::Options{}.most; }

 private:
  // In the order of the column's collation, which the server knows.
  Result<Bound> bound(Session& session, Slice unit, const std::string& rows, bool in_table) const override {
    if (key().id_type != IdType::text) return RowsForm::bound(session, unit, rows, in_table);
    std::string from = rows, collation;
    std::vector<std::optional<std::string>> parameters;
    if (!in_table) {
      from = sql_fill(sql::postgresql::relation_of_array, {{"type", key().staging_type}}) + " as list";
      collation = collate(key());
      parameters.emplace_back(array_text(ids(), unit));
    }
    const std::string sql =
        sql_fill(sql::postgresql::bounds_of_ids, {{"rows", from}, {"collation", collation}});
    FQ_TRY_ASSIGN(const Rows ends,
                  parameters.empty() ? session.execute(sql) : session.execute(sql, parameters));
    return bound_of(session, ends.at(0, 0), ends.at(0, 1));
  }
};

class CockroachRows : public RowsForm {
 public:
  using RowsForm::RowsForm;

  std::string create(const std::string& table, bool temporary) const override {
    return sql_fill(sql::cockroachdb::create_ids_table,
                    {{"kind", temporary ? "temporary" : ""}, {"table", table}, {"type", key().staging_type}});
  }
  // Without statistics a plan is still right, only slower, and a cluster can forbid making them.
  Result<void> finish(Session& session, const std::string& table) const override {
    const auto done = session.execute(sql_fill(sql::postgresql::analyze_ids_table, {{"table", table}}));
    if (done || session.alive()) return {};
    return Failure(done.error());
  }
  std::size_t most_ids() const override { return cockroach_most_ids; }
};

}  // namespace

std::unique_ptr<ListForm> make_postgres_rows(const StrategyContext& context) {
  return std::make_unique<PostgresRows>(context);
}

std::unique_ptr<ListForm> make_cockroach_rows(const StrategyContext& context) {
  return std::make_unique<CockroachRows>(context);
}

std::unique_ptr<ListForm> make_list_form(const StrategyContext& context, std::size_t loaded) {
  if (!context.dialect.is_cockroachdb()) return make_postgres_rows(context);
  return reads_by_lookup(context, loaded) ? make_cockroach_parts(context) : make_cockroach_rows(context);
}

}  // namespace firmquery

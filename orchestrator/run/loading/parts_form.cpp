// CockroachDB: parts of the list, a row each, and every ID of a range is looked up.
#include <algorithm>
#include <firmquery/sql_text.hpp>

#include "firmquery/core/sql_fill.hpp"
#include "loading/list_form.hpp"

namespace firmquery {
namespace {

class PartsForm : public ListForm {
 public:
  explicit PartsForm(const StrategyContext& context) : context_(context) {}

  Packing packing() const override { return Packing::parts; }

  std::string create(const std::string& table, bool temporary) const override {
    return sql_fill(sql::cockroachdb::create_ids_table,
                    {{"kind", temporary ? "temporary" : ""}, {"table", table}, {"type", "text"}});
  }
  Result<void> finish(Session&, const std::string&) const override { return {}; }

  // A range that is looked up is an array in the server's memory first.
  std::size_t most_ids() const override { return cockroach_most_ids; }

  // Whole parts, where there is one.
  Slice cut(Slice unit, Slice loaded) const override {
    if (unit.end == loaded.end) return unit;
    const std::size_t whole = unit.end - (unit.end - loaded.begin) % part_ids;
    if (whole > unit.begin) unit.end = whole;
    return unit;
  }

  Result<Statement> query(Session& session, const TableRange& range) const override {
    const Slice unit = range.unit, loaded = range.loaded;
    const bool whole = (unit.begin - loaded.begin) % part_ids == 0 &&
                       (unit.end == loaded.end || (unit.end - loaded.begin) % part_ids == 0);
    // A piece of a part, cut because a whole one was too much, travels with its statement.
    if (!whole) return array_->query(session, unit);
    return render(range.table, unit.begin - range.base, unit.end - 1 - range.base);
  }

  // The first part: the planner does not look into it.
  Result<Statement> sample(Session& session, Slice& unit) const override {
    unit.end = std::min(unit.end, unit.begin + part_ids);
    const std::string text = session.quote_literal(array_text(context_.ids, unit));
    return render("(values (0, " + text + ")) as list (ord, id)", 0, unit.size() - 1);
  }

 private:
  Statement render(const std::string& table, std::size_t low, std::size_t high) const {
    const SqlTemplate& sql_template = context_.sql_template;
    const bool relation = sql_template.uses_relation();
    const std::string list = sql_fill(
        relation ? sql::cockroachdb::lookup_relation_of_range : sql::cockroachdb::lookup_range_of_ids,
        {{"table", table},
         {"low", std::to_string(low)},
         {"high", std::to_string(high)},
         {"type", context_.facts.key.staging_type},
         {"collation", id_collation(context_)}});
    return {relation ? sql_template.render_relation(list) : sql_template.render(list)};
  }

  const StrategyContext& context_;
  const std::unique_ptr<Strategy> array_ = make_array(context_);
};

}  // namespace

std::unique_ptr<ListForm> make_cockroach_parts(const StrategyContext& context) {
  return std::make_unique<PartsForm>(context);
}

}  // namespace firmquery

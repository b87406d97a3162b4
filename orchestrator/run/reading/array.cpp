// The list travels with each statement as one bound array: nothing is written on the server, so it works on
// standbys and for read-only roles, and at an instant that is older than any table.
#include <algorithm>
#include <firmquery/sql_text.hpp>

#include "firmquery/core/sql_fill.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

class Array : public Strategy {
 public:
  explicit Array(const StrategyContext& context) : context_(context) {}

  Loading loading() const override { return Loading::never; }
  bool bound_to_session() const override { return false; }
  Result<void> load(Session&, Slice slice, const LoadWatch& watch) override {
    watch.sent(slice.size());
    return {};
  }
  Slice next_unit(Slice rest) override { return {rest.begin, rest.begin + std::min(size_, rest.size())}; }
  bool foresees() const override { return true; }
  Result<Statement> query(Session&, Slice unit) override {
    const SqlTemplate& sql_template = context_.sql_template;
    const std::string ids = sql_fill(
        statement(), {{"type", context_.facts.key.staging_type}, {"collation", id_collation(context_)}});
    return Statement{
        sql_template.uses_relation() ? sql_template.render_relation(ids) : sql_template.render(ids),
        {context_.source.array(unit)}};
  }
  void completed(Slice, const UnitCost&) override {}
  bool shrink(Slice unit) override {
    if (unit.size() <= 1) return false;
    size_ = std::max<std::size_t>(1, unit.size() / 4);
    return true;
  }

 private:
  // What stands for the placeholder, or for {IDS}.
  std::string_view statement() const {
    const bool relation = context_.sql_template.uses_relation();
    if (context_.dialect.is_cockroachdb()) {
      return relation ? sql::cockroachdb::lookup_relation_of_array : sql::cockroachdb::lookup_array_of_ids;
    }
    return relation ? sql::postgresql::relation_of_array : sql::postgresql::array_of_ids;
  }

  const StrategyContext& context_;
  std::size_t size_ =
      5000;  // measured on CockroachDB: larger arrays gain nothing, smaller ones pay for planning
};

}  // namespace

std::unique_ptr<Strategy> make_array(const StrategyContext& context) {
  return std::make_unique<Array>(context);
}

}  // namespace firmquery

// The fallback and the thing to compare with: statements with a short list of IDs each. The IDs are parameters, so
// that all full lists have one text, which the server need not parse again.
#include <algorithm>

#include "reading/strategy.hpp"

namespace firmquery {
namespace {

class InList : public Strategy {
 public:
  explicit InList(const StrategyContext& context)
      : context_(context),
        limits_(context.job.in_list),
        collation_(id_collation(context)),
        fixed_chars_(context.sql_template.text().size()) {}

  Loading loading() const override { return Loading::never; }
  bool bound_to_session() const override { return false; }
  Result<void> load(Session&, Slice slice, const LoadWatch& watch) override {
    watch.sent(slice.size());
    return {};
  }
  Slice next_unit(Slice rest) override {
    const std::size_t placeholder = 1 + std::to_string(limits_.max_ids).size() + collation_.size();
    return next_chunk(context_.ids, rest, limits_, fixed_chars_, placeholder);
  }
  bool foresees() const override { return true; }

  // Of a primary key each value has as many rows as any other, so one plan does for all lists. Where one may have
  // half of the table, each list is planned for its own values.
  Result<Statement> query(Session&, Slice unit) override {
    const std::string& type = context_.facts.key.staging_type;
    const bool relation = context_.sql_template.uses_relation();
    std::vector<std::string> parameters;
    // In a list their type is the column's, as that of literals in quotes would be.
    const auto place = [&parameters](std::string value) {
      parameters.push_back(std::move(value));
      return "$" + std::to_string(parameters.size());
    };
    const std::string list =
        context_.source.join(unit, [&](std::size_t rank, const std::string& id, std::string& text) {
          if (relation) text += "(" + place(std::to_string(rank)) + "::bigint,";
          text += place(id);
          if (relation) text += "::" + type;
          text += collation_;
          if (relation) text += ")";
        });
    return Statement{relation ? context_.sql_template.render_relation("(select ord, id from (values " + list +
                                                                      ") as list (ord, id))")
                              : context_.sql_template.render(list),
                     std::move(parameters), context_.facts.key.leads_primary_key};
  }
  void completed(Slice, const UnitCost&) override {}
  bool shrink(Slice unit) override {
    if (unit.size() <= 1) return false;
    limits_.max_ids = std::max<std::size_t>(1, unit.size() / 4);
    return true;
  }

 private:
  const StrategyContext& context_;
  InListLimits limits_;
  const std::string collation_;
  const std::size_t fixed_chars_;
};

}  // namespace

std::unique_ptr<Strategy> make_in_list(const StrategyContext& context) {
  return std::make_unique<InList>(context);
}

}  // namespace firmquery

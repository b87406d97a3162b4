// The fallback and the thing to compare with: statements with a short list of literals each.
#include <algorithm>

#include "reading/strategy.hpp"

namespace firmquery {
namespace {

class InList : public Strategy {
 public:
  explicit InList(const StrategyContext& context)
      : context_(context), limits_(context.job.in_list), fixed_chars_(context.sql_template.text().size()) {
    // Each literal of a full list carries it.
    fixed_chars_ += limits_.max_ids * id_collation(context).size();
  }

  Loading loading() const override { return Loading::never; }
  bool bound_to_session() const override { return false; }
  Result<void> load(Session&, Slice slice, const LoadWatch& watch) override {
    watch.sent(slice.size());
    return {};
  }
  Slice next_unit(Slice rest) override { return next_chunk(context_.ids, rest, limits_, fixed_chars_); }

  Result<Statement> query(Session& session, Slice unit) override {
    const std::string& type = context_.facts.key.staging_type;
    const std::string collation = id_collation(context_);
    const bool relation = context_.sql_template.uses_relation();
    const std::string list =
        context_.source.join(unit, [&](std::size_t rank, const std::string& id, std::string& text) {
          const std::string literal = bare() ? id : session.quote_literal(id);
          text += relation ? "(" + std::to_string(rank) + "," + literal + "::" + type + collation + ")"
                           : literal + collation;
        });
    if (!relation) return Statement{context_.sql_template.render(list), {}};
    return Statement{context_.sql_template.render_relation("(select ord, id from (values " + list +
                                                           ") as list (ord, id))"),
                     {}};
  }
  void completed(Slice, const UnitCost&) override {}
  bool shrink(Slice unit) override {
    if (unit.size() <= 1) return false;
    limits_.max_ids = std::max<std::size_t>(1, unit.size() / 4);
    return true;
  }

 private:
  // The literals' type is the column's, whose unknown-literal rules apply; digits need no quotes for a
  // number.
  bool bare() const {
    const IdType type = context_.ids.type();
    return (type == IdType::integer || type == IdType::numeric) && context_.facts.key.id_type != IdType::text;
  }

  const StrategyContext& context_;
  InListLimits limits_;
  std::size_t fixed_chars_;
};

}  // namespace

std::unique_ptr<Strategy> make_in_list(const StrategyContext& context) {
  return std::make_unique<InList>(context);
}

}  // namespace firmquery

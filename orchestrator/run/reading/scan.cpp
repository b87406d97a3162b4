// The span of the key from a unit's first to its last ID is read in the key's order, without a list; whoever
// reads the rows leaves out those that were not asked for.
#include <algorithm>

#include "firmquery/core/access_chooser.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

// As much of a table as no run should read by accident is many statements of this many IDs.
constexpr std::size_t most_ids = 500'000;
// Units are sized for a second at most.
constexpr std::chrono::seconds most_time{10};

class Scan : public Strategy {
 public:
  explicit Scan(const StrategyContext& context) : context_(context) {
    RangeSizer::Options options = range_options(context.job);
    options.first = AccessChooser::kTrialIds;
    options.most = most_ids;
    sizer_ = RangeSizer(options);
  }

  Loading loading() const override { return Loading::never; }
  bool bound_to_session() const override { return false; }
  Result<void> load(Session&, Slice slice, const LoadWatch& watch) override {
    watch.sent(slice.size());
    return {};
  }
  Slice next_unit(Slice rest) override {
    return {rest.begin, rest.begin + std::min(sizer_.next(), rest.size())};
  }
  Result<Statement> query(Session& session, Slice unit) override {
    const auto literal = [&](std::size_t rank) {
      return typed_literal(session, context_.facts.key, context_.ids.canonical(rank));
    };
    Statement statement;
    // One more than may come: a scan that returns them all has been cut short.
    statement.most_rows = scan_row_limit(unit) + 1;
    // A filter that lets few rows through may read much for them, whatever is returned.
    statement.time_limit = std::chrono::duration<double>(most_time).count();
    statement.sql =
        context_.sql_template.render_scan({literal(unit.begin), literal(unit.end - 1)}, *statement.most_rows);
    return statement;
  }
  void completed(Slice unit, const UnitCost& cost) override { sizer_.completed(unit.size(), cost.took); }
  bool shrink(Slice unit) override {
    if (unit.size() <= 1) return false;
    sizer_.too_slow(unit.size());
    return true;
  }

 private:
  const StrategyContext& context_;
  RangeSizer sizer_;
};

}  // namespace

std::uint64_t scan_row_limit(Slice unit) {
  return static_cast<std::uint64_t>(AccessChooser::kMostRowsPerId) * unit.size();
}

std::unique_ptr<Strategy> make_scan(const StrategyContext& context) {
  return std::make_unique<Scan>(context);
}

}  // namespace firmquery

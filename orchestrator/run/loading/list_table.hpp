// What strategies have in common that load the list once into a table; ranges of it are asked for.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "loading/ids_loader.hpp"
#include "loading/list_form.hpp"
#include "reading/strategy.hpp"

namespace firmquery {

class ListTable : public Strategy {
 public:
  bool bound_to_session() const override { return own_; }
  void assume_loaded(Slice slice) override;
  Slice next_unit(Slice rest) override;
  Result<Statement> query(Session& session, Slice unit) override;
  Result<Statement> sample(Session& session, Slice& unit) override { return form_->sample(session, unit); }
  void completed(Slice unit, const UnitCost& cost) override { sizer_.completed(unit.size(), cost.took); }
  bool shrink(Slice unit) override;

 protected:
  static constexpr std::size_t all_at_once = std::numeric_limits<std::size_t>::max();
  // Of CockroachDB's budget for the intents of a transaction, and of what a failed chunk costs, a part.
  static constexpr std::size_t chunk_ids = 50'000;

  // `own`: a temporary table, which holds its session's slice and counts from its start. `piece`: IDs that
  // are sent at once.
  ListTable(const StrategyContext& context, bool own, std::size_t piece);

  void prepare(Slice slice);
  bool smaller_piece();  // false: there is none
  Result<void> create(Session& session) const;
  Result<void> finish(Session& session) const { return form_->finish(session, table_); }

  const StrategyContext& context_;
  const std::string table_;
  std::size_t piece_;
  std::optional<IdsLoader> loader_;  // from prepare() on

 private:
  const bool own_;
  bool exists_ = true;  // the table
  Slice slice_;         // what prepare() was given
  std::size_t base_ = 0;
  std::unique_ptr<ListForm> form_;
  RangeSizer sizer_;
};

}  // namespace firmquery

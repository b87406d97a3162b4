#include "loading/list_table.hpp"

#include <algorithm>

namespace firmquery {

ListTable::ListTable(const StrategyContext& context, bool own, std::size_t piece)
    : context_(context),
      table_((own ? "pg_temp." : "") + staging_table_name(context.run_id)),
      piece_(piece),
      own_(own),
      form_(make_list_form(context, context.ids.size())) {
  RangeSizer::Options options = range_options(context.job);
  options.most = form_->most_ids();
  sizer_ = RangeSizer(options);
}

void ListTable::prepare(Slice slice) {
  slice_ = slice;
  base_ = own_ ? slice.begin : 0;
  form_ = make_list_form(context_, own_ ? slice.size() : context_.ids.size());
  loader_.emplace(context_.ids, table_, context_.facts.key.staging_type, base_,
                  context_.dialect.has("copy_in"), form_->packing());
}

void ListTable::assume_loaded(Slice slice) {
  prepare(slice);
  exists_ = false;
}

bool ListTable::smaller_piece() {
  const std::size_t smaller = std::min(piece_, slice_.size()) / 8 / part_ids * part_ids;
  if (smaller == 0) return false;
  piece_ = smaller;
  return true;
}

Result<void> ListTable::create(Session& session) const {
  FQ_TRY(session.execute(form_->create(table_, own_)));
  return {};
}

Slice ListTable::next_unit(Slice rest) {
  return form_->cut({rest.begin, rest.begin + std::min(sizer_.next(), rest.size())}, slice_);
}

Result<Statement> ListTable::query(Session& session, Slice unit) {
  return form_->query(session, {table_, unit, slice_, base_, exists_});
}

bool ListTable::shrink(Slice unit) {
  if (unit.size() <= 1) return false;
  sizer_.too_slow(unit.size());
  return true;
}

}  // namespace firmquery

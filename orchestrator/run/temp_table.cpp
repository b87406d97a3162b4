// The list is COPYed once into a temporary table of the session; ranges join with it.
#include <fmt/format.h>

#include <algorithm>
#include <firmquery/sql_text.hpp>

#include "sql_fill.hpp"
#include "strategy.hpp"

namespace firmquery {
namespace {

// Rows of COPY text format, in blocks that fit one message.
class CopyRows {
 public:
  CopyRows(const IdSet& ids, Slice slice, std::size_t base) : ids_(ids), slice_(slice), base_(base) {
    block_.reserve(block_bytes + 2048);
  }
  std::string_view next() {
    block_.clear();
    while (!slice_.empty() && block_.size() < block_bytes) {
      fmt::format_to(std::back_inserter(block_), "{}\t", slice_.begin - base_);
      const std::size_t begin = block_.size();
      ids_.append_canonical(slice_.begin++, block_);
      // IDs hold no control characters (cleaning rejects them), so the backslash is all there is to escape.
      for (std::size_t at = block_.find('\\', begin); at != std::string::npos;
           at = block_.find('\\', at + 2)) {
        block_.insert(at, 1, '\\');
      }
      block_ += '\n';
    }
    return block_;
  }
  std::size_t position() const { return slice_.begin; }

 private:
  static constexpr std::size_t block_bytes = 60 << 10;
  const IdSet& ids_;
  Slice slice_;
  std::size_t base_;
  std::string block_;
};

class TempTable : public Strategy {
 public:
  explicit TempTable(const StrategyContext& context) : context_(context) {
    std::string suffix;
    for (const char c : context.run_id) suffix += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ? c : '_';
    table_ = "pg_temp.firmquery_" + suffix;
  }

  bool writes() const override { return true; }

  Result<void> prepare(Session& session, Slice slice, std::atomic<std::uint64_t>& loaded) override {
    base_ = slice.begin;
    const KeyColumn& key = context_.facts.key;
    const std::string collation = key.collation.empty() ? "" : "collate " + key.collation;
    namespace sql = sql::postgresql;
    FQ_TRY(session.execute("set local temp_buffers = '64MB'"));
    FQ_TRY(session.execute("set local work_mem = '64MB'"));
    FQ_TRY(session.execute(sql_fill(
        sql::create_ids_table, {{"table", table_}, {"type", key.staging_type}, {"collation", collation}})));
    CopyRows rows(context_.ids, slice, base_);
    std::size_t reported = slice.begin;
    FQ_TRY_ASSIGN(const std::uint64_t copied, session.copy_in(sql_fill(sql::copy_ids, {{"table", table_}}),
                                                              [&]() -> Result<std::string_view> {
                                                                loaded += rows.position() - reported;
                                                                reported = rows.position();
                                                                return rows.next();
                                                              }));
    FQ_TRY(session.execute(sql_fill(sql::index_ids_table, {{"table", table_}})));
    FQ_TRY(session.execute(sql_fill(sql::analyze_ids_table, {{"table", table_}})));
    FQ_TRY_ASSIGN(const Rows count, session.execute(sql_fill(sql::count_ids, {{"table", table_}})));
    const std::string sent = std::to_string(slice.size());
    if (copied == slice.size() && count.at(0, 0) == sent) return {};
    return fail(
        ErrorKind::integrity,
        fmt::format("{} IDs were sent, the server took {} and holds {}", sent, copied, count.at(0, 0)),
        "COPY", "this points at a fault of the server or of something between; do not trust a retry");
  }

  Slice next_unit(Slice rest) override {
    return {rest.begin, rest.begin + std::min(sizer_.next(), rest.size())};
  }

  Result<std::string> query(Session& session, Slice unit) override {
    const std::string low = std::to_string(unit.begin - base_), high = std::to_string(unit.end - 1 - base_);
    const std::string ids =
        sql_fill(sql::postgresql::range_of_ids, {{"table", table_}, {"low", low}, {"high", high}});
    if (!context_.facts.bounded) return context_.sql_template.render(ids);
    FQ_TRY_ASSIGN(const Bound bound, bound_of(session, unit, low, high));
    return context_.sql_template.render(ids, bound);
  }

  void completed(Slice unit, std::chrono::duration<double> took) override {
    sizer_.completed(unit.size(), took);
  }

  bool shrink(Slice unit) override {
    if (unit.size() <= 1) return false;
    sizer_.too_slow();
    return true;
  }

 private:
  Result<Bound> bound_of(Session& session, Slice unit, const std::string& low, const std::string& high) {
    std::string first, last;
    if (context_.facts.key.id_type == IdType::text) {
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
    return Bound{session.quote_literal(first) + "::" + type, session.quote_literal(last) + "::" + type};
  }

  const StrategyContext& context_;
  std::string table_;
  std::size_t base_ = 0;
  RangeSizer sizer_;
};

}  // namespace

std::unique_ptr<Strategy> make_temp_table(const StrategyContext& context) {
  return std::make_unique<TempTable>(context);
}

}  // namespace firmquery

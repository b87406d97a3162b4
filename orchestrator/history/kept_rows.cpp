#include "kept_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/core/key_text.hpp"
#include "firmquery/core/row_key.hpp"
#include "firmquery/core/sql_fill.hpp"
#include "firmquery/output/json_string.hpp"
#include "firmquery/sql_text.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kBlockBytes = 256 << 10;

// Appends the next row of a table; false: there are no more.
using NextRow = std::function<Result<bool>(std::string& block)>;

Result<std::uint64_t> copy_rows(Session& session, std::string_view table, std::string_view columns,
                                const NextRow& next_row) {
  std::string block;
  const auto produce = [&]() -> Result<std::string_view> {
    block.clear();
    while (block.size() < kBlockBytes) {
      FQ_TRY_ASSIGN(const bool more, next_row(block));
      if (!more) break;
    }
    return std::string_view(block);
  };
  auto copied = session.copy_in(
      sql_fill(sql::postgresql::keep_rows, {{"table", table}, {"columns", columns}}), produce);
  if (copied) return copied;
  Error error = std::move(copied).error();
  if (!error.sqlstate.empty()) error.place = fmt::format("firmquery.{}", table);
  return Failure(std::move(error));
}

std::string row_prefix(const RunReader& run) {
  std::string prefix;
  append_csv_field(prefix, run.report().run_id);
  return prefix + ',';
}

// Rows of the results: number, canonical ID and the fields as one JSON object.
class ResultTable {
 public:
  ResultTable(const RunReader& run, std::unique_ptr<ResultRows> rows)
      : run_(run),
        rows_(std::move(rows)),
        type_(id_type_from_string(run.report().id_type).value_or(IdType::text)),
        prefix_(row_prefix(run)) {}

  Result<void> open() {
    const std::vector<std::string>& names = rows_->columns();
    const auto key = RowKey::among(names, run_.report().key);
    if (!key) return damaged(fmt::format("the header has no column {}", run_.report().key));
    row_key_ = *key;
    for (const std::string& name : object_names(names)) {
      labels_.emplace_back(labels_.empty() ? "{" : ", ");
      append_json_string(labels_.back(), name);
      labels_.back() += ": ";
    }
    return {};
  }

  Result<bool> next(std::string& block) {
    FQ_TRY_ASSIGN(const bool more, rows_->next());
    if (!more) return false;
    std::size_t column = 0;
    json_.clear();
    const bool read = rows_->each_field([&](std::string_view value, bool is_null) {
      if (column < labels_.size()) {
        json_ += labels_[column];
        is_null ? void(json_ += "null") : append_json_string(json_, value);
      }
      if (row_key_.is(column)) key_.assign(value);
      ++column;
    });
    if (!read || column != labels_.size()) return damaged(fmt::format("row {} is damaged", number_ + 1));
    json_ += '}';
    if (!read_key(key_, type_, canonical_)) canonical_ = key_;
    fmt::format_to(std::back_inserter(block), "{}{},", prefix_, ++number_);
    append_csv_field(block, canonical_);
    block += ',';
    append_csv_field(block, json_);
    block += '\n';
    return true;
  }

 private:
  Failure damaged(std::string what) const {
    return fail(ErrorKind::integrity, std::move(what), run_.directory().string(),
                "the results were altered after they were written");
  }

  const RunReader& run_;
  const std::unique_ptr<ResultRows> rows_;
  const IdType type_;
  const std::string prefix_;
  std::vector<std::string> labels_;  // by column: what stands before the value
  RowKey row_key_;
  std::uint64_t number_ = 0;
  std::string json_, key_, canonical_;
};

}  // namespace

Result<std::uint64_t> copy_missing(Session& session, const RunReader& run) {
  FQ_TRY_ASSIGN(IdReader ids, run.missing());
  const std::string prefix = row_prefix(run);
  return copy_rows(session, "missing", "run_id, id", [&](std::string& block) -> Result<bool> {
    std::string_view id;
    FQ_TRY_ASSIGN(const bool more, ids.next(id));
    if (!more) return false;
    block += prefix;
    append_csv_field(block, id);
    block += '\n';
    return true;
  });
}

Result<std::uint64_t> copy_rejected(Session& session, const RunReader& run) {
  FQ_TRY_ASSIGN(RejectedReader lines, run.rejected());
  const std::string prefix = row_prefix(run);
  return copy_rows(session, "rejected", "run_id, line, raw, reason", [&](std::string& block) -> Result<bool> {
    RejectedLine line;
    FQ_TRY_ASSIGN(const bool more, lines.next(line));
    if (!more) return false;
    fmt::format_to(std::back_inserter(block), "{}{},", prefix, line.line);
    append_csv_field(block, line.raw);
    block += ',';
    append_csv_field(block, line.reason);
    block += '\n';
    return true;
  });
}

Result<std::uint64_t> copy_results(Session& session, const RunReader& run) {
  FQ_TRY_ASSIGN(std::unique_ptr<ResultRows> rows, run.results());
  ResultTable table(run, std::move(rows));
  FQ_TRY(table.open());
  return copy_rows(session, "result", "run_id, row_no, id, fields",
                   [&](std::string& block) { return table.next(block); });
}

}  // namespace firmquery

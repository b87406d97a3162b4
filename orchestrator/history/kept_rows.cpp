#include "kept_rows.hpp"

#include <fmt/format.h>

#include <functional>
#include <system_error>
#include <vector>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/core/key_text.hpp"
#include "firmquery/sql_text.hpp"
#include "firmquery/core/sql_fill.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlockBytes = 256 << 10;

// Appends the row of a table for one record of the file.
using MakeRow = std::function<Result<void>(std::string_view record, std::string& block)>;

Failure damaged(const fs::path& path) {
  return fail(ErrorKind::integrity, "a record is no CSV", path.string(),
              "the file was altered after it was written");
}

Result<std::uint64_t> copy_records(Session& session, CsvRecords& file, std::string_view table,
                                   std::string_view columns, const MakeRow& make_row) {
  std::string block;
  const auto produce = [&]() -> Result<std::string_view> {
    block.clear();
    while (block.size() < kBlockBytes) {
      std::string_view record;
      FQ_TRY_ASSIGN(const bool more, file.next(record));
      if (!more) break;
      FQ_TRY(make_row(record, block));
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

// The record of a spreadsheet-safe file without what makes it safe.
bool append_as_it_was(std::string& out, std::string_view record, std::string& scratch) {
  if (record.ends_with('\n')) record.remove_suffix(1);
  std::string_view value;
  bool is_null = false;
  for (std::size_t position = 0; position <= record.size();) {
    if (position > 0) out += ',';
    if (!next_csv_field(record, position, scratch, value, is_null)) return false;
    if (!is_null) append_csv_field(out, from_spreadsheet_safe(value));
  }
  out += '\n';
  return true;
}

// Records that are rows but for the run's name.
Result<std::uint64_t> copy_as_is(Session& session, const fs::path& path, std::string_view table,
                                 std::string_view columns, const Report& report) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return 0;  // the proof decides whether it may be
  FQ_TRY_ASSIGN(CsvRecords file, CsvRecords::open(path));
  std::string_view header;
  FQ_TRY(file.next(header));
  std::string prefix;
  append_csv_field(prefix, report.run_id);
  prefix += ',';
  std::string scratch;
  return copy_records(session, file, table, columns,
                      [&](std::string_view record, std::string& block) -> Result<void> {
                        block += prefix;
                        if (!report.spreadsheet_safe) {
                          block += record;
                        } else if (!append_as_it_was(block, record, scratch)) {
                          return damaged(path);
                        }
                        return {};
                      });
}

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

// Rows of results.csv: number, canonical ID and the fields as one JSON object.
class ResultRows {
 public:
  ResultRows(const Report& report, const fs::path& path)
      : path_(path),
        spreadsheet_safe_(report.spreadsheet_safe),
        type_(id_type_from_string(report.id_type).value_or(IdType::text)) {
    append_csv_field(prefix_, report.run_id);
    prefix_ += ',';
  }

  Result<void> take_header(std::string_view record, const std::string& key) {
    std::vector<std::string> names;
    const bool read = each_field(record, [&](std::string_view name, bool) { names.emplace_back(name); });
    if (!read) return damaged(path_);
    key_column_ = names.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == key && key_column_ == names.size()) key_column_ = i;
      // An object has each name once.
      std::string name = names[i];
      for (int n = 2; is_taken(name, names, i); ++n) name = fmt::format("{}_{}", names[i], n);
      labels_.emplace_back(i == 0 ? "{" : ", ");
      append_json_text(labels_.back(), name);
      labels_.back() += ": ";
      names[i] = name;
    }
    if (key_column_ < names.size()) return {};
    return fail(ErrorKind::integrity, fmt::format("the header has no column {}", key), path_.string(),
                "the file was altered after it was written");
  }

  Result<void> append(std::string_view record, std::string& block) {
    std::size_t column = 0;
    json_.clear();
    const bool read = each_field(record, [&](std::string_view value, bool is_null) {
      if (column < labels_.size()) {
        json_ += labels_[column];
        is_null ? void(json_ += "null") : append_json_text(json_, value);
      }
      if (column == key_column_) key_.assign(value);
      ++column;
    });
    if (!read || column != labels_.size()) return damaged(path_);
    json_ += '}';
    if (!read_key(key_, type_, canonical_)) canonical_ = key_;
    fmt::format_to(std::back_inserter(block), "{}{},", prefix_, ++rows_);
    append_csv_field(block, canonical_);
    block += ',';
    append_csv_field(block, json_);
    block += '\n';
    return {};
  }

 private:
  static bool is_taken(const std::string& name, const std::vector<std::string>& names, std::size_t index) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i < index && names[i] == name) return true;
      if (i > index && names[i] == name && names[index] != name) return true;
    }
    return false;
  }

  template <class Take>
  bool each_field(std::string_view record, Take take) {
    if (record.ends_with('\n')) record.remove_suffix(1);
    std::string_view value;
    bool is_null = false;
    for (std::size_t position = 0; position <= record.size();) {
      if (!next_csv_field(record, position, scratch_, value, is_null)) return false;
      take(spreadsheet_safe_ ? from_spreadsheet_safe(value) : value, is_null);
    }
    return true;
  }

  const fs::path& path_;
  const bool spreadsheet_safe_;
  const IdType type_;
  std::string prefix_;
  std::vector<std::string> labels_;  // by column: what stands before the value
  std::size_t key_column_ = 0;
  std::uint64_t rows_ = 0;
  std::string scratch_, json_, key_, canonical_;
};

}  // namespace

Result<std::uint64_t> copy_missing(Session& session, const fs::path& directory, const Report& report) {
  return copy_as_is(session, directory / "missing.csv", "missing", "run_id, id", report);
}

Result<std::uint64_t> copy_rejected(Session& session, const fs::path& directory, const Report& report) {
  return copy_as_is(session, directory / "rejected.csv", "rejected", "run_id, line, raw, reason", report);
}

Result<std::uint64_t> copy_results(Session& session, const fs::path& directory, const Report& report) {
  const fs::path path = directory / "results.csv";
  FQ_TRY_ASSIGN(CsvRecords file, CsvRecords::open(path));
  ResultRows rows(report, path);
  std::string_view header;
  FQ_TRY_ASSIGN(const bool headed, file.next(header));
  if (!headed) return damaged(path);
  FQ_TRY(rows.take_header(header, report.key));
  return copy_records(
      session, file, "result", "run_id, row_no, id, fields",
      [&](std::string_view record, std::string& block) { return rows.append(record, block); });
}

}  // namespace firmquery

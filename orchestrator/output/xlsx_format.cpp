#include "xlsx_format.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/xlsx_reader.hpp"
#include "posix_file.hpp"
#include "unpacked_row.hpp"
#include "xlsx_book.hpp"
#include "xlsx_text.hpp"

namespace firmquery {
namespace {

class XlsxWriter : public ResultWriter {
 public:
  XlsxWriter(ByteSink& out, const FormatOptions& options)
      : book_(out, {options.directory}), key_(options.key), table_(options.table) {}

  Result<void> open(const ResultColumns& columns) override {
    fields_.resize(columns.size());
    scratches_.resize(columns.size());
    FQ_TRY(book_.begin());
    in_results_ = true;
    return book_.begin_table(table_, columns, key_);
  }

  Result<void> row(std::string_view csv) override {
    if (csv.ends_with('\n')) csv.remove_suffix(1);
    std::size_t column = 0;
    for (std::size_t position = 0; position <= csv.size(); ++column) {
      if (column == fields_.size()) return damaged();
      ResultField& field = fields_[column];
      if (!next_csv_field(csv, position, scratches_[column], field.value, field.is_null)) return damaged();
    }
    return column == fields_.size() ? book_.row(fields_) : damaged();
  }

  Result<void> beside(const SideTable& table) override {
    FQ_TRY(end_results());
    FQ_TRY(book_.begin_table(table.name, table.columns, table.key));
    FQ_TRY(table.rows([&](std::span<const ResultField> fields) { return book_.row(fields); }));
    return book_.end_table();
  }

  Result<void> finish() override {
    FQ_TRY(end_results());
    return book_.finish();
  }

  std::vector<std::string> notes() const override { return book_.notes(); }

 private:
  static Failure damaged() {
    return fail(ErrorKind::integrity, "a row does not have the fields of the header", "results",
                "start a new run");
  }

  Result<void> end_results() {
    return std::exchange(in_results_, false) ? book_.end_table() : Result<void>();
  }

  XlsxBook book_;
  const std::string key_, table_;
  bool in_results_ = false;
  std::vector<ResultField> fields_;
  std::vector<std::string> scratches_;  // by column
};

// The rows of a table, over all of its sheets, behind their headers.
class TableRows {
 public:
  TableRows(const XlsxWorkbook& book, std::string_view table) : book_(book) {
    for (std::size_t i = 0; i < book.sheets().size(); ++i) {
      if (is_xlsx_sheet_of(book.sheets()[i].name, table)) sheets_.push_back(i);
    }
  }

  bool is_there() const { return !sheets_.empty(); }

  // `header`: what the first row of each sheet must be; if it is empty, it becomes that of the first.
  Result<bool> next(std::vector<std::string>& header) {
    for (;;) {
      if (!rows_) {
        if (opened_ == sheets_.size()) return false;
        FQ_TRY_ASSIGN(XlsxRows opened, book_.rows(sheets_[opened_]));
        rows_.emplace(std::move(opened));
        FQ_TRY_ASSIGN(const bool any, rows_->next());
        if (any && header.empty()) {
          for (const XlsxCell& cell : rows_->cells()) header.emplace_back(cell.text);
        }
        if (!any || rows_->row() != 0 || !is(header))
          return Failure(rows_->wrong(0, "the header does not have the columns of the query"));
        ++opened_;
      }
      const std::uint32_t expected = rows_->row() + 1;
      FQ_TRY_ASSIGN(const bool more, rows_->next());
      if (!more) {
        rows_.reset();
        continue;
      }
      if (rows_->row() != expected) return Failure(rows_->wrong(0, "there are rows missing before this one"));
      return true;
    }
  }

  const XlsxRows& rows() const { return *rows_; }
  std::string address(std::uint32_t column) const {
    return fmt::format("{}!{}", book_.sheets()[sheets_[opened_ - 1]].name,
                       xlsx_address(rows_->row(), column));
  }

 private:
  bool is(const std::vector<std::string>& header) const {
    const auto& cells = rows_->cells();
    if (cells.size() != header.size()) return false;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].column != i || cells[i].kind != XlsxKind::text || cells[i].text != header[i]) return false;
    }
    return true;
  }

  XlsxWorkbook book_;
  std::vector<std::size_t> sheets_;
  std::size_t opened_ = 0;
  std::optional<XlsxRows> rows_;
};

class XlsxResultRows : public ResultRows {
 public:
  XlsxResultRows(const XlsxWorkbook& book, const std::string& table, std::vector<std::string> columns)
      : table_(table),
        results_(book, table),
        cuts_(book, kXlsxCutSheet),
        columns_(std::move(columns)),
        row_(columns_.size()) {
    for (const ResultColumn& column : xlsx_cut_columns()) cut_columns_.push_back(column.name);
  }

  Result<void> open(const std::filesystem::path& path) {
    if (!results_.is_there()) {
      return fail(ErrorKind::integrity, fmt::format("the workbook has no sheet {}", table_), path.string(),
                  "the file was cut or altered after it was written");
    }
    FQ_TRY_ASSIGN(more_, results_.next(columns_));
    row_ = UnpackedRow(columns_.size());
    return next_cut();
  }

  const std::vector<std::string>& columns() const override { return columns_; }

  Result<bool> next() override {
    // open() has gone to the first row, so that it has seen the header.
    if (!std::exchange(first_, false) && more_) {
      FQ_TRY_ASSIGN(more_, results_.next(columns_));
    }
    if (!more_) return false;
    row_.clear();
    const XlsxRows& rows = results_.rows();
    for (const XlsxCell& cell : rows.cells()) {
      if (cell.kind == XlsxKind::blank) continue;
      if (cell.column >= row_.size() || cell.formula)
        return Failure(rows.wrong(cell.column, "the cell is not of the results"));
      UnpackedField& field = row_[cell.column];
      const auto value = value_of_xlsx(cell, scratch_);
      if (!value) return Failure(rows.wrong(cell.column, "the cell is not of the results"));
      field.value = *value;
      field.is_null = false;
      const bool full = field.value.size() + 1 >= kXlsxCellUnitsMax;  // a pair of surrogates is not cut apart
      if (cut_ && full) FQ_TRY(append_rest(cell.column, field.value));
    }
    return true;
  }

  std::string_view csv() override { return row_.csv(); }
  bool field(std::size_t column, std::string_view& value, bool& is_null) override {
    return row_.field(column, value, is_null);
  }
  bool each_field(const std::function<void(std::string_view value, bool is_null)>& take) override {
    row_.each(take);
    return true;
  }

 private:
  // To the next text that was cut, of whatever table.
  Result<void> next_cut() {
    cut_.reset();
    FQ_TRY_ASSIGN(const bool more, cuts_.next(cut_columns_));
    if (!more) return {};
    const auto& cells = cuts_.rows().cells();
    if (cells.size() != cut_columns_.size() || cells.back().kind != XlsxKind::text)
      return Failure(cuts_.rows().wrong(0, "the row is not the rest of a text"));
    cut_.emplace(cells.front().text);
    return {};
  }

  // They stand in the order of the cells.
  Result<void> append_rest(std::uint32_t column, std::string& value) {
    if (*cut_ != results_.address(column)) return {};
    for (const std::string cell = *cut_; cut_ && *cut_ == cell;) {
      value += cuts_.rows().cells().back().text;
      FQ_TRY(next_cut());
    }
    return {};
  }

  const std::string table_;
  TableRows results_, cuts_;
  std::vector<std::string> columns_, cut_columns_;
  UnpackedRow row_;
  std::optional<std::string> cut_;  // the cell whose text goes on
  bool first_ = true, more_ = false;
  std::string scratch_;
};

}  // namespace

std::unique_ptr<ResultWriter> xlsx_writer(ByteSink& out, const FormatOptions& options) {
  return std::make_unique<XlsxWriter>(out, options);
}

Result<std::unique_ptr<ResultRows>> xlsx_rows(const std::filesystem::path& path, const FormatOptions& options,
                                              const std::vector<std::string>& columns) {
  XlsxOptions own;
  own.damaged = ErrorKind::integrity;
  own.row_bytes_max = std::uint64_t{2} << 30;  // as CsvRecords
  own.expansion_max = 2000;  // more than there is: a result may be one value a million times
  FQ_TRY_ASSIGN(Descriptor file, open_regular(path, O_RDONLY, "open"));
  FQ_TRY_ASSIGN(const XlsxWorkbook book, XlsxWorkbook::open(std::move(file), path, own));
  auto rows = std::make_unique<XlsxResultRows>(book, options.table, columns);
  FQ_TRY(rows->open(path));
  return rows;
}

}  // namespace firmquery

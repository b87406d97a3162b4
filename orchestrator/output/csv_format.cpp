#include "csv_format.hpp"

#include <utility>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"

namespace firmquery {
namespace {

class CsvWriter : public ResultWriter {
 public:
  CsvWriter(ByteSink& out, const FormatOptions& options)
      : out_(out), spreadsheet_safe_(options.spreadsheet_safe) {}

  Result<void> open(const ResultColumns& columns) override { return row(csv_header(columns)); }
  Result<void> row(std::string_view csv) override { return write_record(out_, csv, spreadsheet_safe_); }
  Result<void> part(const std::filesystem::path& part, const std::stop_token& stop) override {
    return spreadsheet_safe_ ? ResultWriter::part(part, stop) : out_.append_file(part, stop);
  }
  Result<void> finish() override { return {}; }

 private:
  ByteSink& out_;
  const bool spreadsheet_safe_;
};

class CsvRows : public ResultRows {
 public:
  CsvRows(CsvRecords records, const FormatOptions& options)
      : records_(std::move(records)), spreadsheet_safe_(options.spreadsheet_safe) {}

  Result<void> open() {
    FQ_TRY_ASSIGN(const bool any, next());
    if (!any) return records_.damaged("the file is empty, without even a header");
    const bool read = each_field([&](std::string_view name, bool) { columns_.emplace_back(name); });
    return read ? Result<void>() : records_.damaged("the header is not CSV");
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  Result<bool> next() override { return records_.next(record_); }

  std::string_view csv() override {
    if (!spreadsheet_safe_) return record_;
    plain_.clear();
    std::size_t column = 0;
    const auto append = [&](std::string_view value, bool is_null) {
      if (column++ > 0) plain_ += ',';
      if (!is_null) append_csv_field(plain_, value, columns_.size() == 1);
    };
    if (!each_field(append)) return record_;
    plain_ += '\n';
    return plain_;
  }

  bool field(std::size_t column, std::string_view& value, bool& is_null) override {
    if (!csv_field(record_, column, scratch_, value, is_null)) return false;
    value = plain(value);
    return true;
  }

  bool each_field(const std::function<void(std::string_view value, bool is_null)>& take) override {
    std::string_view record = record_, value;
    if (record.ends_with('\n')) record.remove_suffix(1);
    bool is_null = false;
    for (std::size_t position = 0; position <= record.size();) {
      if (!next_csv_field(record, position, scratch_, value, is_null)) return false;
      take(plain(value), is_null);
    }
    return true;
  }

 private:
  std::string_view plain(std::string_view value) const {
    return spreadsheet_safe_ ? from_spreadsheet_safe(value) : value;
  }

  CsvRecords records_;
  const bool spreadsheet_safe_;
  std::vector<std::string> columns_;
  std::string_view record_;
  std::string scratch_, plain_;
};

}  // namespace

std::unique_ptr<ResultWriter> csv_writer(ByteSink& out, const FormatOptions& options) {
  return std::make_unique<CsvWriter>(out, options);
}

Result<std::unique_ptr<ResultRows>> csv_rows(const std::filesystem::path& path, const FormatOptions& options) {
  FQ_TRY_ASSIGN(CsvRecords records, CsvRecords::open(path));
  auto rows = std::make_unique<CsvRows>(std::move(records), options);
  FQ_TRY(rows->open());
  return rows;
}

}  // namespace firmquery

#include "delimited_format.hpp"

#include <utility>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"

namespace firmquery {
namespace {

constexpr char kComma = ',', kTab = '\t';

class DelimitedWriter : public ResultWriter {
 public:
  DelimitedWriter(ByteSink& out, const FormatOptions& options, char delimiter)
      : out_(out), spreadsheet_safe_(options.spreadsheet_safe), delimiter_(delimiter) {}

  Result<void> open(const ResultColumns& columns) override { return row(csv_header(columns)); }

  Result<void> row(std::string_view csv) override {
    std::string_view record = csv;
    if (delimiter_ != kComma) {
      FQ_TRY(translate(csv));
      record = record_;
    }
    if (!spreadsheet_safe_) return out_.write(record);
    safe_.clear();
    append_spreadsheet_safe(safe_, record, delimiter_);
    return out_.write(safe_);
  }

  Result<void> rows(std::string_view csv) override {
    return delimiter_ != kComma || spreadsheet_safe_ ? ResultWriter::rows(csv) : out_.write(csv);
  }

  Result<void> part(const std::filesystem::path& part, const std::stop_token& stop) override {
    if (delimiter_ != kComma || spreadsheet_safe_) return ResultWriter::part(part, stop);
    return out_.append_file(part, stop);
  }

  Result<void> finish() override { return {}; }

 private:
  Result<void> translate(std::string_view csv) {
    record_.clear();
    if (csv.ends_with('\n')) csv.remove_suffix(1);
    std::string_view value;
    bool is_null = false;
    for (std::size_t position = 0; position <= csv.size();) {
      const bool first = position == 0;
      if (!next_csv_field(csv, position, scratch_, value, is_null))
        return fail(ErrorKind::integrity, "a row is no CSV", "results", "start a new run");
      if (!first) record_ += delimiter_;
      const bool only = first && position > csv.size();
      if (!is_null) append_csv_field(record_, value, only, delimiter_);
    }
    record_ += '\n';
    return {};
  }

  ByteSink& out_;
  const bool spreadsheet_safe_;
  const char delimiter_;
  std::string record_, safe_, scratch_;
};

class DelimitedRows : public ResultRows {
 public:
  DelimitedRows(CsvRecords records, const FormatOptions& options, char delimiter)
      : records_(std::move(records)), spreadsheet_safe_(options.spreadsheet_safe), delimiter_(delimiter) {}

  Result<void> open(const std::vector<std::string>& expected) {
    FQ_TRY_ASSIGN(const bool any, next());
    if (!any) return records_.damaged("the file is empty, without even a header");
    const bool read = each_field([&](std::string_view name, bool) { columns_.emplace_back(name); });
    return read && (columns_ == expected || expected.empty())
               ? Result<void>()
               : records_.damaged("the header does not have the columns of the query");
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  Result<bool> next() override { return records_.next(record_); }

  std::string_view csv() override {
    if (!spreadsheet_safe_ && delimiter_ == kComma) return record_;
    plain_.clear();
    std::size_t column = 0;
    const auto append = [&](std::string_view value, bool is_null) {
      if (column++ > 0) plain_ += kComma;
      if (!is_null) append_csv_field(plain_, value, columns_.size() == 1);
    };
    if (!each_field(append)) return record_;
    plain_ += '\n';
    return plain_;
  }

  bool field(std::size_t column, std::string_view& value, bool& is_null) override {
    if (!csv_field(record_, column, scratch_, value, is_null, delimiter_)) return false;
    value = plain(value);
    return true;
  }

  bool each_field(const std::function<void(std::string_view value, bool is_null)>& take) override {
    std::string_view record = record_, value;
    if (record.ends_with('\n')) record.remove_suffix(1);
    bool is_null = false;
    for (std::size_t position = 0; position <= record.size();) {
      if (!next_csv_field(record, position, scratch_, value, is_null, delimiter_)) return false;
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
  const char delimiter_;
  std::vector<std::string> columns_;
  std::string_view record_;
  std::string scratch_, plain_;
};

Result<std::unique_ptr<ResultRows>> open_rows(const std::filesystem::path& path, const FormatOptions& options,
                                              const std::vector<std::string>& columns, char delimiter) {
  FQ_TRY_ASSIGN(CsvRecords records, CsvRecords::open(path));
  auto rows = std::make_unique<DelimitedRows>(std::move(records), options, delimiter);
  FQ_TRY(rows->open(columns));
  return rows;
}

}  // namespace

std::unique_ptr<ResultWriter> csv_writer(ByteSink& out, const FormatOptions& options) {
  return std::make_unique<DelimitedWriter>(out, options, kComma);
}
Result<std::unique_ptr<ResultRows>> csv_rows(const std::filesystem::path& path, const FormatOptions& options,
                                             const std::vector<std::string>& columns) {
  return open_rows(path, options, columns, kComma);
}
std::unique_ptr<ResultWriter> tsv_writer(ByteSink& out, const FormatOptions& options) {
  return std::make_unique<DelimitedWriter>(out, options, kTab);
}
Result<std::unique_ptr<ResultRows>> tsv_rows(const std::filesystem::path& path, const FormatOptions& options,
                                             const std::vector<std::string>& columns) {
  return open_rows(path, options, columns, kTab);
}

}  // namespace firmquery

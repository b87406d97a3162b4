#include "preparing/input_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/key_text.hpp"
#include "firmquery/core/utf8_text.hpp"
#include "firmquery/run/parallel.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kRowsBytes = 1 << 20;
constexpr std::uint32_t kNumericOid = 1700;

class Lines : public RowSink {
 public:
  Lines(const IdQuery::Take& take, const std::stop_token& stop) : take_(take), stop_(stop) {}

  void set_type(std::uint32_t oid) { numeric_ = oid == kNumericOid; }
  Result<void> row(std::string_view, std::string_view value, bool is_null) override {
    // Every text may begin with a byte order mark, which is not part of it; the first value may begin like one.
    if (!std::exchange(marked_, true)) block_ += "\xEF\xBB\xBF";
    // An exponent in a file is a spreadsheet's damage; CockroachDB writes a whole DECIMAL with one.
    if (numeric_ && write_out_exponent(value, plain_)) value = plain_;
    if (!is_null) append_csv_field(block_, value, true);
    block_ += '\n';
    return block_.size() < kRowsBytes ? Result<void>() : flush();
  }

  Result<void> flush() {
    if (stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    if (!block_.empty()) FQ_TRY(take_(block_));
    block_.clear();
    return {};
  }

 private:
  const IdQuery::Take& take_;
  const std::stop_token& stop_;
  std::string block_, plain_;
  bool numeric_ = false, marked_ = false;
};

std::string names_of(const std::vector<ColumnDescription>& columns) {
  std::vector<std::string_view> names;
  for (const ColumnDescription& column : columns) names.push_back(column.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

Result<std::size_t> choose_column(const std::vector<ColumnDescription>& columns, std::string_view wanted) {
  const auto named = [&](const ColumnDescription& column) { return column.name == wanted; };
  const auto found = std::find_if(columns.begin(), columns.end(), named);
  if (columns.empty()) {
    return fail(ErrorKind::query, "the statement returns no rows", {},
                "write a SELECT, WITH, VALUES or TABLE");
  }
  if (wanted.empty() && columns.size() == 1) return 0;
  if (wanted.empty()) {
    return fail(ErrorKind::usage,
                fmt::format("the query has {} columns: {}", columns.size(), names_of(columns)), {},
                "select one, or name the one with the IDs with --column");
  }
  if (std::count_if(columns.begin(), columns.end(), named) > 1) {
    return fail(ErrorKind::usage, fmt::format("the query has several columns \"{}\"", wanted), {},
                "give the column's number to --column");
  }
  if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  const bool whole = error == std::errc() && end == wanted.data() + wanted.size();
  if (whole && number >= 1 && number <= columns.size()) return number - 1;
  return fail(ErrorKind::usage, fmt::format("no column \"{}\"; the query has {}", wanted, names_of(columns)),
              {}, "give one of the names, or a number, to --column");
}

// As a person writes it, without the semicolons at its end.
std::string statement(std::string_view sql) {
  const std::size_t last = sql.find_last_not_of("; \t\r\n");
  return std::string(sql.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

Result<void> read_rows(Session& session, const IdQuery& query, Lines& lines) {
  // A list is read, by `plan` and `doctor` too: nothing that the statement calls may write.
  FQ_TRY(session.execute("begin transaction read only"));
  const std::string sql = statement(query.sql);
  FQ_TRY_ASSIGN(const StatementDescription description, session.describe(sql));
  FQ_TRY_ASSIGN(const std::size_t column, choose_column(description.columns, query.column));
  lines.set_type(description.columns[column].type_oid);
  const bool copy = session.server_version_text().find("CockroachDB") == std::string::npos;
  FQ_TRY(session.stream(sql, RowKey(column), copy, lines));
  return lines.flush();
}

}  // namespace

Result<void> IdQuery::stream(const ConnectOptions& server, const std::stop_token& stop,
                             const Take& take) const {
  ConnectOptions options = server;
  options.stop = stop;
  auto session = Session::open(options);
  if (!session) {
    Error error = std::move(session).error();
    error.place = "--ids-dsn";
    return Failure(std::move(error));
  }
  Lines lines(take, stop);
  auto read = read_rows(*session, *this, lines);
  if (read) return {};
  if (stop.stop_requested() && caused_by_stop(read.error())) {
    return fail(ErrorKind::interrupted, "stopped while reading the list of IDs", std::string(name));
  }
  Error error = std::move(read).error();
  if (error.sqlstate == "25006") error.remedy = "a list is only read: write a SELECT";
  error.place = error.place.empty() ? std::string(name) : fmt::format("{}, {}", name, error.place);
  return Failure(std::move(error));
}

CleanOptions rows_as_list(CleanOptions options) {
  options.format = InputFormat::csv;
  options.delimiter = ',';
  options.header = HeaderMode::absent;
  options.encoding = InputEncoding::utf8;
  options.column.clear();
  options.number_records = true;
  return options;
}

std::string short_name(std::string_view path) {
  constexpr std::size_t kShown = 80;
  std::string name;
  for (const char c : path) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!blank) name += c;
    if (blank && !name.ends_with(' ')) name += ' ';
  }
  if (name.size() <= kShown) return name;
  return name.substr(0, whole_characters(name, kShown)) + "...";
}

}  // namespace firmquery

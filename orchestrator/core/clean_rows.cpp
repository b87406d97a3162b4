#include "firmquery/core/clean_rows.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "column_guess.hpp"
#include "field_shape.hpp"
#include "firmquery/core/csv.hpp"
#include "id_intake.hpp"
#include "leading_digits.hpp"
#include "sample_table.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kDoubleDigits = 15;

bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}

// Digits from the first that is not zero on.
std::size_t significant_digits(std::string_view number) {
  std::size_t digits = 0;
  for (const char c : number) digits += is_ascii_digit(c) && (digits > 0 || c != '0') ? 1 : 0;
  return digits;
}

// "1.25E+3" -> "1250", exactly. False where it is no such number; `plain` is then unspecified.
bool expand_exponent(std::string_view number, std::string& plain) {
  const std::size_t e = number.find_first_of("eE");
  if (e == std::string_view::npos) return false;
  std::string_view exponent_text = number.substr(e + 1);
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  constexpr int kExponentMax = 400;  // of a double: 308
  int exponent = 0;
  const char* const end = exponent_text.data() + exponent_text.size();
  const auto parsed = std::from_chars(exponent_text.data(), end, exponent);
  if (parsed.ec != std::errc() || parsed.ptr != end || exponent > kExponentMax || exponent < -kExponentMax)
    return false;
  std::string_view mantissa = number.substr(0, e);
  plain.clear();
  if (mantissa.starts_with('-')) {
    plain = "-";
    mantissa.remove_prefix(1);
  }
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  std::string digits(mantissa.substr(0, point));
  if (point < mantissa.size()) digits += mantissa.substr(point + 1);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_ascii_digit)) return false;
  int whole = static_cast<int>(point) + exponent;  // how many of the digits stand before the point
  if (whole <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - whole), '0');
    whole = 1;
  }
  if (digits.size() < static_cast<std::size_t>(whole)) digits.resize(static_cast<std::size_t>(whole), '0');
  std::string fraction = digits.substr(static_cast<std::size_t>(whole));
  digits.resize(static_cast<std::size_t>(whole));
  while (fraction.ends_with('0')) fraction.pop_back();
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  plain += digits;
  if (!fraction.empty()) plain += '.' + fraction;
  return true;
}

// A cell as what may be an ID.
struct ReadCell {
  std::string_view text;
  IdProblem problem = IdProblem::none;
};
ReadCell read_cell(const RowCell& cell, const CleanOptions& options, std::string& room) {
  if (cell.kind == RowCell::Kind::error)
    return {cell.text, cell.text.empty() ? IdProblem::empty : IdProblem::null_word};
  if (cell.kind == RowCell::Kind::text) return {cell.text};
  if (cell.text.find_first_of("eE") != std::string_view::npos) {
    if (!options.allow_lossy) return {cell.text, IdProblem::scientific};
    if (expand_exponent(cell.text, room)) return {room};
    return {cell.text};
  }
  const bool lossy = cell.text.size() > kDoubleDigits && significant_digits(cell.text) > kDoubleDigits;
  return {cell.text, lossy && !options.allow_lossy ? IdProblem::inexact_number : IdProblem::none};
}

}  // namespace

std::string cell_name(std::size_t column, std::uint64_t row) {
  std::string letters;
  for (std::size_t rest = column + 1; rest > 0; rest = (rest - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
  return letters + std::to_string(row);
}

std::size_t column_of_letters(std::string_view letters) {
  if (letters.empty() || letters.size() > 3) return RowCleaner::kColumnsMax;
  std::size_t number = 0;
  for (const char c : letters) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (upper < 'A' || upper > 'Z') return RowCleaner::kColumnsMax;
    number = number * 26 + static_cast<std::size_t>(upper - 'A') + 1;
  }
  return std::min<std::size_t>(number - 1, RowCleaner::kColumnsMax);
}

// Rows are held back until the sample is complete; then the column is settled once, and they are taken like every later
// one.
class RowCleaner::State : private FieldOrigin {
 public:
  State(CleanOptions options, CleanSink& sink)
      : options_(std::move(options)),
        intake_(options_, sink, *this),
        shows_records_(sink.wants_records()),
        sink_(sink) {
    digits_fast_ = (options_.type == IdType::integer || options_.type == IdType::text) &&
                   intake_.takes_digits() && options_.rules.max_bytes >= kDigitsFast;
  }

  Result<void> add_row(std::uint64_t number, std::span<const RowCell> cells);
  Result<void> finish();
  const InputCounts& counts() const { return intake_.counts(); }
  const InputProfile& profile() const { return intake_.profile(); }

 private:
  struct HeldCell {
    std::size_t column, begin, size;  // of its text
    RowCell::Kind kind;
  };
  struct HeldRow {
    std::uint64_t number;
    std::vector<HeldCell> cells;
  };
  static constexpr std::size_t kSampleRows = 1024;
  static constexpr std::size_t kDigitsFast = 18;

  Result<void> begin();
  void hold(std::uint64_t number, std::span<const RowCell> cells);
  SampleTable sample_table();
  void take_row(std::uint64_t number, std::span<const RowCell> cells);
  void take_cell(const RowCell& cell, std::uint64_t row);
  bool is_blank(std::span<const RowCell> cells) const;
  void look_at(ListRecord::Kind kind, std::uint64_t number, std::span<const RowCell> cells);
  std::uint64_t field_offset() override { return InputPlace::kNoOffset; }

  const CleanOptions options_;
  IdIntake intake_;
  const bool shows_records_;
  CleanSink& sink_;
  std::vector<HeldRow> held_;
  std::string held_text_;
  std::uint64_t last_row_ = 0;  // given
  bool begun_ = false;
  bool header_pending_ = false;
  bool digits_fast_ = false;
  ColumnChoice column_;
  std::string room_, record_;
};

Result<void> RowCleaner::State::add_row(std::uint64_t number, std::span<const RowCell> cells) {
  const bool ordered =
      number > last_row_ && number <= kRowsMax && (cells.empty() || cells.back().column < kColumnsMax);
  if (!ordered) {
    return fail(ErrorKind::usage,
                "row " + std::to_string(number) + " behind row " + std::to_string(last_row_) +
                    " is out of order, or beyond what a sheet can have",
                options_.source_name, "open the workbook, save it again, and give that");
  }
  last_row_ = number;
  if (begun_) {
    take_row(number, cells);
    return {};
  }
  hold(number, cells);
  return held_.size() < kSampleRows && held_text_.size() < options_.sample_bytes ? Result<void>() : begin();
}

void RowCleaner::State::hold(std::uint64_t number, std::span<const RowCell> cells) {
  HeldRow row{number, {}};
  row.cells.reserve(cells.size());
  for (const RowCell& cell : cells) {
    row.cells.push_back({cell.column, held_text_.size(), cell.text.size(), cell.kind});
    held_text_ += cell.text;
  }
  held_.push_back(std::move(row));
}

SampleTable RowCleaner::State::sample_table() {
  SampleTable table;
  for (const HeldRow& row : held_) {
    std::vector<std::string> fields;
    for (const HeldCell& held : row.cells) {
      const std::string_view text = std::string_view(held_text_).substr(held.begin, held.size);
      const ReadCell read = read_cell({held.column, text, held.kind}, options_, room_);
      if (trim_id(read.text).empty()) continue;
      if (fields.size() <= held.column) fields.resize(held.column + 1);
      fields[held.column] = trim_id(read.text);
    }
    const bool comment =
        !options_.comment.empty() && !fields.empty() && fields[0].starts_with(options_.comment);
    if (fields.empty() || comment) continue;
    table.fields_min = table.row_count == 0 ? fields.size() : std::min(table.fields_min, fields.size());
    table.fields_max = std::max(table.fields_max, fields.size());
    table.rows_split += fields.size() >= 2;
    ++table.row_count;
    if (table.rows.size() < SampleTable::kRowsKept) table.rows.push_back(std::move(fields));
  }
  return table;
}

Result<void> RowCleaner::State::begin() {
  begun_ = true;
  const SampleTable table = sample_table();
  CleanOptions options = options_;
  // A letter is a column where no header has that name.
  const std::size_t lettered = column_of_letters(options.column);
  const bool named = !table.rows.empty() && options.header != HeaderMode::absent &&
                     find_column(table, options.column) < table.rows.front().size();
  if (lettered < kColumnsMax && !named) {
    const std::size_t columns = std::max<std::size_t>(table.fields_max, 1);
    if (lettered < columns) options.column = std::to_string(lettered + 1);
  }
  FQ_TRY_ASSIGN(column_, choose_column(table, options));
  FQ_TRY(check_guess(table, options, column_));
  header_pending_ = column_.header;
  // A column without a name is called as the spreadsheet calls it.
  if (column_.name == std::to_string(column_.column + 1)) {
    column_.name = cell_name(column_.column, 0);
    column_.name.pop_back();
  }
  intake_.begin(column_.column, column_.name);
  std::vector<RowCell> cells;
  for (const HeldRow& row : held_) {
    cells.clear();
    for (const HeldCell& held : row.cells)
      cells.push_back({held.column, std::string_view(held_text_).substr(held.begin, held.size), held.kind});
    take_row(row.number, cells);
  }
  held_ = {};
  held_text_ = {};
  return {};
}

bool RowCleaner::State::is_blank(std::span<const RowCell> cells) const {
  const auto first = std::find_if(cells.begin(), cells.end(), [](const RowCell& cell) {
    return !trim_id(cell.text).empty() || cell.kind == RowCell::Kind::error;
  });
  if (first == cells.end()) return true;
  return !options_.comment.empty() && first->column == 0 && first->text.starts_with(options_.comment);
}

void RowCleaner::State::take_row(std::uint64_t number, std::span<const RowCell> cells) {
  InputCounts& counts = intake_.counts();
  const auto look = [&](ListRecord::Kind kind) {
    if (shows_records_ || options_.keep_columns) look_at(kind, number, cells);
  };
  const std::uint64_t absent = number - counts.lines - 1;
  if (shows_records_) {
    for (std::uint64_t i = 1; i <= absent; ++i) sink_.record({ListRecord::Kind::blank, counts.lines + i, {}});
  }
  counts.lines += absent;
  counts.blank += absent;
  const auto cell = std::find_if(cells.begin(), cells.end(),
                                 [&](const RowCell& each) { return each.column == column_.column; });
  if (digits_fast_ && !header_pending_ && cell != cells.end() && cell->text.size() <= kDoubleDigits &&
      options_.comment.empty()) {
    std::uint64_t value = 0;
    const char* const begin = cell->text.data();
    if (const std::size_t size = cell->text.size(); size > 0 && cell->kind != RowCell::Kind::error &&
                                                    read_leading_digits(begin, begin + size, value) == size) {
      look(ListRecord::Kind::data);
      return intake_.take_digits(cell->text, static_cast<std::int64_t>(value), number);
    }
  }
  ++counts.lines;
  if (is_blank(cells)) {
    ++counts.blank;
    return look(ListRecord::Kind::blank);
  }
  if (std::exchange(header_pending_, false)) {
    ++counts.header;
    return look(ListRecord::Kind::header);
  }
  look(ListRecord::Kind::data);
  if (cell == cells.end()) return intake_.refuse({}, number, IdProblem::empty);
  take_cell(*cell, number);
}

// The row as CSV. A formula without a result is nothing.
void RowCleaner::State::look_at(ListRecord::Kind kind, std::uint64_t number, std::span<const RowCell> cells) {
  InputProfile& profile = intake_.profile();
  const bool header = kind == ListRecord::Kind::header;
  const std::size_t width = cells.empty() ? 0 : cells.back().column + 1;
  profile.width = std::max(profile.width, width);
  if (header) profile.header.resize(width);
  record_.clear();
  std::size_t column = 0;
  for (const RowCell& cell : cells) {
    record_.append(cell.column - column, ',');
    column = cell.column;
    const bool none = cell.kind == RowCell::Kind::error && cell.text.empty();
    if (!none) append_csv_field(record_, cell.text);
    if (header) profile.header[column] = cell.text;
  }
  if (shows_records_) sink_.record({kind, number, record_});
}

void RowCleaner::State::take_cell(const RowCell& cell, std::uint64_t row) {
  const ReadCell read = read_cell(cell, options_, room_);
  if (read.problem != IdProblem::none) return intake_.refuse(read.text, row, read.problem);
  intake_.take(read.text, row, TextMarker::removed);
}

Result<void> RowCleaner::State::finish() {
  if (!begun_) FQ_TRY(begin());
  InputProfile& profile = intake_.profile();
  profile.format = InputFormat::workbook;
  profile.encoding = InputEncoding::utf8;
  profile.column_index = column_.column;
  profile.guess = column_.guess;
  intake_.finish();
  return {};
}

RowCleaner::RowCleaner(CleanOptions options, CleanSink& sink)
    : state_(std::make_unique<State>(std::move(options), sink)) {}
RowCleaner::~RowCleaner() = default;

Result<void> RowCleaner::add_row(std::uint64_t number, std::span<const RowCell> cells) {
  return state_->add_row(number, cells);
}
Result<void> RowCleaner::finish() {
  return state_->finish();
}
const InputCounts& RowCleaner::counts() const {
  return state_->counts();
}
const InputProfile& RowCleaner::profile() const {
  return state_->profile();
}

}  // namespace firmquery

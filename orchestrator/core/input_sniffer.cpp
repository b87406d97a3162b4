#include "input_sniffer.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <vector>

#include "column_guess.hpp"
#include "field_shape.hpp"
#include "id_shapes.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kList = "a pasted list";

constexpr std::array<char, 4> kDelimiters = {'\t', ',', ';', '|'};

class Sniffer {
 public:
  Sniffer(std::string_view sample, bool whole, const CleanOptions& options)
      : sample_(sample), whole_(whole), options_(options), lines_(read(0)) {
    for (const char delimiter : kDelimiters) tables_.push_back(read(delimiter));
    // A comma that is part of numbers separates nothing: what it would split is split by semicolons.
    commas_separate_ = !options_.numbers.has_comma() || comma_separates_too();
    if (!commas_separate_) tables_[1] = read(';');
  }

  Result<InputPlan> run();

 private:
  SampleTable read(char delimiter) const { return read_table(sample_, whole_, delimiter, options_.comment); }
  const SampleTable* consistent_table() const;
  const SampleTable& separated_table() const;
  const SampleTable& table_for_column() const;
  const SampleTable* table_with_header() const;

  bool single_quoted() const;
  bool ends_with_separators() const;
  bool one_line_of_items() const;
  bool double_quoted() const;
  bool columns_look_alike(const SampleTable& table) const;
  bool mostly_separated() const { return separated_table().rows_split * 2 >= separated_table().row_count; }
  bool ragged_list() const;
  bool thousands() const;
  bool comma_separates_too() const;
  bool all_comma_numbers() const;

  Result<InputPlan> plan_lines() const;
  Result<InputPlan> plan_csv(const SampleTable& table) const;
  Result<InputPlan> plan_list(ListStart start) const;
  Failure ambiguous(const SampleTable& table) const;

  Failure numbers_or_items(std::string_view other) const;

  std::string_view sample_;
  bool whole_;
  const CleanOptions& options_;
  SampleTable lines_;
  std::vector<SampleTable> tables_;
  bool commas_separate_ = true;
};

bool is_separator(char character) {
  return character == ',' || character == ';';
}

// The tab wins; then the delimiter that makes most columns, `;` before `,` (which may be a decimal comma).
const SampleTable* Sniffer::consistent_table() const {
  const SampleTable* best = nullptr;
  for (const SampleTable& table : tables_) {
    if (!table.consistent()) continue;
    if (table.delimiter == '\t') return &table;
    const bool better = best == nullptr || table.fields_max > best->fields_max ||
                        (table.fields_max == best->fields_max && table.delimiter == ';');
    if (better) best = &table;
  }
  return best;
}

// Commas inside quotes are those of numbers, so the others separate; so they do beside names.
bool Sniffer::comma_separates_too() const {
  const SampleTable& table = tables_[1];
  const auto no_part_of_a_number = [](const std::string& field) {
    return field.find(',') != std::string::npos || is_name_like(field);
  };
  return table.consistent() && std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
           return std::any_of(row.begin(), row.end(), no_part_of_a_number);
         });
}

// By `,` or by `;`, whichever splits more rows.
const SampleTable& Sniffer::separated_table() const {
  return tables_[2].rows_split > tables_[1].rows_split ? tables_[2] : tables_[1];
}

const SampleTable& Sniffer::table_for_column() const {
  const auto& name = options_.column.empty() ? options_.key_name : options_.column;
  for (const SampleTable& table : tables_) {
    const bool split = !name.empty() && table.fields_max >= 2 && !table.rows.empty();
    if (split && find_column(table, name) < table.rows.front().size()) return table;
  }
  if (const SampleTable* table = consistent_table()) return *table;
  const auto most = std::max_element(tables_.begin() + 1, tables_.end(), [](const auto& a, const auto& b) {
    return a.rows_split < b.rows_split;
  });
  return *most;
}

// Rows of differing width whose first one names the key, or is all names above fields with digits.
const SampleTable* Sniffer::table_with_header() const {
  if (options_.header == HeaderMode::absent) return nullptr;
  for (const SampleTable& table : tables_) {
    if (table.rows.empty() || table.rows.front().size() < 2) continue;
    const auto& first = table.rows.front();
    if (!options_.key_name.empty() && find_column(table, options_.key_name) < first.size()) return &table;
    const bool split = table.rows_split * 2 >= table.row_count && table.row_count >= 2;
    if (split && std::all_of(first.begin(), first.end(), is_name_like) &&
        looks_like_header(table, 0, options_)) {
      return &table;
    }
  }
  return nullptr;
}

bool Sniffer::single_quoted() const {
  return !lines_.rows.empty() && std::all_of(lines_.rows.begin(), lines_.rows.end(), [](const auto& row) {
    std::string_view text = row[0];
    while (!text.empty() && (is_separator(text.back()) || text.back() == ' ')) text.remove_suffix(1);
    return text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
  });
}

bool Sniffer::ends_with_separators() const {
  const std::size_t rows = lines_.rows.size();
  std::size_t ending = 0;
  for (const auto& row : lines_.rows) ending += !row[0].empty() && is_separator(row[0].back());
  const bool last_ends = rows > 0 && is_separator(lines_.rows.back()[0].back());
  return ending > 0 && ending + (last_ends || lines_.row_count > rows ? 0 : 1) >= rows;
}

bool Sniffer::one_line_of_items() const {
  if (lines_.row_count != 1) return false;
  if (separated_table().fields_max >= 2) return true;
  std::size_t items = 0;
  const std::string_view text = lines_.rows[0][0];
  if (options_.numbers.groups == DigitGroups::space) return false;
  for (std::size_t at = text.find_first_not_of(" \t"); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    if (!has_digit(text.substr(at, end - at))) return false;
    ++items;
    at = text.find_first_not_of(" \t", end);
  }
  return items >= 2;
}

bool Sniffer::double_quoted() const {
  return std::any_of(lines_.rows.begin(), lines_.rows.end(), [](const auto& row) {
    return row[0].size() >= 2 && row[0].front() == '"' && row[0].back() == '"';
  });
}

// Every column holds fields of the same shapes, and all of them could be IDs.
bool Sniffer::columns_look_alike(const SampleTable& table) const {
  std::vector<std::bitset<8>> shapes;
  for (std::size_t column = 0; column < table.fields_max; ++column) {
    std::bitset<8> seen;
    for (const std::string& field : table.column(column, 0)) {
      if (!field.empty()) seen.set(static_cast<std::size_t>(field_shape(field)));
    }
    if (seen.none()) continue;  // what a separator at the end of each line leaves
    if (seen.test(static_cast<std::size_t>(FieldShape::other))) return false;
    shapes.push_back(seen);
  }
  return std::all_of(shapes.begin(), shapes.end(), [&](const auto& seen) { return seen == shapes.front(); });
}

bool Sniffer::ragged_list() const {
  const SampleTable& table = separated_table();
  if (table.rows_split == 0) return false;
  if (mostly_separated()) return true;
  // A few rows with commas among names are names with commas.
  const bool names =
      std::any_of(lines_.rows.begin(), lines_.rows.end(), [](const auto& row) { return !has_digit(row[0]); });
  return !names && columns_look_alike(table);
}

// One number with commas in it, or several IDs: 1,234 or 1.234,56 or 10,00.
bool is_comma_number(std::string_view text) {
  const DigitGroups groups = grouped_by(text);
  return groups == DigitGroups::comma || groups == DigitGroups::point || is_whole_decimal(text, ',');
}

// 1,234 and 567: two numbers, or three IDs? Among mostly whole numbers, two.
bool Sniffer::thousands() const {
  bool short_group = !mostly_separated();
  for (const auto& row : lines_.rows) {
    const std::size_t comma = row[0].find(',');
    if (comma == std::string::npos) continue;
    if (!is_comma_number(row[0])) return false;
    short_group = short_group || comma < 3 || row[0].size() - comma != 4;
  }
  return short_group;
}

bool Sniffer::all_comma_numbers() const {
  return !lines_.rows.empty() && std::all_of(lines_.rows.begin(), lines_.rows.end(), [](const auto& row) {
    return row[0].find(',') != std::string::npos && is_comma_number(row[0]);
  });
}

// The options that read the numbers follow from the first of them.
Failure Sniffer::numbers_or_items(std::string_view other) const {
  const auto row = std::find_if(lines_.rows.begin(), lines_.rows.end(),
                                [](const auto& fields) { return fields[0].find(',') != std::string::npos; });
  const std::string& number = (*row)[0];
  const DigitGroups groups = grouped_by(number);
  std::string option = "--decimal ,";
  if (groups != DigitGroups::none) option = "--thousands " + std::string(to_option(groups));
  return fail(ErrorKind::usage,
              "can be read as numbers such as \"" + number + "\" or as " + std::string(other),
              options_.source_name + ":1",
              "say " + option + " for numbers, or --input-format list" +
                  (other == kList ? "" : " or --input-format csv"));
}

Failure Sniffer::ambiguous(const SampleTable& table) const {
  std::string items = std::to_string(table.row_count * table.fields_max) + " IDs";
  if (!whole_) items += " or more";
  return fail(ErrorKind::usage,
              "can be read as CSV with " + std::to_string(table.fields_max) +
                  " columns or as a pasted list of " + items,
              options_.source_name + ":1", "say --input-format csv or --input-format list");
}

Result<InputPlan> Sniffer::plan_lines() const {
  InputPlan plan;
  FQ_TRY_ASSIGN(plan.column, choose_column(lines_, options_));
  return plan;
}

Result<InputPlan> Sniffer::plan_csv(const SampleTable& table) const {
  InputPlan plan;
  plan.format = table.delimiter == '\t' ? InputFormat::tsv : InputFormat::csv;
  plan.delimiter = table.delimiter;
  FQ_TRY_ASSIGN(plan.column, choose_column(table, options_));
  FQ_TRY(check_guess(table, options_, plan.column));
  return plan;
}

Result<InputPlan> Sniffer::plan_list(ListStart start) const {
  InputPlan plan;
  plan.format = InputFormat::list;
  plan.list = start;
  plan.separators.commas = commas_separate_;
  plan.separators.blanks = tables_[1].rows_split == 0 && tables_[2].rows_split == 0 &&
                           options_.numbers.groups != DigitGroups::space;
  plan.column.name = "1";
  if (!options_.column.empty() && options_.column != "1") {
    return fail(ErrorKind::usage, "a list has one column, not a column \"" + options_.column + "\"",
                "--column", "say --input-format csv, or leave --column out");
  }
  // A header stands alone on the first line; in a statement there is none.
  if (start.form == ListForm::bare && !lines_.rows.empty()) {
    const bool alone = lines_.rows[0][0].find_first_of(",;") == std::string::npos;
    const bool named = options_.header == HeaderMode::automatic && alone && lines_.row_count > 1 &&
                       looks_like_header(lines_, 0, options_);
    plan.column.header = options_.header == HeaderMode::present || named;
    if (plan.column.header && alone) plan.column.name = lines_.rows[0][0];
  }
  return plan;
}

Result<InputPlan> Sniffer::run() {
  const ListStart list = find_list(sample_);
  switch (options_.format) {
    case InputFormat::lines:
      return plan_lines();
    case InputFormat::list:
      return plan_list(list);
    case InputFormat::csv:
      return plan_csv(options_.delimiter == 0 ? table_for_column() : read(options_.delimiter));
    case InputFormat::tsv:
      return plan_csv(tables_[0]);
    case InputFormat::workbook:  // is none of text
    case InputFormat::automatic:
      break;
  }
  if (!options_.column.empty()) return plan_csv(table_for_column());
  if (list.form != ListForm::bare) return plan_list(list);
  if (single_quoted()) return plan_list(list);
  if (const SampleTable* table = table_with_header()) return plan_csv(*table);
  if (commas_separate_ && all_comma_numbers()) {
    return numbers_or_items(tables_[1].consistent() && tables_[1].row_count > 1 ? "CSV or a pasted list"
                                                                                : kList);
  }
  const SampleTable* const consistent = consistent_table();
  const bool header_forced = options_.header == HeaderMode::present;
  if (consistent == nullptr || columns_look_alike(*consistent)) {
    if (ends_with_separators()) return plan_list(list);
  }
  if (!header_forced && one_line_of_items() && (consistent == nullptr || consistent->delimiter != '|')) {
    return plan_list(list);
  }
  if (consistent != nullptr) {
    const bool headed = header_forced || (options_.header == HeaderMode::automatic &&
                                          looks_like_header(*consistent, 0, options_));
    if (is_separator(consistent->delimiter) && !headed && columns_look_alike(*consistent))
      return ambiguous(*consistent);
    return plan_csv(*consistent);
  }
  if (ragged_list()) {
    if (!thousands()) return plan_list(list);
    if (!mostly_separated()) return plan_lines();
    return numbers_or_items(kList);
  }
  if (double_quoted()) return plan_csv(tables_[1]);
  return plan_lines();
}

// The delimiter that a first line `sep=;` names; 0: there is none.
char separator_of_line(std::string_view sample) {
  std::string_view line = sample.substr(0, sample.find_first_of("\r\n"));
  if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
  if (line.size() != 5 || !equal_ignoring_case(line.substr(0, 4), "sep=")) return 0;
  const char separator = line[4];
  const bool fits = separator == '\t' || (separator >= ' ' && separator <= '~' && separator != '"');
  return fits && field_shape(line.substr(4)) == FieldShape::other ? separator : '\0';
}

// A template, or a statement without a list, given where the list belongs.
Result<void> check_is_no_query(std::string_view sample, const CleanOptions& options) {
  // Who names the format has decided; the rows of a query have one, too.
  if (options.format != InputFormat::automatic) return {};
  const std::string& name = options.source_name;
  const bool placeholder = sample.find("{ID_PLACEHOLDER}") != std::string_view::npos ||
                           sample.find("{IDS}") != std::string_view::npos;
  const bool sql_file = name.size() > 4 &&
                        equal_ignoring_case(std::string_view(name).substr(name.size() - 4), ".sql") &&
                        find_list(sample).form == ListForm::bare;
  if (!placeholder && !sql_file) return {};
  return fail(ErrorKind::usage, "the list of IDs is an SQL query", name,
              "are --ids and --query swapped? --ids takes the list, --query the file with the SQL; "
              "--input-format lines reads it as a list all the same");
}

}  // namespace

Result<InputPlan> plan_input(std::string_view sample, bool whole, const CleanOptions& options) {
  FQ_TRY(check_is_no_query(sample, options));
  const char separator = options.delimiter == 0 ? separator_of_line(sample) : '\0';
  const bool recognised =
      separator != 0 && (options.format == InputFormat::automatic || options.format == InputFormat::csv ||
                         options.format == InputFormat::tsv);
  if (!recognised) return Sniffer(sample, whole, options).run();
  CleanOptions delimited = options;
  if (options.format != InputFormat::tsv) {
    delimited.format = InputFormat::csv;
    delimited.delimiter = separator;
  }
  sample.remove_prefix(std::min(sample.find_first_of("\r\n"), sample.size()));
  FQ_TRY_ASSIGN(InputPlan plan, Sniffer(sample, whole, delimited).run());
  plan.separator_line = true;
  return plan;
}

}  // namespace firmquery

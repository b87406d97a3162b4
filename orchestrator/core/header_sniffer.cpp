#include "header_sniffer.hpp"

#include <algorithm>
#include <charconv>

#include "field_shape.hpp"

namespace firmquery {
namespace {

bool two_thirds(std::size_t part, std::size_t whole) {
  return whole > 0 && part * 3 >= whole * 2;
}

std::size_t count_with_digit(const std::vector<std::string>& fields) {
  return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), has_digit));
}

// All fields of row 1 are names, and the IDs below the column's are of another shape.
bool shape_differs_below(const SampleTable& table, std::size_t column,
                         const std::vector<std::string>& below) {
  const auto& first = table.rows.front();
  if (first.size() < 2 || !std::all_of(first.begin(), first.end(), is_name_like)) return false;
  const FieldShape shape = field_shape(first[column]);
  const auto differing = std::count_if(below.begin(), below.end(),
                                       [&](const auto& field) { return field_shape(field) != shape; });
  return !has_digit(first[column]) && two_thirds(static_cast<std::size_t>(differing), below.size()) &&
         two_thirds(count_with_digit(below), below.size());
}

// The column of a number, 1-based; 0 when the option holds none.
std::size_t column_number(const std::string& option) {
  std::size_t number = 0;
  const char* const end = option.data() + option.size();
  const auto parsed = std::from_chars(option.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end ? number : 0;
}

// One of several columns has the key's name, or a name that keys have, and the others could be names too.
bool names_a_key(const std::vector<std::string>& first, const std::string& key_name) {
  return first.size() >= 2 && std::all_of(first.begin(), first.end(), is_name_like) &&
         std::any_of(first.begin(), first.end(), [&](const auto& field) {
           return equal_ignoring_case(field, key_name) || is_common_header(field);
         });
}

std::string list_columns(const std::vector<std::string>& names) {
  constexpr std::size_t kNamesShown = 30;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kNamesShown; ++i) {
    if (i > 0) text += ", ";
    text += names[i].substr(0, 64);
  }
  if (names.size() > kNamesShown) text += ", ...";
  return text;
}

Failure no_column(const SampleTable& table, const CleanOptions& options, bool header) {
  const auto& first = table.rows.front();
  const std::string columns =
      header ? (first.size() == 1 ? "the only column is " : "the columns are ") + list_columns(first)
             : "there is no header, and " + std::to_string(table.fields_max) +
                   (table.fields_max == 1 ? " column" : " columns");
  return fail(
      ErrorKind::usage, "no column \"" + options.column + "\"; " + columns, options.source_name + ":1",
      "give one of the names, or a number from 1 to " + std::to_string(table.fields_max) + ", to --column");
}

Result<ColumnChoice> named_column(const SampleTable& table, const CleanOptions& options,
                                  const std::string& name) {
  const auto& first = table.rows.front();
  const std::size_t column = find_column(table, name);
  const auto same = std::count_if(first.begin(), first.end(),
                                  [&](const auto& field) { return equal_ignoring_case(field, name); });
  if (same > 1) {
    return fail(ErrorKind::usage,
                "the header names column \"" + name + "\" " + std::to_string(same) + " times",
                options.source_name + ":1", "give the column's number to --column");
  }
  return ColumnChoice{true, column, first[column]};
}

// Requires: 1 <= number <= table.fields_max.
ColumnChoice numbered_column(const SampleTable& table, const CleanOptions& options, std::size_t number) {
  const auto& first = table.rows.front();
  const std::size_t column = number - 1;
  const bool header = options.header == HeaderMode::present ||
                      (options.header == HeaderMode::automatic && looks_like_header(table, column, options));
  return {header, column, header && column < first.size() ? first[column] : std::to_string(number)};
}

}  // namespace

std::size_t find_column(const SampleTable& table, const std::string& name) {
  if (table.rows.empty()) return 0;
  const auto& first = table.rows.front();
  const auto hit = std::find_if(first.begin(), first.end(),
                                [&](const auto& field) { return equal_ignoring_case(field, name); });
  return static_cast<std::size_t>(hit - first.begin());
}

bool looks_like_header(const SampleTable& table, std::size_t column, const CleanOptions& options) {
  if (column >= table.rows.front().size()) return false;
  const std::string& field = table.rows.front()[column];
  if (field.empty()) return false;
  if (equal_ignoring_case(field, options.key_name)) return true;
  if (column_number(options.column) == 0 && equal_ignoring_case(field, options.column)) return true;
  if (names_a_key(table.rows.front(), options.key_name)) return true;
  std::string spelled, scratch;
  const std::string_view as_read = apply_rules(options.accept_rules, trim_id(field), spelled, scratch);
  const IdProblem problem = id_problem(as_read, options.type, options.rules);
  if (problem == IdProblem::null_word) return false;
  if (is_common_header(field)) return true;
  std::vector<std::string> below = table.column(column, 1);
  if (below.size() > 100) below.resize(100);
  if (options.type != IdType::text) {
    return is_name_like(field) && problem != IdProblem::none;
  }
  if (shape_differs_below(table, column, below)) return true;
  return is_name_like(field) && !has_digit(field) && two_thirds(count_with_digit(below), below.size());
}

Result<ColumnChoice> choose_column(const SampleTable& table, const CleanOptions& options) {
  const bool may_have_header = options.header != HeaderMode::absent;
  if (table.rows.empty()) {
    return ColumnChoice{options.header == HeaderMode::present, 0,
                        options.column.empty() ? "1" : options.column};
  }
  const auto has = [&](const std::string& name) {
    return may_have_header && !name.empty() && find_column(table, name) < table.rows.front().size();
  };
  if (!options.column.empty()) {
    const std::size_t number = column_number(options.column);
    if (number >= 1 && number <= table.fields_max) return numbered_column(table, options, number);
    if (has(options.column)) return named_column(table, options, options.column);
    return no_column(table, options, may_have_header);
  }
  if (has(options.key_name)) return named_column(table, options, options.key_name);
  return numbered_column(table, options, 1);
}

}  // namespace firmquery

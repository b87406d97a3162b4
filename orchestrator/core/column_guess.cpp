#include "column_guess.hpp"

#include <algorithm>

#include "field_id.hpp"
#include "field_shape.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kFieldShown = 64;

struct Look {
  std::size_t fields = 0;  // that are not empty
  std::size_t ids = 0;
  std::string example;  // of what is no ID

  bool unlike() const { return ids * 2 < fields; }
};

bool is_id(std::string_view raw, const CleanOptions& options) {
  const FieldId field = id_in_field(raw, TextMarker::removed, options.rules.max_bytes);
  if (field.problem != IdProblem::none) return false;
  std::string_view id = field.id;
  std::string room;
  if (read_notation(id, options.type, options.numbers, room) != IdProblem::none) return false;
  std::string spelled, scratch;
  return id_problem(apply_rules(options.accept_rules, id, spelled, scratch), options.type, options.rules) ==
             IdProblem::none ||
         id_problem(id, options.type, options.rules) == IdProblem::none;
}

// How the fields look below the header.
Look look_at(const SampleTable& table, std::size_t column, const CleanOptions& options, bool header) {
  Look look;
  for (const std::string& field : table.column(column, header ? 1 : 0)) {
    if (field.empty()) continue;
    ++look.fields;
    if (is_id(field, options)) {
      ++look.ids;
    } else if (look.example.empty()) {
      append_readable(look.example, field, kFieldShown);
    }
  }
  return look;
}

std::string_view plural_of(IdType type) {
  switch (type) {
    case IdType::integer:
      return "integers";
    case IdType::numeric:
      return "numbers";
    case IdType::uuid:
      return "UUIDs";
    case IdType::text:
      return "IDs";
  }
  return "IDs";
}

std::string label_of(const SampleTable& table, std::size_t column, bool header) {
  std::string label = std::to_string(column + 1);
  const auto& first = table.rows.front();
  if (header && column < first.size())
    append_readable(label += " (", first[column], kFieldShown), label += ')';
  return label;
}

// "--column 2 (customer_id) looks like integers", for each that does.
std::string columns_that_fit(const SampleTable& table, const CleanOptions& options, bool header) {
  std::string fitting, all;
  for (std::size_t column = 0; column < table.rows.front().size(); ++column) {
    const std::string label = label_of(table, column, header);
    all += (all.empty() ? "" : ", ") + label;
    const Look look = look_at(table, column, options, header);
    if (look.fields == 0 || look.unlike()) continue;
    fitting += (fitting.empty() ? "--column " : ", --column ") + label;
  }
  if (fitting.empty()) {
    return "no column looks like " + std::string(plural_of(options.type)) + "; the columns are " + all +
           ": check the list, the key of the query and --id-type";
  }
  const bool several = fitting.find(", ") != std::string::npos;
  return fitting + (several ? " look like " : " looks like ") + std::string(plural_of(options.type)) +
         "; the columns are " + all;
}

// Separators at the end of each line make a column of nothing.
std::size_t columns_with_fields(const SampleTable& table) {
  std::size_t columns = 0;
  for (std::size_t column = 0; column < table.fields_max; ++column) {
    const auto fields = table.column(column, 0);
    columns += std::any_of(fields.begin(), fields.end(), [](const auto& field) { return !field.empty(); });
  }
  return columns;
}

}  // namespace

Result<void> check_guess(const SampleTable& table, const CleanOptions& options, ColumnChoice& choice) {
  if (!options.column.empty() || table.rows.empty()) return {};
  const bool has_name = choice.header && choice.column < table.rows.front().size();
  if (has_name && equal_ignoring_case(table.rows.front()[choice.column], options.key_name)) return {};
  const std::size_t columns = columns_with_fields(table);
  if (columns < 2) return {};
  const std::string label = label_of(table, choice.column, choice.header);
  const std::string why = "the first of " + std::to_string(columns) +
                          (options.key_name.empty() ? "" : ", none being named " + options.key_name);
  const Look look = look_at(table, choice.column, options, choice.header);
  if (table.rows.size() == (choice.header ? 1 : 0)) return {};  // there is nothing below the names
  if (look.fields == 0 || look.unlike()) {
    return fail(ErrorKind::usage,
                "column " + label + ", " + why + ", does not look like " +
                    std::string(plural_of(options.type)) + ": \"" + look.example + "\"",
                options.source_name, columns_that_fit(table, options, choice.header));
  }
  choice.guess = "the IDs were taken from column " + label + ", " + why + ": --column names another";
  return {};
}

}  // namespace firmquery

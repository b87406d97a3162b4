// Where a row of the results carries the ID that it answers: the one place that knows that a key is one column. What
// reads rows, from a server or from a file, hands its own way to get at a field in. A value type.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "firmquery/core/csv.hpp"

namespace firmquery {

class RowKey {
 public:
  constexpr explicit RowKey(std::size_t column = 0) : column_(column) {}
  // By the name in a header; nullopt: no column has it.
  template <class Names>
  static std::optional<RowKey> among(const Names& columns, std::string_view name) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found == columns.end()) return std::nullopt;
    return RowKey(static_cast<std::size_t>(found - columns.begin()));
  }

  std::size_t column() const { return column_; }  // from 0, for what is known of columns
  bool is(std::size_t column) const { return column == column_; }

  // `field(column, text, is_null)` gives a field of the row, and false where there is none; so does read().
  template <class Field>
  bool read(Field&& field, std::string_view& text, bool& is_null) const {
    return field(column_, text, is_null);
  }
  // Of a record of CSV; as csv_field(), whose rules hold for `scratch` and `text`.
  bool read_csv(std::string_view record, std::string& scratch, std::string_view& text, bool& is_null) const {
    return csv_field(record, column_, scratch, text, is_null);
  }

 private:
  std::size_t column_;
};

}  // namespace firmquery

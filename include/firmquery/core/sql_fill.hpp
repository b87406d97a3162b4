// Fills the {names} of a statement from sql/. Values are trusted SQL: quoted identifiers, literals, numbers.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace firmquery {

inline std::string sql_fill(std::string_view statement,
                            std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  std::string sql;
  while (!statement.empty()) {
    const std::size_t open = statement.find('{');
    sql += statement.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = statement.find('}', open);
    const std::string_view name = statement.substr(open + 1, close - open - 1);
    for (const auto& [key, value] : values)
      if (key == name) sql += value;
    statement.remove_prefix(close + 1);
  }
  return sql;
}

}  // namespace firmquery

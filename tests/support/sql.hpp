// Statements on a connection of their own, for tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace firmquery::test {

// The query of most tests: firms and their names, by their keys.
inline constexpr const char* kSql =
    "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})";

using SqlTable = std::vector<std::vector<std::optional<std::string>>>;

// Runs SQL (several statements are fine) on a connection of its own and returns the last result.
// Throws std::runtime_error.
SqlTable execute_sql(const std::string& dsn, const std::string& sql);
// The first value of the first row; empty when there is none or it is NULL.
std::string sql_value(const std::string& dsn, const std::string& sql);

}  // namespace firmquery::test

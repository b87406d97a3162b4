// The list of IDs that stands in a query, as people paste it into a GUI: `WHERE k IN (1, 2, 3, ...)`.
//
// lift_list() takes the list out and puts the placeholder of sql_template.hpp where it stood. It knows
// - `k IN (1, 'two', E'3', uuid '...', 4::bigint, NULL)`, `k IN (VALUES (1), (2))`, `k IN (SELECT unnest(ARRAY[...]))`;
// - `k = ANY (ARRAY[...])`, `k = ANY ('{1,2}')`, `k = ANY (VALUES ...)`, SOME for ANY, with or without casts;
// - what is joined by OR, `k IN (...) OR k = 3 OR k IN (...)`, with the same k in each;
// - tables of values: `(VALUES (1), (2)) AS v (id)`, `WITH v (id) AS (VALUES ...)`, `unnest(ARRAY[...]) AS v (id)`, which become
//   `(SELECT id FROM {IDS} AS ids)`.
// Only lists of nothing but constants are lists of IDs, and no negated one is.
//
// Pure; thread-safe. Memory: about 200 bytes for each value of the query.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"

namespace firmquery {

struct LiftedList {
  std::string sql;     // the query with the placeholder
  std::string values;  // the list: CSV of one column without a header, a NULL an empty line
  std::uint64_t count = 0;
  std::string
      column;  // what the values are compared with, as its name in a result would be; empty: an expression
  std::string place;  // "name:line" where it stood
};

// nullopt: there is none, or the query has a placeholder already. Of several, the one that is compared with the column
// `key` is taken; where that does not say, it fails with kind query and asks, naming each with its line.
Result<std::optional<LiftedList>> lift_list(std::string_view sql, const std::string& name,
                                            std::string_view key);

}  // namespace firmquery

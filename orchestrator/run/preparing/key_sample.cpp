#include "preparing/key_sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <firmquery/sql_text.hpp>
#include <vector>

#include "firmquery/core/key_text.hpp"
#include "firmquery/core/near_misses.hpp"
#include "firmquery/core/sql_fill.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

constexpr double kSeconds = 5;
constexpr std::size_t kRowsAtEnd = 100, kRowsBetween = 50, kRowsUnordered = 500;
constexpr std::size_t kStretches = 6;
// Where to look in a column of text, whatever stands in it: digits, capitals and small letters have their places in
// every collation.
constexpr std::array kTextBegins = {"2", "4", "6", "8", "E", "M", "U", "e", "m", "u"};

bool is_number(IdType type) {
  return type == IdType::integer || type == IdType::numeric;
}

std::string stretch(const KeyColumn& key, const std::string& where, const char* order, std::size_t rows) {
  return sql_fill(sql::postgresql::key_stretch, {{"column", key.column},
                                                 {"table", key.table},
                                                 {"where", where},
                                                 {"order", order},
                                                 {"rows", std::to_string(rows)}});
}

// The first two parts are the ends.
std::string statement(const Dialect& dialect, const KeyColumn& key, const IdSet& list) {
  if (key.indexes.empty())
    return sql_fill(sql::postgresql::key_rows,
                    {{"column", key.column}, {"table", key.table}, {"rows", std::to_string(kRowsUnordered)}});
  const std::string there = "keys." + key.column + " is not null";
  const std::string collation =
      dialect.is_cockroachdb() && !key.collation.empty() ? " collate " + key.collation : std::string();
  std::string sql =
      stretch(key, there, "asc", kRowsAtEnd) + " union all " + stretch(key, there, "desc", kRowsAtEnd);
  const auto between = [&](std::string_view begin) {
    // Of the column's own type: a literal without one takes it.
    const std::string where = "keys." + key.column + " >= " + Session::quote_literal(begin) + collation;
    sql += " union all " + stretch(key, where, "asc", kRowsBetween);
  };
  if (!is_number(key.id_type)) {
    for (const char* begin : kTextBegins) between(begin);
  } else if (is_number(list.type())) {
    const Slice askable = firmquery::askable(list, key);
    for (const std::size_t at : spread(kStretches, askable.size()))
      between(list.canonical(askable.begin + at));
  }
  return sql;
}

}  // namespace

std::optional<KeySample> sample_key(Session& session, const Dialect& dialect, const KeyColumn& key,
                                    const IdSet& list, double time_limit) {
  if (key.table.empty() || key.of_view || key.id_type == IdType::uuid || list.empty()) return std::nullopt;
  if (!set_statement_timeout(session, std::min(kSeconds, time_limit))) return std::nullopt;
  const auto rows = session.execute(statement(dialect, key, list));
  if (session.alive()) (void)set_statement_timeout(session, time_limit);
  if (!rows) return std::nullopt;
  KeySample sample;
  sample.type = key.id_type;
  std::string canonical;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    if (rows->is_null(row, 0) || !read_key(rows->at(row, 0), key.id_type, canonical)) continue;
    sample.values.push_back(canonical);
    if (!is_number(key.id_type) || key.indexes.empty()) continue;
    const auto compare = [&](const std::string& other) {
      return compare_canonical(canonical, other, key.id_type);
    };
    if (sample.least.empty() || compare(sample.least) < 0) sample.least = canonical;
    if (sample.greatest.empty() || compare(sample.greatest) > 0) sample.greatest = canonical;
  }
  return sample;
}

}  // namespace firmquery

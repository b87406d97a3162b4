// The user's query with `{ID_PLACEHOLDER}` inside `<expression> IN (...)`, and what can be made of it.
//
// The bound. Ranges are only fast when the server can walk just its part of the user's index. Because
// `k IN (S)` implies `min(S) <= k AND k <= max(S)`, the template renders as
// `(k IN (S) AND k BETWEEN lo AND hi)`: the same truth value wherever it stands, so nothing needs to be
// proved about the rest of the query. It is left out when the operand of IN is not a plain column reference.
// See docs/adr/0003-bound-inside-the-template.md.
//
// The scan. Where the condition stands by itself in the outermost WHERE, joined to the rest by AND, `k IN (S)` may be
// replaced by `k BETWEEN min(S) AND max(S)` and the client leaves out the rows whose k is not in S: every step from
// WHERE to the result is taken row by row or, DISTINCT and GROUP BY with the key, key by key.
//
// Instead, `{IDS}` may stand once where a table stands: a relation with the columns `ord` and `id`, for
// templates that write their own join, hints included. It carries no bound: the join is the template's
// business.
//
// The scanner knows PostgreSQL's and CockroachDB's lexical rules (quoted identifiers, 'strings', E'strings',
// $tag$ strings $tag$, line and nested block comments); it does not parse SQL. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmquery/core/error.hpp"

namespace firmquery {

struct TemplateView;

struct Bound {
  std::string low, high;  // SQL literals of the key's type, inclusive
};

class SqlTemplate {
 public:
  // Fails (kind query) with the place "name:line": no placeholder; placeholder in a comment or string; not
  // inside IN (...); NOT IN; several statements; not a SELECT or WITH; LIMIT, OFFSET, FETCH, FOR UPDATE,
  // window functions, DISTINCT ON or GROUP BY without the key: these do not survive being run range by range.
  static Result<SqlTemplate> parse(std::string text, std::string name, std::string key);

  // The query with `ids` (a list of literals or a subquery, trusted SQL) in place of every placeholder.
  std::string render(std::string_view ids, const std::optional<Bound>& bound = std::nullopt) const;

  bool uses_relation() const { return !relations_.empty(); }
  // The query with `relation` (a parenthesised subquery, trusted SQL) in place of {IDS}. Requires:
  // uses_relation()
  std::string render_relation(std::string_view relation) const;

  // The query without a list: all rows whose operand lies within the bound, at most `limit` of them. With the rows
  // left out whose operand is not in a list S within the bound, its answer is that for S. Requires:
  // scan_obstacle().empty()
  std::string render_scan(const Bound& bound, std::uint64_t limit) const;
  // Why the query cannot be read so: its one placeholder is not a condition of the outermost WHERE by itself, or what
  // the query makes of the rows depends on the list in other ways. Empty: it can.
  const std::string& scan_obstacle() const { return scan_obstacle_; }
  // How often the table `name` (as the server spells it) is mentioned as a table or column of its own.
  std::size_t mentions(std::string_view name) const;

  // INNER LOOKUP JOIN, MERGE, HASH or INVERTED: CockroachDB's, who then wants to join a table and not an array.
  bool has_join_hint() const { return has_join_hint_; }

  // `SELECT <operand> FROM ...` of the query level the placeholder stands in, so that the server can say
  // which column is compared; nullopt where that cannot be written down.
  std::optional<std::string> operand_probe() const;

  // The same for what each placeholder is compared with, plain column or not; "" where that cannot be written
  // down.
  const std::vector<std::string>& operand_probes() const { return probes_; }

  const std::string& operand() const { return operand_; }  // "t1.firm_root_id"; empty when not a plain column
  bool can_bound() const { return !operand_.empty(); }
  const std::string& text() const { return text_; }  // as given, without a final semicolon
  const std::string& name() const { return name_; }
  const std::vector<std::string>& warnings() const {
    return warnings_;
  }  // ORDER BY holds within a range only

 private:
  struct Slot {
    std::size_t operand_begin, operand_end;  // equal when the operand is not a plain column
    std::size_t begin, end;                  // of the placeholder
    std::size_t close;                       // one past the closing parenthesis of IN (...)
  };
  Result<void> add_relation(const TemplateView& view, std::size_t token);

  std::string text_, name_, operand_, probe_, scan_obstacle_;
  std::vector<std::string> probes_;
  bool has_join_hint_ = false;
  std::vector<std::pair<std::size_t, std::size_t>> relations_;
  std::vector<Slot> slots_;
  std::vector<std::string> warnings_;
};

}  // namespace firmquery

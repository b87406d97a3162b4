#include "firmquery/core/list_lifter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "field_shape.hpp"
#include "firmquery/core/csv.hpp"
#include "sql_constant.hpp"
#include "sql_operand.hpp"
#include "sql_scanner.hpp"

namespace firmquery {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

// A list of constants and what it is compared with. Positions are indexes of tokens.
struct Candidate {
  std::size_t begin = 0, end = 0;  // the condition, or the table of values
  std::size_t operand_end = 0;     // of [begin, operand_end); equal to begin: a table of values
  std::string operand;             // as written, blanks made one
  std::string column;              // its last name, or that of the table's column
  std::string replacement;         // of everything behind the operand
  std::string values;
  std::uint64_t count = 0;
  bool equality = false;  // k = 5: a list only beside others
  bool negated = false;
};

class Lifter {
 public:
  Lifter(std::string_view text, const std::string& name, const std::vector<Token>& tokens)
      : text_(text), name_(name), tokens_(tokens), reader_(text, tokens), close_(tokens.size(), none) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (is_symbol(tokens[i], '(')) open.push_back(i);
      if (!is_symbol(tokens[i], ')')) continue;
      close_[open.back()] = i;
      open.pop_back();
    }
  }

  std::vector<Candidate> find() {
    std::vector<Candidate> all;
    for (std::size_t i = 0; i < tokens_.size();) {
      Candidate compared, listed;
      if (condition(i, compared)) {
        i = compared.end;
        all.push_back(std::move(compared));
      } else if (table(i, listed)) {
        i = listed.end;
        all.push_back(std::move(listed));
      } else {
        ++i;
      }
    }
    join_alternatives(all);
    std::erase_if(all, [](const Candidate& one) { return one.equality || one.negated; });
    return all;
  }

  LiftedList lift(Candidate& chosen) const {
    const bool table = chosen.operand_end == chosen.begin;
    const std::size_t from = table ? tokens_[chosen.begin].begin : tokens_[chosen.operand_end - 1].end;
    LiftedList lifted;
    lifted.sql = text_.substr(0, from);
    lifted.sql += chosen.replacement;
    lifted.sql += text_.substr(tokens_[chosen.end - 1].end);
    lifted.values = std::move(chosen.values);
    lifted.count = chosen.count;
    lifted.column = chosen.column;
    lifted.place = place(chosen);
    return lifted;
  }

  std::string place(const Candidate& candidate) const {
    return place_of(text_, name_, tokens_[candidate.begin].begin);
  }

 private:
  ConstantReader::Take into(Candidate& candidate) const {
    return [&candidate](const SqlConstant& value) {
      if (value) append_csv_field(candidate.values, *value, true);
      candidate.values += '\n';
      ++candidate.count;
    };
  }

  // IN (...), = ANY (...) or = constant, where token i is IN or =.
  bool condition(std::size_t i, Candidate& found) const {
    const bool in = is_word(tokens_[i], "in");
    const bool equals =
        is_symbol(tokens_[i], '=') && i > 0 && !ends_operator(i - 1) && !continues_operator(i + 1);
    if (!in && !equals) return false;
    const bool any = equals && (reader_.is(i + 1, "any") || reader_.is(i + 1, "some"));
    std::size_t at = any ? i + 2 : i + 1;
    const auto take = into(found);
    if (in || any) {
      if (!reader_.is(at, '(')) return false;
      const std::size_t end = close_[at] + 1;
      ++at;
      if (!(in ? in_list(at, take) : any_list(at, take)) || at + 1 != end) return false;
      at = end;
    } else {
      if (!reader_.list_of_one(at, take) || goes_on(at)) return false;
      found.equality = true;
    }
    found.end = at;
    found.replacement = " IN ({ID_PLACEHOLDER})";
    if (!set_operand(i, found)) return false;
    found.negated = is_negated(tokens_, i);
    return true;
  }

  bool in_list(std::size_t& at, const ConstantReader::Take& take) const {
    if (reader_.is(at, "values")) return reader_.values(at, take);
    if (reader_.is(at, "select") && reader_.is(at + 1, "unnest") && reader_.is(at + 2, '(')) {
      at += 3;
      if (!reader_.array(at, take) || !reader_.is(at, ')')) return false;
      return ++at, true;
    }
    return reader_.list(at, take);
  }

  bool any_list(std::size_t& at, const ConstantReader::Take& take) const {
    if (reader_.is(at, "values")) return reader_.values(at, take);
    if (reader_.is(at, '(') && reader_.is(at + 1, "values")) {
      ++at;
      if (!reader_.values(at, take) || !reader_.is(at, ')')) return false;
      return ++at, true;
    }
    return reader_.array(at, take);
  }

  bool ends_operator(std::size_t i) const {
    constexpr std::string_view others = "<>!=~*+-/%|&^@#:";
    return tokens_[i].kind == TokenKind::symbol && others.find(tokens_[i].lower[0]) != others.npos;
  }
  bool continues_operator(std::size_t i) const {
    constexpr std::string_view others = "<>!=~*/%|&^@#";  // a sign begins a constant
    return i < tokens_.size() && tokens_[i].kind == TokenKind::symbol &&
           tokens_[i].begin == tokens_[i - 1].end && others.find(tokens_[i].lower[0]) != others.npos;
  }
  // Is what ends before token i only a part of an expression?
  bool goes_on(std::size_t i) const {
    return i < tokens_.size() && tokens_[i].kind == TokenKind::symbol && !is_symbol(tokens_[i], ')') &&
           !is_symbol(tokens_[i], ',') && !is_symbol(tokens_[i], ';');
  }

  bool set_operand(std::size_t compare, Candidate& found) const {
    const std::size_t plain = operand_begin(tokens_, compare);
    std::size_t not_word = compare;  // k NOT IN
    if (compare > 0 && is_word(tokens_[compare - 1], "not")) --not_word;
    found.begin = plain != compare ? plain : expression_begin(tokens_, compare);
    found.operand_end = not_word;
    if (found.begin >= not_word) return false;
    for (std::size_t i = found.begin; i < not_word; ++i) {
      if (!found.operand.empty()) found.operand += ' ';
      found.operand += tokens_[i].lower;
    }
    if (plain != compare) found.column = tokens_[compare - 1].lower;
    return true;
  }

  // (VALUES ...) AS v (id), v (id) AS (VALUES ...), unnest(...) AS v (id), where token i begins it.
  bool table(std::size_t i, Candidate& found) const {
    if (i == 0) return false;
    const auto take = into(found);
    if (reader_.is(i, '(') && reader_.is(i + 1, "values")) {
      std::size_t at = i + 1;
      if (!stands_for_table(i - 1) || !reader_.values(at, take) || at != close_[i]) return false;
      found.end = at + 1;
      if (is_word(tokens_[i - 1], "as") || is_word(tokens_[i - 1], "materialized")) {
        if (!name_of_common_table(i - 1, found.column)) return false;
      } else {
        name_behind(found.end, "column1", found.column);
      }
    } else if (is_word(tokens_[i], "unnest") && reader_.is(i + 1, '(')) {
      std::size_t at = i + 2;
      if (!stands_for_table(i - 1) || !reader_.array(at, take) || at != close_[i + 1]) return false;
      found.end = at + 1;
      name_behind(found.end, "unnest", found.column);
      const bool only_alias = alias_at(found.end) != none && !reader_.is(alias_at(found.end) + 1, '(');
      if (only_alias) found.column = tokens_[alias_at(found.end)].lower;
    } else {
      return false;
    }
    found.begin = found.operand_end = i;
    found.replacement = "(SELECT id AS " + quoted(found.column) + " FROM {IDS} AS ids)";
    return true;
  }

  bool stands_for_table(std::size_t before) const {
    constexpr std::array<std::string_view, 5> words = {"from", "join", "as", "lateral", "materialized"};
    const Token& token = tokens_[before];
    return is_symbol(token, ',') || (token.kind == TokenKind::word &&
                                     std::find(words.begin(), words.end(), token.lower) != words.end());
  }
  std::size_t alias_at(std::size_t i) const {
    if (reader_.is(i, "as")) ++i;
    constexpr std::array<std::string_view, 14> not_alias = {"where", "on",      "join",  "left",  "inner",
                                                            "right", "full",    "cross", "group", "order",
                                                            "using", "natural", "union", "limit"};
    const bool name = i < tokens_.size() && is_name(tokens_[i]) &&
                      !(tokens_[i].kind == TokenKind::word &&
                        std::find(not_alias.begin(), not_alias.end(), tokens_[i].lower) != not_alias.end());
    return name ? i : none;
  }
  void name_behind(std::size_t i, std::string_view otherwise, std::string& column) const {
    column = otherwise;
    const std::size_t alias = alias_at(i);
    if (alias == none || !reader_.is(alias + 1, '(')) return;
    if (alias + 2 < tokens_.size() && is_name(tokens_[alias + 2])) column = tokens_[alias + 2].lower;
  }
  // WITH v (id) AS [NOT] [MATERIALIZED] (
  bool name_of_common_table(std::size_t as, std::string& column) const {
    while (as > 0 && (is_word(tokens_[as], "materialized") || is_word(tokens_[as], "not"))) --as;
    column = "column1";
    if (as >= 1 && is_symbol(tokens_[as - 1], ')')) {
      if (as < 4 || !is_name(tokens_[as - 2]) || !is_symbol(tokens_[as - 3], '(')) return false;
      column = tokens_[as - 2].lower;
    }
    return true;
  }

  static std::string quoted(const std::string& name) {
    std::string out = "\"";
    for (const char c : name) {
      if (c == '"') out += c;
      out += c;
    }
    return out + '"';
  }

  // k IN (...) OR k = 3 OR (k IN (...)): one list, where the same k is compared.
  void join_alternatives(std::vector<Candidate>& all) const {
    for (std::size_t i = 0; i < all.size(); ++i) {
      Candidate& first = all[i];
      if (first.operand_end == first.begin || first.negated) continue;
      std::size_t begin = first.begin, end = first.end, last = i;
      while (last + 1 < all.size()) {
        const Candidate& next = all[last + 1];
        std::size_t whole_begin = begin, whole_end = end, next_begin = next.begin, next_end = next.end;
        widen(whole_begin, whole_end);
        widen(next_begin, next_end);
        const bool alternative = next.operand == first.operand && !next.negated &&
                                 reader_.is(whole_end, "or") && next_begin == whole_end + 1;
        if (!alternative) break;
        begin = whole_begin;
        end = next_end;
        ++last;
      }
      if (last == i || bound_tighter(begin, end)) continue;
      join(all, i, last, begin, end);
    }
  }

  // Takes in parentheses that hold nothing else.
  void widen(std::size_t& begin, std::size_t& end) const {
    while (begin > 0 && reader_.is(begin - 1, '(') && close_[begin - 1] == end &&
           (begin == 1 || !is_name(tokens_[begin - 2]) || starts_expression(tokens_[begin - 2]))) {
      --begin;
      ++end;
    }
  }
  // x AND k = 1 OR k = 2 is no condition on k.
  bool bound_tighter(std::size_t begin, std::size_t end) const {
    return (begin > 0 && (is_word(tokens_[begin - 1], "and") || is_word(tokens_[begin - 1], "not"))) ||
           (end < tokens_.size() && is_word(tokens_[end], "and"));
  }

  void join(std::vector<Candidate>& all, std::size_t first, std::size_t last, std::size_t begin,
            std::size_t end) const {
    Candidate& joined = all[first];
    for (std::size_t i = first + 1; i <= last; ++i) {
      joined.values += all[i].values;
      joined.count += all[i].count;
    }
    const std::string operand(text_.substr(
        tokens_[joined.begin].begin, tokens_[joined.operand_end - 1].end - tokens_[joined.begin].begin));
    joined.replacement = operand + " IN ({ID_PLACEHOLDER})";
    joined.begin = joined.operand_end = begin;
    joined.end = end;
    joined.equality = false;
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(first) + 1,
              all.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  }

  std::string_view text_;
  const std::string& name_;
  const std::vector<Token>& tokens_;
  ConstantReader reader_;
  std::vector<std::size_t> close_;  // of each opening parenthesis
};

Failure which(const std::vector<Candidate>& all, const Lifter& lifter, const std::string& name) {
  constexpr std::size_t shown = 8;
  std::string lists;
  for (std::size_t i = 0; i < std::min(all.size(), shown); ++i) {
    lists += fmt::format("{}{}: {} with {} value{}", i == 0 ? "" : "; ", lifter.place(all[i]),
                         all[i].column.empty() ? all[i].operand : all[i].column, all[i].count,
                         all[i].count == 1 ? "" : "s");
  }
  if (all.size() > shown) lists += fmt::format("; and {} more", all.size() - shown);
  return fail(ErrorKind::usage,
              fmt::format("the query has {} lists; which is that of the IDs? {}", all.size(), lists), name,
              "name the column of the one that is meant with --key, or write {ID_PLACEHOLDER} in its place "
              "and give its "
              "values with --ids");
}

}  // namespace

Result<std::optional<LiftedList>> lift_list(std::string_view sql, const std::string& name,
                                            std::string_view key) {
  FQ_TRY_ASSIGN(const Scan scan, scan_sql(sql, name));
  const bool has_placeholder = std::any_of(scan.tokens.begin(), scan.tokens.end(), [](const Token& token) {
    return token.kind == TokenKind::placeholder || token.kind == TokenKind::relation;
  });
  if (has_placeholder) return std::nullopt;
  Lifter lifter(sql, name, scan.tokens);
  std::vector<Candidate> all = lifter.find();
  if (all.empty()) return std::nullopt;
  if (all.size() == 1) return lifter.lift(all.front());
  const auto is_key = [&](const Candidate& one) { return equal_ignoring_case(one.column, key); };
  if (std::count_if(all.begin(), all.end(), is_key) != 1) return which(all, lifter, name);
  return lifter.lift(*std::find_if(all.begin(), all.end(), is_key));
}

}  // namespace firmquery

#include "template_rules.hpp"

#include <algorithm>
#include <array>

namespace firmquery {
namespace {

using Group = std::size_t;

template <std::size_t N>
bool is_any(const Token& token, const std::array<std::string_view, N>& words) {
  return token.kind == TokenKind::word && std::find(words.begin(), words.end(), token.lower) != words.end();
}

constexpr std::array<std::string_view, 9> kClauseEnds = {"having", "order", "limit",  "offset",   "fetch",
                                                         "window", "union", "except", "intersect"};
constexpr std::array<std::string_view, 16> kAggregates = {"count",
                                                          "sum",
                                                          "avg",
                                                          "min",
                                                          "max",
                                                          "array_agg",
                                                          "string_agg",
                                                          "json_agg",
                                                          "jsonb_agg",
                                                          "bool_and",
                                                          "bool_or",
                                                          "every",
                                                          "concat_agg",
                                                          "json_object_agg",
                                                          "jsonb_object_agg",
                                                          "stddev"};

Failure refuse(const TemplateView& view, const Token& token, const std::string& what, const std::string& why,
               const std::string& remedy) {
  return fail(ErrorKind::query, what + " cannot be run range by range: " + why,
              place_of(view.text, view.name, token.begin), remedy);
}

// Does one of tokens [begin, end) of this parenthesis group name the key, by its result name, by the column
// it is compared as, or by its position in the select list?
bool names_key(const TemplateView& view, std::size_t begin, std::size_t end, std::size_t key_position) {
  for (std::size_t i = begin; i < end; ++i) {
    const Token& token = view.tokens[i];
    if (token.kind == TokenKind::number && key_position != 0 && token.lower == std::to_string(key_position))
      return true;
    if (token.kind != TokenKind::word && token.kind != TokenKind::quoted_identifier) continue;
    if (token.lower == view.key || (!view.operand_column.empty() && token.lower == view.operand_column))
      return true;
  }
  return false;
}

// 1-based position in the select list, which starts at token `select` + 1, of the item called like the key;
// 0: none.
std::size_t key_position(const TemplateView& view, std::size_t select) {
  const Group group = view.tokens[select].group;
  std::size_t position = 1;
  const Token* last = nullptr;
  for (std::size_t i = select + 1; i <= view.tokens.size(); ++i) {
    const bool end =
        i == view.tokens.size() || (view.tokens[i].group == group && is_word(view.tokens[i], "from"));
    const bool comma = !end && view.tokens[i].group == group && is_symbol(view.tokens[i], ',');
    if (end || comma) {
      if (last != nullptr && (last->lower == view.key || last->lower == view.operand_column)) return position;
      ++position;
      if (end) return 0;
    } else {
      last = &view.tokens[i];
    }
  }
  return 0;
}

// End of the list that starts at `begin`: the next clause of the same group, its closing parenthesis or the
// end.
std::size_t clause_end(const TemplateView& view, std::size_t begin, Group group) {
  for (std::size_t i = begin; i < view.tokens.size(); ++i) {
    if (view.tokens[i].group == group &&
        (is_any(view.tokens[i], kClauseEnds) || is_symbol(view.tokens[i], ')')))
      return i;
    if (group != no_group && is_symbol(view.tokens[i], ')') &&
        view.tokens[i].group == view.tokens[group].group)
      return i;
  }
  return view.tokens.size();
}

std::size_t closing(const TemplateView& view, std::size_t open) {
  for (std::size_t i = open + 1; i < view.tokens.size(); ++i)
    if (is_symbol(view.tokens[i], ')') && view.tokens[i].group == view.tokens[open].group) return i;
  return view.tokens.size();
}

// One level of the query: the tokens directly inside one parenthesis group, or at the top.
class LevelCheck {
 public:
  LevelCheck(const TemplateView& view, Group group, std::vector<std::string>& warnings)
      : view_(view), group_(group), warnings_(warnings) {}

  Result<void> run() {
    for (std::size_t i = 0; i < view_.tokens.size(); ++i) {
      if (view_.tokens[i].group == group_ && view_.tokens[i].kind == TokenKind::word) FQ_TRY(check(i));
    }
    if (aggregate_ != nullptr && !grouped_) {
      return refuse(view_, *aggregate_, "an aggregate without GROUP BY",
                    "each range would give a total of its own",
                    "group by the key column, or select the rows and aggregate the result file");
    }
    return {};
  }

 private:
  const Token* token(std::size_t i) const { return i < view_.tokens.size() ? &view_.tokens[i] : nullptr; }

  Result<void> check(std::size_t i) {
    const Token& word = view_.tokens[i];
    const Token* next = token(i + 1);
    if (word.lower == "select") return select_ = i, in_select_list_ = true, check_distinct_on(i);
    if (word.lower == "from") return in_select_list_ = false, Result<void>();
    if ((word.lower == "limit" || word.lower == "offset" || word.lower == "fetch") && !in_select_list_) {
      std::string upper = word.lower == "limit" ? "LIMIT" : word.lower == "offset" ? "OFFSET" : "FETCH";
      return refuse(view_, word, upper, "it would hold for each range and not for the whole list",
                    "remove it; a shorter list of IDs gives fewer rows");
    }
    if (word.lower == "for" && next != nullptr &&
        (next->lower == "update" || next->lower == "share" || next->lower == "no" || next->lower == "key")) {
      return refuse(view_, word, "a locking clause", "the template runs read-only",
                    "remove FOR " + next->lower);
    }
    if (word.lower == "over" && next != nullptr) return check_window(i);
    if (word.lower == "group" && next != nullptr && next->lower == "by") return check_group_by(i);
    if (word.lower == "order" && next != nullptr && next->lower == "by" && group_ == no_group) {
      warnings_.push_back("ORDER BY holds within a range only; the rows come in the order of the ranges");
    }
    if (in_select_list_ && next != nullptr && is_symbol(*next, '(') && is_any(word, kAggregates))
      note_aggregate(i);
    return {};
  }

  void note_aggregate(std::size_t i) {
    const std::size_t close = closing(view_, i + 1);
    const Token* after = token(close + 1);
    if (after != nullptr && (is_word(*after, "over") || is_word(*after, "filter"))) return;
    if (aggregate_ == nullptr) aggregate_ = &view_.tokens[i];
  }

  Result<void> check_distinct_on(std::size_t i) {
    const Token* distinct = token(i + 1);
    const Token* on = token(i + 2);
    const Token* open = token(i + 3);
    if (distinct == nullptr || on == nullptr || open == nullptr || !is_word(*distinct, "distinct") ||
        !is_word(*on, "on") || !is_symbol(*open, '(')) {
      return {};
    }
    if (names_key(view_, i + 4, closing(view_, i + 3), key_position(view_, i))) return {};
    return refuse(view_, *distinct, "DISTINCT ON without the key", "each range would keep a row of its own",
                  "add the key column to the list of DISTINCT ON");
  }

  Result<void> check_window(std::size_t i) {
    const Token& next = view_.tokens[i + 1];
    if (is_symbol(next, '(')) {
      const std::size_t close = closing(view_, i + 1);
      for (std::size_t j = i + 2; j + 1 < close; ++j) {
        if (!is_word(view_.tokens[j], "partition") || !is_word(view_.tokens[j + 1], "by")) continue;
        std::size_t end = j + 2;
        while (end < close && !is_word(view_.tokens[end], "order")) ++end;
        if (names_key(view_, j + 2, end, 0)) return {};
      }
    }
    return refuse(view_, view_.tokens[i], "a window function whose partition lacks the key",
                  "its window would end where the range ends",
                  "add the key column to PARTITION BY, or compute it later");
  }

  Result<void> check_group_by(std::size_t i) {
    grouped_ = true;
    if (names_key(view_, i + 2, clause_end(view_, i + 2, group_), key_position(view_, select_))) return {};
    return refuse(view_, view_.tokens[i], "GROUP BY without the key",
                  "a group could be spread over several ranges",
                  "add the key column to GROUP BY, or aggregate the result file");
  }

  const TemplateView& view_;
  Group group_;
  std::vector<std::string>& warnings_;
  std::size_t select_ = 0;
  bool in_select_list_ = false, grouped_ = false;
  const Token* aggregate_ = nullptr;
};

Result<void> check_not_negated(const TemplateView& view, Group group) {
  if (group == 0) return {};
  const Token& before = view.tokens[group - 1];
  const Token* earlier = group >= 2 ? &view.tokens[group - 2] : nullptr;
  const bool negated = is_word(before, "not") || (earlier != nullptr && is_word(*earlier, "not") &&
                                                  (is_word(before, "exists") || is_word(before, "in")));
  if (!negated) return {};
  return refuse(view, before, "a negated condition around {ID_PLACEHOLDER}",
                "every range would return what the other ranges asked for",
                "ask for the IDs themselves; missing.csv lists those without a row");
}

}  // namespace

Result<void> check_partitionable(const TemplateView& view, std::size_t placeholder,
                                 std::vector<std::string>& warnings) {
  Group group = view.tokens[placeholder].group;
  // {ID_PLACEHOLDER} stands in the parentheses of IN; {IDS} stands in its query level itself.
  if (view.tokens[placeholder].kind == TokenKind::relation) FQ_TRY(LevelCheck(view, group, warnings).run());
  while (group != no_group) {
    FQ_TRY(check_not_negated(view, group));
    group = view.tokens[group].group;
    FQ_TRY(LevelCheck(view, group, warnings).run());
  }
  // Any common table expression may read the one with the placeholder.
  if (view.tokens.empty() || !is_word(view.tokens.front(), "with")) return {};
  for (std::size_t i = 1; i < view.tokens.size(); ++i) {
    if (view.tokens[i].group == no_group && is_symbol(view.tokens[i], '(')) {
      const Token& before = view.tokens[i - 1];
      if (is_word(before, "as") || is_word(before, "materialized"))
        FQ_TRY(LevelCheck(view, i, warnings).run());
    }
  }
  return {};
}

Result<void> check_single_select(const TemplateView& view) {
  constexpr std::array<std::string_view, 4> writes = {"insert", "update", "delete", "merge"};
  for (std::size_t i = 0; i < view.tokens.size(); ++i) {
    const Token& token = view.tokens[i];
    const std::string place = place_of(view.text, view.name, token.begin);
    if (is_symbol(token, ';')) {
      return fail(ErrorKind::query, "the template holds more than one statement", place,
                  "keep one SELECT; put session settings into the DSN (options=-c name=value)");
    }
    if (token.kind == TokenKind::parameter) {
      return fail(ErrorKind::query, "the template has a parameter " + token.lower, place, "write its value");
    }
    const bool starts_statement = i == 0 || is_symbol(view.tokens[i - 1], '(');
    if ((starts_statement && is_any(token, writes)) || (token.group == no_group && is_word(token, "into"))) {
      return fail(ErrorKind::query, "the template writes (" + token.lower + ")", place,
                  "templates run read-only: use a SELECT");
    }
  }
  const Token* first = view.tokens.empty() ? nullptr : &view.tokens.front();
  if (first == nullptr || !(is_word(*first, "select") || is_word(*first, "with") || is_symbol(*first, '('))) {
    return fail(ErrorKind::query, first == nullptr ? "the template is empty" : "the template is not a SELECT",
                place_of(view.text, view.name, first == nullptr ? 0 : first->begin),
                "start it with SELECT or WITH");
  }
  return {};
}

std::string find_scan_obstacle(const std::vector<Token>& tokens, std::size_t operand,
                               std::size_t placeholder) {
  constexpr std::array<std::string_view, 7> clauses = {"select", "from",   "on",   "where",
                                                       "group",  "having", "order"};
  constexpr std::array<std::string_view, 3> unions = {"union", "except", "intersect"};
  constexpr std::array<std::string_view, 3> alternatives = {"or", "xor", "case"};
  if (tokens[operand].group != no_group) return "the IN condition stands inside parentheses";
  std::size_t clause = operand;
  while (clause > 0 && !(tokens[clause].group == no_group && is_any(tokens[clause], clauses))) --clause;
  if (!is_word(tokens[clause], "where")) return "the IN condition does not stand in the WHERE clause";
  const Token& before = tokens[operand - 1];
  if (!is_word(before, "where") && !is_word(before, "and"))
    return "the IN condition is not joined to the others by AND";
  const std::size_t after = placeholder + 2;  // behind the closing parenthesis
  if (after < tokens.size() && !is_word(tokens[after], "and") && !is_any(tokens[after], clauses))
    return "the IN condition is part of a larger expression";
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].group != no_group) continue;
    if (is_any(tokens[i], unions)) return "the query is a UNION, EXCEPT or INTERSECT";
    if (i > clause && is_any(tokens[i], alternatives)) return "the WHERE clause has an OR or CASE";
  }
  return {};
}

}  // namespace firmquery

#include "firmquery/core/sql_template.hpp"

#include <algorithm>
#include <array>

#include "sql_operand.hpp"
#include "sql_scanner.hpp"
#include "template_rules.hpp"

namespace firmquery {
namespace {

// SELECT <operand> FROM <the from clause of the placeholder's query level>.
std::string probe_of(std::string_view text, const std::vector<Token>& tokens, std::size_t placeholder,
                     const std::string& operand) {
  constexpr std::array<std::string_view, 11> ends = {"where", "group",  "having",   "order",
                                                     "limit", "offset", "fetch",    "window",
                                                     "union", "except", "intersect"};
  const std::size_t level = tokens[tokens[placeholder].group].group;
  std::size_t select = tokens.size(), from = tokens.size();
  for (std::size_t i = 0; i < placeholder; ++i) {
    if (tokens[i].group != level) continue;
    if (is_word(tokens[i], "select")) select = i, from = tokens.size();
    if (is_word(tokens[i], "from") && from == tokens.size()) from = i;
  }
  if (select == tokens.size() || from == tokens.size()) return {};
  std::size_t end = text.size();
  for (std::size_t i = from + 1; i < tokens.size(); ++i) {
    const bool clause = tokens[i].group == level && tokens[i].kind == TokenKind::word &&
                        std::find(ends.begin(), ends.end(), tokens[i].lower) != ends.end();
    const bool closed =
        level != no_group && is_symbol(tokens[i], ')') && tokens[i].group == tokens[level].group;
    if (clause || closed) {
      end = tokens[i].begin;
      break;
    }
  }
  // At the top level a WITH clause before SELECT belongs to the probe; inside parentheses it cannot be seen.
  std::string probe(level == no_group ? text.substr(0, tokens[select].begin) : std::string_view{});
  probe += "select " + operand + " as operand\n";
  probe += text.substr(tokens[from].begin, end - tokens[from].begin);
  for (std::size_t hit = probe.find(id_placeholder); hit != std::string::npos;
       hit = probe.find(id_placeholder, hit)) {
    probe.replace(hit, id_placeholder.size(), "null");
  }
  return probe;
}

Failure no_placeholder(std::string_view text, const std::string& name, const Scan& scan) {
  const std::string example = "write ... WHERE key_column IN ({ID_PLACEHOLDER})";
  if (scan.hidden_placeholders.empty()) {
    return fail(ErrorKind::query, "the template has no {ID_PLACEHOLDER}", name, example);
  }
  return fail(ErrorKind::query, "{ID_PLACEHOLDER} stands inside a string, a quoted name or a comment",
              place_of(text, name, scan.hidden_placeholders.front()),
              "take it out of there; quotes are added where the type needs them: " + example);
}

bool find_join_hint(const std::vector<Token>& tokens) {
  constexpr std::array<std::string_view, 4> hints = {"lookup", "merge", "hash", "inverted"};
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    const bool hinted = std::find(hints.begin(), hints.end(), tokens[i - 1].lower) != hints.end();
    if (hinted && is_word(tokens[i], "join")) return true;
  }
  return false;
}

}  // namespace

// Taken as its neighbours are, which are kept.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Result<SqlTemplate> SqlTemplate::parse(std::string text, std::string name, std::string key) {
  SqlTemplate result;
  result.name_ = std::move(name);
  while (!text.empty() && (text.back() == ';' || text.back() == '\n' || text.back() == '\r' ||
                           text.back() == ' ' || text.back() == '\t')) {
    text.pop_back();
  }
  result.text_ = std::move(text);
  FQ_TRY_ASSIGN(const Scan scan, scan_sql(result.text_, result.name_));
  const std::vector<Token>& tokens = scan.tokens;
  TemplateView view{result.text_, result.name_, key, tokens, {}};
  FQ_TRY(check_single_select(view));

  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind == TokenKind::relation) FQ_TRY(result.add_relation(view, i));
    if (tokens[i].kind != TokenKind::placeholder) continue;
    const bool inside_in = i >= 2 && i + 1 < tokens.size() && is_symbol(tokens[i - 1], '(') &&
                           is_word(tokens[i - 2], "in") && is_symbol(tokens[i + 1], ')');
    const std::string place = place_of(result.text_, result.name_, tokens[i].begin);
    if (!inside_in) {
      return fail(ErrorKind::query, "{ID_PLACEHOLDER} must stand alone inside IN (...)", place,
                  "write key_column IN ({ID_PLACEHOLDER})");
    }
    const std::size_t in = i - 2;
    const std::size_t operand = operand_begin(tokens, in);
    if (is_negated(tokens, in)) {
      return fail(ErrorKind::query, "NOT IN ({ID_PLACEHOLDER}) cannot be run range by range", place,
                  "every range would return the IDs of the others; missing.csv lists the IDs without a row");
    }
    Slot slot{tokens[operand].begin, tokens[operand].begin, tokens[i].begin, tokens[i].end,
              tokens[i + 1].end};
    if (operand != in) {
      slot.operand_end = tokens[in - 1].end;
      std::string text_of_operand =
          result.text_.substr(slot.operand_begin, slot.operand_end - slot.operand_begin);
      if (result.slots_.empty()) {
        result.operand_ = text_of_operand;
        view.operand_column = tokens[in - 1].lower;
        result.probe_ = probe_of(result.text_, tokens, i, text_of_operand);
        result.scan_obstacle_ = find_scan_obstacle(tokens, operand, i);
      } else if (text_of_operand != result.operand_) {
        slot.operand_end = slot.operand_begin;  // the bound's literals belong to the first operand's type
      }
    }
    const std::size_t whole = expression_begin(tokens, in);
    result.probes_.push_back(
        whole == in
            ? std::string()
            : probe_of(result.text_, tokens, i,
                       result.text_.substr(tokens[whole].begin, tokens[in - 1].end - tokens[whole].begin)));
    FQ_TRY(check_partitionable(view, i, result.warnings_));
    result.slots_.push_back(slot);
  }
  result.has_join_hint_ = result.uses_relation() && find_join_hint(tokens);
  if (result.slots_.size() != 1) {
    result.scan_obstacle_ = "the template does not have {ID_PLACEHOLDER} just once";
  } else if (result.operand_.empty()) {
    result.scan_obstacle_ = "the left side of IN is not a plain column";
  }
  if (!result.slots_.empty() && !result.relations_.empty()) {
    return fail(ErrorKind::query, "the template has both {ID_PLACEHOLDER} and {IDS}", result.name_,
                "use one of them: IN ({ID_PLACEHOLDER}), or a join with {IDS}");
  }
  if (result.slots_.empty() && result.relations_.empty())
    return no_placeholder(result.text_, result.name_, scan);
  if (!scan.hidden_placeholders.empty()) {
    result.warnings_.push_back("a second {ID_PLACEHOLDER}, in a string or comment, is left as it is (" +
                               place_of(result.text_, result.name_, scan.hidden_placeholders.front()) + ")");
  }
  std::sort(result.warnings_.begin(), result.warnings_.end());
  result.warnings_.erase(std::unique(result.warnings_.begin(), result.warnings_.end()),
                         result.warnings_.end());
  return result;
}

Result<void> SqlTemplate::add_relation(const TemplateView& view, std::size_t token) {
  const std::vector<Token>& tokens = view.tokens;
  const bool in_from =
      token > 0 && (is_word(tokens[token - 1], "from") || is_word(tokens[token - 1], "join") ||
                    is_symbol(tokens[token - 1], ',') || is_symbol(tokens[token - 1], '('));
  if (!in_from || !relations_.empty()) {
    return fail(
        ErrorKind::query,
        relations_.empty() ? "{IDS} must stand where a table stands" : "{IDS} stands in the template twice",
        place_of(text_, name_, tokens[token].begin),
        "write FROM {IDS} AS ids JOIN t ON t.key = ids.id, once");
  }
  FQ_TRY(check_partitionable(view, token, warnings_));
  relations_.push_back({tokens[token].begin, tokens[token].end});
  return {};
}

std::string SqlTemplate::render_relation(std::string_view relation) const {
  std::string sql = text_;
  for (const auto& [begin, end] : relations_) sql.replace(begin, end - begin, relation);
  return sql;
}

std::string SqlTemplate::render(std::string_view ids, const std::optional<Bound>& bound) const {
  std::string sql;
  std::size_t at = 0;
  for (const Slot& slot : slots_) {
    const bool bounded = bound && slot.operand_end > slot.operand_begin;
    sql.append(text_, at, slot.operand_begin - at);
    if (bounded) sql += '(';
    sql.append(text_, slot.operand_begin, slot.begin - slot.operand_begin);
    sql += ids;
    sql.append(text_, slot.end, slot.close - slot.end);
    if (bounded) {
      sql += " AND ";
      sql.append(text_, slot.operand_begin, slot.operand_end - slot.operand_begin);
      sql += " BETWEEN " + bound->low + " AND " + bound->high + ")";
    }
    at = slot.close;
  }
  sql.append(text_, at, std::string::npos);
  return sql;
}

std::string SqlTemplate::render_scan(const Bound& bound, std::uint64_t limit) const {
  const Slot& slot = slots_.front();
  std::string sql = text_.substr(0, slot.operand_end);
  sql += " BETWEEN " + bound.low + " AND " + bound.high;
  sql.append(text_, slot.close, std::string::npos);
  // On a line of its own: the text may end in a comment.
  return sql += "\nLIMIT " + std::to_string(limit);
}

std::size_t SqlTemplate::mentions(std::string_view name) const {
  const auto scan = scan_sql(text_, name_);
  std::size_t count = 0;
  for (std::size_t i = 0; scan && i < scan->tokens.size(); ++i) {
    const Token& token = scan->tokens[i];
    const bool qualifies = i + 1 < scan->tokens.size() && is_symbol(scan->tokens[i + 1], '.');
    count += is_name(token) && token.lower == name && !qualifies ? 1 : 0;
  }
  return count;
}

std::optional<std::string> SqlTemplate::operand_probe() const {
  if (probe_.empty()) return std::nullopt;
  return probe_;
}

}  // namespace firmquery

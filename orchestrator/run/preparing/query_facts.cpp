#include "firmquery/run/query_facts.hpp"

#include <algorithm>
#include <firmquery/sql_text.hpp>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/sql_fill.hpp"
#include "firmquery/db/qualified_name.hpp"
#include "preparing/key_equality.hpp"

namespace firmquery {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

Result<RowKey> find_key(const ResultColumns& columns, const SqlTemplate& sql_template,
                        const std::string& key) {
  const auto positions = [&](auto&& matches) {
    std::vector<std::size_t> hits;
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (matches(columns[i].name)) hits.push_back(i);
    return hits;
  };
  auto hits = positions([&](const std::string& name) { return name == key; });
  if (hits.empty()) hits = positions([&](const std::string& name) { return equal_ignoring_case(name, key); });
  if (hits.size() == 1) return RowKey(hits.front());
  if (hits.size() > 1) {
    return fail(
        ErrorKind::query, "the result has " + std::to_string(hits.size()) + " columns called \"" + key + "\"",
        sql_template.name(), "give one of them another name with AS, or choose the key column with --key");
  }
  std::string list;
  for (const ResultColumn& column : columns) list += (list.empty() ? "" : ", ") + column.name;
  return fail(ErrorKind::query, "the result has no key column \"" + key + "\"; its columns are " + list,
              sql_template.name(), "select the compared column AS " + key + ", or choose another with --key");
}

// The compared column, or {} when the server cannot say: the operand is an expression, or its query level
// cannot be described on its own.
ColumnDescription describe_operand(Session& session, const SqlTemplate& sql_template) {
  const auto probe = sql_template.operand_probe();
  if (!probe) return {};
  const auto description = session.describe(*probe);
  return description && description->columns.size() == 1 ? description->columns.front() : ColumnDescription{};
}

// With the tables named, where what the server refuses is to leave out rows that policies hide.
Error explain_refusal(Session& session, const Dialect& dialect, const SqlTemplate& sql_template,
                      Error error) {
  if (error.sqlstate != "42501" || session.reading().row_security) return error;
  if (!session.execute("set row_security = on")) return error;
  const auto filtered = describe_template(session, sql_template);
  // Privileges are looked at when a statement starts, after policies: who lacks one needs to know that first.
  std::optional<Error> lacking;
  if (filtered) {
    const auto started = session.execute(
        "explain " + (sql_template.uses_relation() ? filtered->sql : sql_template.render("NULL")));
    if (!started && started.error().sqlstate == "42501") lacking = started.error();
  }
  if (!session.execute("set row_security = off") || !filtered) return error;
  if (lacking) return *std::move(lacking);
  const auto found = examine_row_security(session, dialect, filtered->sql);
  return found && found->hides ? hidden_rows(session, *found) : error;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Something like 01/02/2024, 1.2.24 or 31-12-1999, whose meaning depends on the order of day and month.
bool has_date_of_unclear_order(std::string_view sql) {
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (!is_digit(sql[at]) || (at > 0 && (is_digit(sql[at - 1]) || sql[at - 1] == '-'))) continue;
    std::size_t groups = 0, end = at;
    char separator = 0;
    while (groups < 3) {
      const std::size_t begin = end;
      while (end < sql.size() && is_digit(sql[end])) ++end;
      if (end == begin || (groups < 2 && end - begin > 2)) break;
      if (++groups == 3) return true;
      if (end == sql.size() || (sql[end] != '/' && sql[end] != '.' && sql[end] != '-')) break;
      if (separator != 0 && sql[end] != separator) break;
      separator = sql[end++];
    }
  }
  return false;
}

// The order is the run's own, so that every role reads the same; who is used to another should know.
void compare_date_order(const Session& session, const SqlTemplate& sql_template,
                        std::vector<std::string>& warnings) {
  const std::string& own = session.own_date_style();
  std::string order = session.reading().date_order;
  for (char& c : order) c = static_cast<char>(c - 'a' + 'A');
  if (own.empty() || own.ends_with(order) || !has_date_of_unclear_order(sql_template.text())) return;
  warnings.push_back("dates in the query are read as " + order +
                     ", while sessions of this role have DateStyle " + own +
                     ": write them as 2024-12-31, or choose with --date-order");
}

// An ID counts as found by the result's key column, whatever column was compared: usually a slip, sometimes a
// join.
void compare_key_with_operand(const SqlTemplate& sql_template, const ColumnDescription& key,
                              const ColumnDescription& operand, std::vector<std::string>& warnings) {
  const bool known = key.table_oid != 0 && operand.table_oid != 0;
  if (!known || (key.table_oid == operand.table_oid && key.table_column == operand.table_column)) return;
  warnings.push_back("the key column \"" + key.name + "\" is not " + sql_template.operand() +
                     ", which is compared with {ID_PLACEHOLDER}: an ID is found only by a row with that key");
}

void decide_bound(const Dialect& dialect, const SqlTemplate& sql_template, QueryFacts& facts) {
  const bool collated = facts.key.id_type == IdType::text && !dialect.is_cockroachdb();
  if (sql_template.uses_relation()) return;  // the template's join decides how the table is read
  if (!sql_template.can_bound()) {
    facts.bound_reason = "the left side of IN is not a plain column";
  } else if (collated && facts.key.column.empty()) {
    facts.bound_reason = "the collation of " + sql_template.operand() + " could not be found out";
  } else {
    facts.bounded = true;
  }
  if (!facts.bounded) {
    facts.warnings.push_back("ranges carry no bound on the key, so the server may read more than it needs: " +
                             facts.bound_reason);
  } else if (!facts.key.column.empty() && !facts.key.of_view && facts.key.indexes.empty()) {
    facts.warnings.push_back("no index starts with " + facts.key.table + "." + facts.key.column +
                             ": every range reads the whole table");
  }
}

// CockroachDB compares text without a collation byte by byte, PostgreSQL where the collation is C.
bool sorted_by_bytes(const Dialect& dialect, const KeyColumn& key) {
  if (dialect.is_cockroachdb()) return key.collation.empty();
  const std::string collation = bare_name(key.collation);
  return collation == "C" || collation == "POSIX" || collation == "ucs_basic";
}

std::string find_scan_obstacle(const Dialect& dialect, const SqlTemplate& sql_template,
                               const QueryFacts& facts, const ColumnDescription& key,
                               const ColumnDescription& operand) {
  if (sql_template.uses_relation()) return "the template joins with {IDS}";
  if (!sql_template.scan_obstacle().empty()) return sql_template.scan_obstacle();
  if (facts.key.column.empty()) return "the compared column could not be found out";
  // The same column of the same mention of the table, or rows would be judged by another one's key.
  if (key.table_oid != operand.table_oid || key.table_column != operand.table_column)
    return "the key column of the result is not the compared column";
  if (sql_template.mentions(bare_name(facts.key.table)) != 1)
    return "the query mentions the name " + facts.key.table + " more than once";
  if (facts.key.of_view || facts.key.indexes.empty()) return "no index starts with the compared column";
  // CockroachDB may take a span of another index, whose rows are to be fetched one by one, for dearer than the whole table.
  if (dialect.is_cockroachdb() && !facts.key.leads_primary_key)
    return "the primary key does not begin with the compared column";
  if (facts.key.padded || (facts.key.id_type == IdType::text && !sorted_by_bytes(dialect, facts.key)))
    return "the key column is not sorted byte by byte";
  return {};
}

std::optional<double> gc_window(Session& session, const std::string& table) {
  const auto rows = session.execute(sql_fill(sql::cockroachdb::gc_window, {{"table", table}}));
  if (!rows || rows->size() == 0) return std::nullopt;
  constexpr std::string_view name = "gc.ttlseconds = ";
  const std::string_view text = rows->at(0, 0);
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  double seconds = 0;
  for (std::size_t i = at + name.size(); i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    seconds = seconds * 10 + (text[i] - '0');
  }
  return seconds;
}

}  // namespace

Result<QueryFacts> examine_query(Session& session, const Catalog& catalog, const Dialect& dialect,
                                 const SqlTemplate& sql_template, const std::string& key,
                                 const std::function<void(std::uint32_t)>& seen) {
  auto described = describe_template(session, sql_template);
  if (!described) {
    Error error = in_template(explain_refusal(session, dialect, sql_template, std::move(described).error()),
                              sql_template.name());
    if (error.place.empty()) error.place = sql_template.name();
    return Failure(std::move(error));
  }
  QueryFacts facts;
  facts.warnings = sql_template.warnings();
  const StatementDescription* description = &described->description;
  FQ_TRY_ASSIGN(facts.row_security, examine_row_security(session, dialect, described->sql));
  if (auto warning = row_security_warning(session, facts.row_security); !warning.empty())
    facts.warnings.push_back(std::move(warning));
  compare_date_order(session, sql_template, facts.warnings);
  for (const ColumnDescription& column : description->columns)
    facts.columns.push_back({column.name, column.type_oid, column.type_modifier});
  FQ_TRY_ASSIGN(facts.row_key, find_key(facts.columns, sql_template, key));

  ColumnDescription operand = sql_template.uses_relation() ? description->columns[facts.row_key.column()]
                                                           : describe_operand(session, sql_template);
  if (sql_template.uses_relation() && operand.table_oid == 0) {
    facts.warnings.push_back(
        "the key column is not a column of a table: an ID counts as found when the template's join "
        "returns a row for it");
  }
  if (operand.type_oid == 0 && !description->parameter_types.empty()) {
    operand = {};
    operand.type_oid = description->parameter_types.front();
  }
  if (seen) seen(operand.type_oid);
  compare_key_with_operand(sql_template, description->columns[facts.row_key.column()], operand,
                           facts.warnings);
  FQ_TRY_ASSIGN(facts.key,
                catalog.key_column(dialect, operand.table_oid, operand.table_column, operand.type_oid));
  FQ_TRY(check_comparison(session, dialect, sql_template, *described, facts));
  decide_bound(dialect, sql_template, facts);
  facts.scan_obstacle =
      find_scan_obstacle(dialect, sql_template, facts, description->columns[facts.row_key.column()], operand);
  if (dialect.is_cockroachdb() && !facts.key.table.empty()) {
    facts.gc_window_s = gc_window(session, facts.key.table);
    const auto statistics =
        session.execute(sql_fill(sql::cockroachdb::has_statistics, {{"table", facts.key.table}}));
    facts.has_statistics = statistics && statistics->size() > 0;
  }
  return facts;
}

Result<IdType> choose_id_type(const Job& job, const QueryFacts& facts) {
  if (job.id_type_auto || job.clean.type == facts.key.id_type) return facts.key.id_type;
  const bool comparable = facts.key.id_type == IdType::text ||
                          (facts.key.id_type == IdType::numeric && job.clean.type == IdType::integer);
  if (comparable) return job.clean.type;
  return fail(ErrorKind::query,
              "IDs of type " + std::string(to_string(job.clean.type)) +
                  " cannot be compared with the key column, which is " + facts.key.type_name,
              "--id-type", "leave it at auto, which takes the type of the key column");
}

Error in_template(Error error, const std::string& template_name) {
  constexpr std::string_view kStatementLine = "statement line ";
  if (error.place.starts_with(kStatementLine))
    error.place.replace(0, kStatementLine.size(), template_name + ":");
  return error;
}

}  // namespace firmquery

#include "query_facts.hpp"

#include <algorithm>
#include <firmquery/sql_text.hpp>

#include "firmquery/csv.hpp"
#include "sql_fill.hpp"

namespace firmquery {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

Result<std::size_t> find_key(const std::vector<std::string>& columns, const SqlTemplate& sql_template,
                             const std::string& key) {
  const auto positions = [&](auto&& matches) {
    std::vector<std::size_t> hits;
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (matches(columns[i])) hits.push_back(i);
    return hits;
  };
  auto hits = positions([&](const std::string& name) { return name == key; });
  if (hits.empty()) hits = positions([&](const std::string& name) { return equal_ignoring_case(name, key); });
  if (hits.size() == 1) return hits.front();
  if (hits.size() > 1) {
    return fail(
        ErrorKind::query, "the result has " + std::to_string(hits.size()) + " columns called \"" + key + "\"",
        sql_template.name(), "give one of them another name with AS, or choose the key column with --key");
  }
  std::string list;
  for (const std::string& name : columns) list += (list.empty() ? "" : ", ") + name;
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

// The list's type is not known yet: the first that the template's join accepts is as good as any for
// describing it.
Result<StatementDescription> describe_template(Session& session, const SqlTemplate& sql_template) {
  if (!sql_template.uses_relation()) return session.describe(sql_template.render("$1"));
  Result<StatementDescription> first = fail(ErrorKind::query, "no type fits");
  for (const std::string type : {"bigint", "text", "uuid", "numeric"}) {
    auto description =
        session.describe(sql_template.render_relation("(select 1::bigint as ord, null::" + type + " as id)"));
    if (description || !session.alive()) return description;
    if (type == "bigint") first = std::move(description);
  }
  return first;
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
                                 const SqlTemplate& sql_template, const std::string& key) {
  auto description = describe_template(session, sql_template);
  if (!description) {
    Error error = in_template(std::move(description).error(), sql_template.name());
    if (error.place.empty()) error.place = sql_template.name();
    return Failure(std::move(error));
  }
  QueryFacts facts;
  facts.warnings = sql_template.warnings();
  for (const ColumnDescription& column : description->columns) {
    if (!facts.columns.empty()) facts.csv_header += ',';
    append_csv_field(facts.csv_header, column.name, description->columns.size() == 1);
    facts.columns.push_back(column.name);
  }
  facts.csv_header += '\n';
  FQ_TRY_ASSIGN(facts.key_index, find_key(facts.columns, sql_template, key));

  ColumnDescription operand = sql_template.uses_relation() ? description->columns[facts.key_index]
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
  compare_key_with_operand(sql_template, description->columns[facts.key_index], operand, facts.warnings);
  FQ_TRY_ASSIGN(facts.key,
                catalog.key_column(dialect, operand.table_oid, operand.table_column, operand.type_oid));
  if (!facts.key.deterministic) {
    return fail(
        ErrorKind::query,
        "the key column " + facts.key.column + " has the nondeterministic collation " + facts.key.collation +
            ", under which different IDs are equal",
        sql_template.name(),
        "compare it bytewise: WHERE " + sql_template.operand() + " COLLATE \"C\" IN ({ID_PLACEHOLDER})");
  }
  decide_bound(dialect, sql_template, facts);
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

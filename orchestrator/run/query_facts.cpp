#include "query_facts.hpp"

#include <algorithm>

#include "firmquery/csv.hpp"

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

void decide_bound(const Dialect& dialect, const SqlTemplate& sql_template, QueryFacts& facts) {
  const bool collated = facts.key.id_type == IdType::text && !dialect.is_cockroachdb();
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
  } else if (!facts.key.column.empty() && facts.key.indexes.empty()) {
    facts.warnings.push_back("no index starts with " + facts.key.table + "." + facts.key.column +
                             ": every range reads the whole table");
  }
}

}  // namespace

Result<QueryFacts> examine_query(Session& session, const Catalog& catalog, const Dialect& dialect,
                                 const SqlTemplate& sql_template, const std::string& key) {
  auto description = session.describe(sql_template.render("$1"));
  if (!description) {
    Error error = std::move(description).error();
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

  ColumnDescription operand = describe_operand(session, sql_template);
  if (operand.type_oid == 0 && !description->parameter_types.empty()) {
    operand = {};
    operand.type_oid = description->parameter_types.front();
  }
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

}  // namespace firmquery

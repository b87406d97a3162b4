#include "preparing/key_equality.hpp"

#include <fmt/format.h>

#include <firmquery/sql_text.hpp>
#include <set>
#include <vector>

#include "firmquery/core/sql_fill.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

constexpr std::uint32_t kBoolOid = 16, kByteaOid = 17, kInetOid = 869, kTimetzOid = 1266, kTextOid = 25,
                        kBpcharOid = 1042, kVarcharOid = 1043;

// Of texts that a server compares with each other in a second.
constexpr std::size_t kTextsMax = 250'000;

std::string key_name(const QueryFacts& facts) {
  return facts.columns.empty() ? "key" : facts.columns[facts.row_key.column()].name;
}

// "the key column k", or what stands for it.
std::string key_in_words(const SqlTemplate& sql_template, const QueryFacts& facts) {
  if (!facts.key.column.empty()) return "the key column " + facts.key.column;
  return sql_template.uses_relation() ? "the key column " + key_name(facts)
                                      : "the left side of IN ({ID_PLACEHOLDER})";
}

Failure nondeterministic(const SqlTemplate& sql_template, const QueryFacts& facts,
                         const std::string& collation) {
  const std::string& operand = sql_template.operand();
  std::string remedy;
  if (sql_template.uses_relation()) {
    remedy = "select ids.id AS " + key_name(facts) +
             ", so that each row names the ID of the list that it answers (ids: the alias of {IDS})";
  } else if (!operand.empty()) {
    remedy = "compare it bytewise: WHERE " + operand + " COLLATE \"C\" IN ({ID_PLACEHOLDER})";
  } else {
    remedy = "compare it bytewise: ... COLLATE \"C\" IN ({ID_PLACEHOLDER})";
  }
  return fail(ErrorKind::query,
              fmt::format("{} has the nondeterministic collation {}, under which different IDs are equal",
                          key_in_words(sql_template, facts), collation),
              sql_template.name(), std::move(remedy));
}

// What the list is compared with, as queries of one column each.
std::vector<std::string> operand_probes(Session& session, const SqlTemplate& sql_template,
                                        const DescribedTemplate& described, const QueryFacts& facts) {
  if (!sql_template.uses_relation()) return sql_template.operand_probes();
  return {"select " + session.quote_identifier(key_name(facts)) + " from (" + described.sql + "\n) as q"};
}

Result<void> check_deterministic(Session& session, const SqlTemplate& sql_template,
                                 const DescribedTemplate& described, QueryFacts& facts) {
  if (!facts.key.deterministic) return nondeterministic(sql_template, facts, facts.key.collation);
  FQ_TRY_ASSIGN(const Rows known, session.execute(std::string(sql::postgresql::nondeterministic_collations)));
  if (known.at(0, 0) == "0") return {};
  for (const std::string& probe : operand_probes(session, sql_template, described, facts)) {
    const auto found =
        probe.empty() ? Result<Rows>(fail(ErrorKind::query, "the expression could not be found"))
                      : session.execute(sql_fill(sql::postgresql::operand_collation, {{"probe", probe}}));
    if (!found && !session.alive()) return Failure(found.error());
    if (found && found->size() > 0)
      return nondeterministic(sql_template, facts, std::string(found->at(0, 0)));
    if (!found) {
      facts.warnings.push_back(
          "the collation of what is compared with {ID_PLACEHOLDER} could not be found out, and this database "
          "has some under which different IDs are equal: then a row may answer another ID than the one it is "
          "written as");
    }
  }
  return {};
}

// lower(k) IN (...) also returns rows whose k is another ID of the list, or none of it.
void warn_of_expression(Session& session, const SqlTemplate& sql_template, const ColumnDescription& key,
                        QueryFacts& facts) {
  const bool text = key.type_oid == kTextOid || key.type_oid == kVarcharOid || key.type_oid == kBpcharOid;
  if (sql_template.uses_relation() || !sql_template.operand().empty() || !text || key.table_oid == 0) return;
  const std::string& probe = sql_template.operand_probes().front();
  const std::size_t end = probe.find(" as operand\n");
  const std::size_t begin = probe.rfind("select ", end);
  if (end == std::string::npos || begin == std::string::npos) return;
  const std::string operand = probe.substr(begin + 7, end - begin - 7);
  if (operand.find_first_of("(|") == std::string::npos) return;  // a cast or COLLATE keeps the bytes
  const auto compared = session.describe(probe);
  if (compared && compared->columns.front().table_oid == key.table_oid &&
      compared->columns.front().table_column == key.table_column)
    return;
  facts.warnings.push_back(
      fmt::format("the key column \"{0}\" is not {1}, which is compared with {{ID_PLACEHOLDER}}: an ID is "
                  "found only by a row "
                  "with that key; to be sure, select {1} AS {0}",
                  key.name, operand));
}

std::string bytewise_on_cockroach(const QueryFacts& facts) {
  const std::string column = facts.key.column.empty() ? "x" : facts.key.column;
  return fmt::format(
      "compare it bytewise: SELECT {0}::STRING AS {1} ... WHERE {0}::STRING IN "
      "({{ID_PLACEHOLDER}}), with an index on the expression {0}::STRING",
      column, key_name(facts));
}

// A collated expression cannot be compared with a plain list, and only a column says what collation it has.
Result<void> check_comparable(Session& session, const SqlTemplate& sql_template, const QueryFacts& facts) {
  if (!facts.key.column.empty() || sql_template.uses_relation()) return {};
  auto described = session.describe(sql_template.render("select null::text"));
  if (described || !session.alive()) return described ? Result<void>() : Failure(described.error());
  Error error = in_template(std::move(described).error(), sql_template.name());
  if (error.place.empty()) error.place = sql_template.name();
  error.remedy = bytewise_on_cockroach(facts);
  return Failure(std::move(error));
}

// The characters of the list beyond ASCII, each once.
std::set<std::string, std::less<>> characters_beyond_ascii(const IdSet& ids) {
  std::set<std::string, std::less<>> found;
  std::string id;
  const auto continues = [&](std::size_t i) { return i < id.size() && (id[i] & '\xC0') == '\x80'; };
  for (std::size_t rank = 0; rank < ids.size(); ++rank) {
    id.clear();
    ids.append_canonical(rank, id);
    for (std::size_t at = 0; at < id.size();) {
      const std::size_t begin = at++;
      if ((id[begin] & '\x80') == 0) continue;
      while (continues(at)) ++at;
      const auto character = std::string_view(id).substr(begin, at - begin);
      if (!found.contains(character)) found.emplace(character);
    }
  }
  return found;
}

// Marks and letters that several together make one character: U+0300 to U+036F, U+1100 to U+11FF.
bool combines(std::string_view character) {
  return (character >= "\u0300" && character <= "\u036F") || (character >= "\u1100" && character <= "\u11FF");
}

std::string array_of(const std::vector<std::string>& texts) {
  std::string array = "{";
  for (const std::string& text : texts) array += (array.size() > 1 ? "," : "") + array_element(text);
  return array + "}";
}

}  // namespace

Result<void> check_comparison(Session& session, const Dialect& dialect, const SqlTemplate& sql_template,
                              const DescribedTemplate& described, QueryFacts& facts) {
  if (facts.key.id_type != IdType::text) return {};
  const ColumnDescription& key = described.description.columns[facts.row_key.column()];
  const std::uint32_t type = key.type_oid;
  const bool differs = type == kBoolOid || (dialect.is_cockroachdb() ? type == kByteaOid || type == kTimetzOid
                                                                     : type == kInetOid);
  if (differs) {
    return fail(ErrorKind::query,
                fmt::format("the key column \"{}\" is compared as text, but written otherwise in the result",
                            key_name(facts)),
                sql_template.name(),
                fmt::format("select it as it is compared: ...::text AS {}", key_name(facts)));
  }
  warn_of_expression(session, sql_template, key, facts);
  return dialect.is_cockroachdb() ? check_comparable(session, sql_template, facts)
                                  : check_deterministic(session, sql_template, described, facts);
}

Result<void> check_list_collation(Session& session, const Dialect& dialect, const QueryFacts& facts,
                                  const IdSet& ids) {
  if (!dialect.is_cockroachdb() || facts.key.collation.empty() || facts.key.id_type != IdType::text)
    return {};
  std::vector<std::string> characters, marks;
  for (char c = ' '; c <= '~'; ++c) characters.emplace_back(1, c);
  for (const std::string& character : characters_beyond_ascii(ids)) {
    characters.push_back(character);
    if (combines(character)) marks.push_back(character);
  }
  const std::string what =
      fmt::format("the key column {} has the collation {}", facts.key.column, facts.key.collation);
  const std::size_t texts = characters.size() * (1 + characters.size() + marks.size() * marks.size());
  if (texts > kTextsMax) {
    return fail(ErrorKind::query,
                fmt::format("{}, and the list has {} different characters: too many to find out whether it "
                            "holds some IDs equal",
                            what, characters.size()),
                facts.key.table, bytewise_on_cockroach(facts));
  }
  FQ_TRY_ASSIGN(const Rows equal,
                session.execute(sql_fill(sql::cockroachdb::equal_texts,
                                         {{"collation", " collate " + facts.key.collation}}),
                                {array_of(characters), array_of(marks)}));
  if (equal.size() == 0) return {};
  return fail(ErrorKind::query,
              fmt::format("{}, under which different IDs can be equal, as \"{}\" and \"{}\" are", what,
                          equal.at(0, 0), equal.at(0, 1)),
              facts.key.table, bytewise_on_cockroach(facts));
}

Error explain_stray_key(Error error, const Dialect& dialect, const QueryFacts& facts) {
  const bool stray = error.kind == ErrorKind::query && error.sqlstate.empty();
  if (!stray || !dialect.is_cockroachdb() || facts.key.collation.empty()) return error;
  error.message +=
      fmt::format("; under its collation {} it may equal an ID of the list that is written otherwise",
                  facts.key.collation);
  error.remedy = bytewise_on_cockroach(facts);
  return error;
}

}  // namespace firmquery

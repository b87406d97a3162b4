#include "firmquery/db/catalog.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <new>
#include <pqxx/pqxx>
#include <system_error>

#include "firmquery/sql_text.hpp"
#include "lent_connection.hpp"
#include "pg_connection.hpp"
#include "remedy.hpp"

namespace firmquery {
namespace {

// The types that can be a key, by their name in pg_type.
struct KeyType {
  std::string_view base_name;
  std::string_view staging_type;
  IdType id_type;
  std::int64_t low, high;
};
template <class Integer>
constexpr KeyType integer_key(std::string_view base_name, std::string_view staging_type) {
  return {base_name, staging_type, IdType::integer, std::numeric_limits<Integer>::min(),
          std::numeric_limits<Integer>::max()};
}
constexpr std::array kKeyTypes = {
    integer_key<std::int16_t>("int2", "smallint"),
    integer_key<std::int32_t>("int4", "integer"),
    integer_key<std::int64_t>("int8", "bigint"),
    KeyType{"numeric", "numeric", IdType::numeric, 0, 0},
    KeyType{"uuid", "uuid", IdType::uuid, 0, 0},
    KeyType{"text", "text", IdType::text, 0, 0},
    KeyType{"varchar", "character varying", IdType::text, 0, 0},
    KeyType{"bpchar", "bpchar", IdType::text, 0, 0},
};

const KeyType* find_key_type(std::string_view base_name) {
  for (const KeyType& type : kKeyTypes) {
    if (type.base_name == base_name) return &type;
  }
  return nullptr;
}

struct Statements {
  std::string column_facts, type_facts, column_indexes;
};

Statements statements_for(const Dialect& dialect) {
  if (dialect.is_cockroachdb()) {
    return {std::string(sql::cockroachdb::column_facts), std::string(sql::cockroachdb::type_facts),
            std::string(sql::cockroachdb::column_indexes)};
  }
  return {std::string(sql::postgresql::column_facts), std::string(sql::postgresql::type_facts),
          std::string(sql::postgresql::column_indexes)};
}

Failure not_a_key(const KeyColumn& key) {
  const std::string what =
      key.column.empty() ? std::string("the key") : fmt::format("the key column {}", key.column);
  const std::string example = key.column.empty() ? std::string("x") : key.column;
  return fail(ErrorKind::query, fmt::format("{} has type {}, which cannot be a key", what, key.type_name),
              key.table,
              fmt::format("cast it in the template, e.g. SELECT {0}::text AS key ... WHERE {0}::text IN "
                          "({{ID_PLACEHOLDER}})",
                          example));
}

// The statements run one by one outside a transaction: they only read, and nothing relies on one instant.
class Reader {
 public:
  Reader(LentConnection& connection, Statements statements)
      : work_(connection.get()), statements_(std::move(statements)) {}

  pqxx::result facts(std::uint32_t table_oid, int column_number, std::uint32_t type_oid) {
    if (table_oid != 0 && column_number != 0) {
      pqxx::result found = execute_with(work_, statements_.column_facts, table_oid, column_number);
      if (!found.empty()) return found;
    }
    return execute_with(work_, statements_.type_facts, type_oid);
  }

  void read_indexes(std::uint32_t table_oid, int column_number, KeyColumn& key) {
    for (const auto& row : execute_with(work_, statements_.column_indexes, table_oid, column_number)) {
      key.indexes.push_back(row["index_name"].as<std::string>());
      key.leads_primary_key |= row["is_primary"].as<bool>();
    }
  }

 private:
  pqxx::nontransaction work_;
  Statements statements_;
};

Result<KeyColumn> read_key_column(Reader& reader, const Dialect& dialect, std::uint32_t table_oid,
                                  int column_number, std::uint32_t type_oid) {
  const pqxx::result facts = reader.facts(table_oid, column_number, type_oid);
  if (facts.empty()) {
    return fail(ErrorKind::query, fmt::format("the server does not know the key's type (OID {})", type_oid),
                "catalog", "cast the key in the template, e.g. to text");
  }
  const pqxx::row row = facts[0];
  KeyColumn key;
  key.type_name = row["type_name"].as<std::string>();
  key.collation = row["collation_name"].as<std::string>();
  key.deterministic = row["is_deterministic"].as<bool>();
  key.table = row["table_name"].as<std::string>();
  key.column = row["column_name"].as<std::string>();
  key.of_view = row["of_view"].as<bool>();
  const KeyType* type = find_key_type(row["base_name"].as<std::string>());
  if (type == nullptr || !row["built_in"].as<bool>()) return not_a_key(key);
  key.staging_type = type->staging_type;
  key.id_type = type->id_type;
  key.low = type->low;
  key.high = type->high;
  key.padded = type->base_name == "bpchar";
  // There "bpchar" would be one character; its strings are one family, and blanks at the end do not count.
  if (key.padded && dialect.is_cockroachdb()) key.staging_type = "text";
  if (!key.column.empty()) reader.read_indexes(table_oid, column_number, key);
  return key;
}

Error error_of(const pqxx::sql_error& thrown) {
  std::string message = thrown.what();
  while (!message.empty() && message.back() == '\n') message.pop_back();
  const Classification found = classify_sqlstate(thrown.sqlstate(), message);
  return {found.kind, message, "catalog", remedy_for(thrown.sqlstate(), message, {}), thrown.sqlstate()};
}

}  // namespace

Result<KeyColumn> Catalog::key_column(const Dialect& dialect, std::uint32_t table_oid, int column_number,
                                      std::uint32_t type_oid) const {
  FQ_TRY_ASSIGN(const Session session, Session::open(options_));
  auto* const lent = dynamic_cast<PgConnection*>(session.connection_.get());
  if (lent == nullptr) return fail(ErrorKind::query, "the catalog is read through libpq", "catalog");
  PgConnection& state = *lent;
  try {
    const WaitGuard guard(state.connection.get(), state.cancellation, state.stop_token, state.patience,
                          state.given_up);
    LentConnection connection(state.connection.get());
    Reader reader(connection, statements_for(dialect));
    return read_key_column(reader, dialect, table_oid, column_number, type_oid);
  } catch (const pqxx::sql_error& thrown) {
    Error error = error_of(thrown);
    error.server = state.known.name;
    return Failure(state.is_stopped(error) ? interrupted() : std::move(error));
  } catch (const pqxx::broken_connection&) {
    return Failure(state.error_of(nullptr, {}));
  } catch (const std::system_error& thrown) {
    return fail(ErrorKind::transient, thrown.what(), "catalog");  // no thread to be had
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::transient, "out of memory", "catalog");
  } catch (const std::exception& thrown) {
    // What libpqxx throws beside its own: conversions of a value, memory.
    return fail(ErrorKind::query, thrown.what(), "catalog");
  }
}

}  // namespace firmquery

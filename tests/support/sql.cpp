#include "support/sql.hpp"

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>

namespace firmquery::test {

SqlTable execute_sql(const std::string& dsn, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(dsn.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
    throw std::runtime_error(PQerrorMessage(connection.get()) + ("in: " + sql));
  }
  SqlTable table;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    auto& cells = table.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      if (PQgetisnull(result.get(), row, column) != 0) {
        cells.emplace_back(std::nullopt);
      } else {
        cells.emplace_back(PQgetvalue(result.get(), row, column));
      }
    }
  }
  return table;
}

std::string sql_value(const std::string& dsn, const std::string& sql) {
  const SqlTable table = execute_sql(dsn, sql);
  return table.empty() || table[0].empty() ? std::string() : table[0][0].value_or("");
}

}  // namespace firmquery::test

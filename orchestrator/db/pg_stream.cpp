#include <fmt/format.h>

#include <memory>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/row_key.hpp"
#include "pg_connection.hpp"

namespace firmquery {
namespace {

struct MemoryFree {
  void operator()(char* memory) const { PQfreemem(memory); }
};
using Buffer = std::unique_ptr<char, MemoryFree>;

Error no_key_column(RowKey key) {
  return {ErrorKind::query,
          fmt::format("the query has no column number {}", key.column() + 1),
          "key",
          "set --key to a column of the result",
          {}};
}

// One row of a COPY, as the server wrote it.
class CopyRow {
 public:
  CopyRow(RowKey key, RowSink& sink) : key_(key), sink_(sink) {}

  Result<void> pass_on(std::string_view csv) {
    std::string_view key;
    bool is_null = false;
    if (!key_.read_csv(csv, scratch_, key, is_null)) return Failure(no_key_column(key_));
    return sink_.row(csv, key, is_null);
  }

 private:
  RowKey key_;
  RowSink& sink_;
  std::string scratch_;
};

// One row of single-row mode, turned into what COPY would have sent.
class EncodedRow {
 public:
  EncodedRow(RowKey key, RowSink& sink) : key_(key), sink_(sink) {}

  Result<void> pass_on(const PGresult* result) {
    const int columns = PQnfields(result);
    std::string_view key;
    bool is_null = false;
    const auto field = [&](std::size_t column, std::string_view& text, bool& null) {
      const int i = static_cast<int>(column);
      if (i >= columns) return false;
      text = value(result, i);
      null = PQgetisnull(result, 0, i) == 1;
      return true;
    };
    if (!key_.read(field, key, is_null)) return Failure(no_key_column(key_));
    csv_.clear();
    for (int i = 0; i < columns; ++i) {
      if (i > 0) csv_ += ',';
      if (PQgetisnull(result, 0, i) == 0) append_csv_field(csv_, value(result, i), columns == 1);
    }
    csv_ += '\n';
    return sink_.row(csv_, key, is_null);
  }

  std::size_t size() const { return csv_.size(); }  // of the last row, as CSV

 private:
  static std::string_view value(const PGresult* result, int column) {
    return {PQgetvalue(result, 0, column), static_cast<std::size_t>(PQgetlength(result, 0, column))};
  }

  RowKey key_;
  RowSink& sink_;
  std::string csv_;
};

}  // namespace

Result<std::uint64_t> PgConnection::stream_copy(const std::string& query, RowKey key, RowSink& sink) {
  // The line feed closes a line comment at the end of the query. Lines and their numbers stay the query's.
  const std::string sql = "COPY (" + query + "\n) TO STDOUT (FORMAT csv)";
  FQ_TRY(start_copy(sql, PGRES_COPY_OUT));
  CopyRow row(key, sink);
  std::uint64_t rows = 0;
  while (true) {
    char* data = nullptr;
    const int length = next_copy_data(&data);
    const Buffer owner(data);
    if (length < 0) break;  // the end, or an error: finish() tells which
    count_received(static_cast<std::size_t>(length));
    auto taken = stop_token.stop_requested() ? Result<void>(Failure(interrupted()))
                                             : row.pass_on({data, static_cast<std::size_t>(length)});
    if (!taken) {
      cancel_and_drain();
      return Failure(std::move(taken).error());
    }
    ++rows;
  }
  FQ_TRY(finish(sql));
  return rows;
}

Result<std::uint64_t> PgConnection::stream_rows(const std::string& query, RowKey key, RowSink& sink,
                                                const std::vector<std::string>& parameters) {
  PGconn* raw = connection.get();
  count_sent(query.size());
  const auto values = values_of(parameters);
  // The extended protocol takes one statement only, which a query is.
  const int sent = PQsendQueryParams(raw, query.c_str(), static_cast<int>(values.size()), nullptr,
                                     values.data(), nullptr, nullptr, 0);
  if (sent != 1) return Failure(finish_sent(sent, query).error());
  if (PQsetSingleRowMode(raw) != 1) {
    cancel_and_drain();
    return fail(ErrorKind::query, "the connection refused single-row mode");
  }
  return read_rows(query, key, sink);
}

Result<std::uint64_t> PgConnection::read_rows(const std::string& query, RowKey key, RowSink& sink) {
  EncodedRow row(key, sink);
  std::uint64_t rows = 0;
  while (true) {
    ResultHandle result(next_result());
    const ExecStatusType status = PQresultStatus(result.get());  // of null: PGRES_FATAL_ERROR
    if (status == PGRES_SINGLE_TUPLE) {
      auto taken =
          stop_token.stop_requested() ? Result<void>(Failure(interrupted())) : row.pass_on(result.get());
      count_received(row.size());
      if (!taken) {
        result.reset();
        cancel_and_drain();
        return Failure(std::move(taken).error());
      }
      ++rows;
      continue;
    }
    end_statement(query);  // first: only then is it known whether the connection has survived
    if (status == PGRES_FATAL_ERROR) return Failure(error_of(result.get(), query));
    if (status != PGRES_TUPLES_OK) {
      return fail(ErrorKind::query, "the statement returns no rows", {}, "use a SELECT or WITH query");
    }
    return rows;
  }
}

Result<std::uint64_t> PgConnection::stream(const std::string& query, RowKey key, bool use_copy, RowSink& sink,
                                           const std::vector<std::string>& parameters) {
  if (next_is_ahead(query, parameters)) return stream_ahead(key, sink);
  FQ_TRY(begin());
  return use_copy && parameters.empty() ? stream_copy(query, key, sink)
                                        : stream_rows(query, key, sink, parameters);
}

}  // namespace firmquery

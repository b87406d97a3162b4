#include <charconv>

#include "pg_connection.hpp"

namespace firmquery {
namespace {

// One message. CockroachDB reads no more than its max_read_buffer_message_size (16 MiB, at least 16 KiB).
constexpr std::size_t kMessageBytes = std::size_t{64} << 10U;

// The next message of `block`: whole rows where they fit, because CockroachDB has lost rows that were cut.
std::string_view next_message(std::string_view block) {
  if (block.size() <= kMessageBytes) return block;
  const std::size_t end = block.rfind('\n', kMessageBytes - 1);
  return block.substr(0, end == std::string_view::npos ? kMessageBytes : end + 1);
}

Result<std::uint64_t> copied_rows(PGresult* result) {
  const std::string_view digits = PQcmdTuples(result);
  std::uint64_t rows = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rows);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return fail(ErrorKind::integrity,
                std::string("COPY did not say how many rows it took: \"") + PQcmdStatus(result) + "\"");
  }
  return rows;
}

}  // namespace

bool PgConnection::send_copy_data(std::string_view block) {
  count_sent(block.size());
  while (!block.empty()) {
    const std::string_view message = next_message(block);
    if (PQputCopyData(connection.get(), message.data(), static_cast<int>(message.size())) != 1) return false;
    flush();
    block.remove_prefix(message.size());
  }
  return alive();
}

Result<std::uint64_t> PgConnection::copy_in(const std::string& copy_sql, const Producer& produce) {
  FQ_TRY(begin());
  PGconn* raw = connection.get();
  FQ_TRY(start_copy(copy_sql, PGRES_COPY_IN));
  while (true) {
    Result<std::string_view> block = Failure(interrupted());
    if (!stop_token.stop_requested()) block = produce();
    if (!block) {
      // The server answers with an error of its own (57014 or XXUUU), which says nothing new.
      static_cast<void>(PQputCopyEnd(raw, "the client has given up"));
      static_cast<void>(finish(copy_sql));
      return Failure(std::move(block).error());
    }
    if (block->empty() || !send_copy_data(*block)) break;
  }
  // Fails only on a lost connection, and then so does finish().
  static_cast<void>(PQputCopyEnd(raw, nullptr));
  FQ_TRY_ASSIGN(const ResultHandle result, finish(copy_sql));
  return copied_rows(result.get());
}

}  // namespace firmquery

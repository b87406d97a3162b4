// Queries that are sent ahead of their streams, in libpq's pipeline mode: one Sync behind each, so that the
// server sends each answer at once, and none takes another one's error for its own.
#include "pg_connection.hpp"

namespace firmquery {

std::vector<const char*> PgConnection::values_of(const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) {
    values.push_back(parameter.c_str());
    count_sent(parameter.size());
  }
  return values;
}

// The unnamed statement is what the text is prepared as. A name would outlive the transaction on a server
// connection that a pooler hands to somebody else, and the next session could not take it.
int PgConnection::send_behind(const AheadQuery& query, bool parse) {
  PGconn* raw = connection.get();
  const auto values = values_of(query.parameters);
  const int count = static_cast<int>(values.size());
  if (parse || !query.same_text) count_sent(query.query.size());
  if (!query.same_text) {
    // A plan for these very parameters.
    return PQsendQueryParams(raw, query.query.c_str(), count, nullptr, values.data(), nullptr, nullptr, 0);
  }
  if (parse && PQsendPrepare(raw, "", query.query.c_str(), 0, nullptr) != 1) return 0;
  return PQsendQueryPrepared(raw, "", count, values.data(), nullptr, nullptr, 0);
}

Result<void> PgConnection::send_ahead(const AheadQuery& query) {
  PGconn* raw = connection.get();
  if (stop_token.stop_requested()) return Failure(interrupted());
  if (PQpipelineStatus(raw) == PQ_PIPELINE_OFF) {
    FQ_TRY(begin());
    if (PQenterPipelineMode(raw) != 1) return Failure(error_of(nullptr, query.query));
  }
  if (!alive()) return Failure(error_of(nullptr, query.query));
  const bool parse = query.same_text && parsed_ != query.query;
  if (send_behind(query, parse) != 1 || PQpipelineSync(raw) != 1) {
    Error error = error_of(nullptr, query.query);
    // Something may have been sent that no Sync follows.
    if (alive()) give_up("a statement could not be sent: " + error.message);
    return Failure(std::move(error));
  }
  parsed_ = query.same_text ? query.query : std::string();
  ahead_.push_back({query, std::chrono::steady_clock::now(), parse});
  PQflush(raw);  // what the network does not take now, it takes while rows are read
  return {};
}

bool PgConnection::next_is_ahead(const std::string& query, const std::vector<std::string>& parameters) const {
  return !ahead_.empty() && ahead_.front().query.query == query &&
         ahead_.front().query.parameters == parameters;
}

Result<std::uint64_t> PgConnection::stream_ahead(RowKey key, RowSink& sink) {
  // CockroachDB counts a statement's time from when it hears of it.
  FQ_TRY(begin_statement(ahead_.front().sent));
  const std::string text = ahead_.front().query.query;
  if (ahead_.front().parses) {
    ResultHandle parsed(next_result());
    if (PQresultStatus(parsed.get()) != PGRES_COMMAND_OK) {
      end_statement(text);
      leave_pipeline();
      return Failure(error_of(parsed.get(), text));
    }
    while (parsed) parsed.reset(next_result());
  }
  if (PQsetSingleRowMode(connection.get()) != 1) {
    cancel_and_drain();
    return Failure(alive() ? Error{ErrorKind::query, "the connection refused single-row mode", {}, {}, {}}
                           : error_of(nullptr, text));
  }
  auto rows = read_rows(text, key, sink);
  if (!rows) leave_pipeline();
  return rows;
}

void PgConnection::end_statement(std::string_view query) {
  if (PQpipelineStatus(connection.get()) == PQ_PIPELINE_OFF) {
    static_cast<void>(finish(query));
  } else {
    end_ahead();
  }
}

// Reads the rest of the first answer, and the Sync behind it.
void PgConnection::end_ahead() {
  constexpr int kAnswersMost = 2;  // to Parse and to Execute
  for (int ended = 0; alive();) {
    const ResultHandle result(next_result());
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) break;
    if (!result && ++ended > kAnswersMost) give_up("the server's answers do not fit what was sent");
  }
  if (!ahead_.empty()) ahead_.pop_front();
}

// Reads and throws away what is still to come.
void PgConnection::leave_pipeline() {
  PGconn* raw = connection.get();
  if (PQpipelineStatus(raw) == PQ_PIPELINE_OFF) return;
  while (!ahead_.empty()) {
    // Row by row, where rows have not begun to come: nobody wants to hold them.
    if (alive()) PQsetSingleRowMode(raw);
    end_ahead();
  }
  parsed_.clear();
  if (alive() && PQexitPipelineMode(raw) != 1) give_up("pipeline mode could not be left");
}

}  // namespace firmquery

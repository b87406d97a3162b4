#include "pg_connection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/db/dialect.hpp"
#include "remedy.hpp"

namespace firmquery {
namespace {

std::string_view field(const PGresult* result, int code) {
  const char* text = result != nullptr ? PQresultErrorField(result, code) : nullptr;
  return text != nullptr ? text : std::string_view();
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::string out(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

std::size_t next_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  return at;
}

// The line (from 1) and the next few characters of it, never the statement, which may be megabytes of IDs.
std::string place_in(std::string_view statement, std::size_t line, std::size_t at) {
  constexpr int kLongestName = 30;
  if (at >= statement.size()) return fmt::format("statement line {}, at its end", line);
  std::size_t end = at;
  for (int shown = 0; shown < kLongestName && end < statement.size() && statement[end] != '\n'; ++shown) {
    end = next_character(statement, end);
  }
  return fmt::format("statement line {} near \"{}\"", line, statement.substr(at, end - at));
}

// `position` counts characters from 1, as PG_DIAG_STATEMENT_POSITION does; empty: no place is known.
std::string statement_place(std::string_view statement, std::string_view position) {
  std::size_t wanted = 0;
  for (const char digit : position) wanted = wanted * 10 + static_cast<std::size_t>(digit - '0');
  if (wanted == 0) return {};
  std::size_t line = 1, at = 0;
  for (std::size_t character = 1; character < wanted && at < statement.size(); ++character) {
    if (statement[at] == '\n') ++line;
    at = next_character(statement, at);
  }
  return place_in(statement, line, at);
}

// At most `bytes` of a text whose length the server decides, cut at a character.
std::string shortened(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  text.resize(bytes);
  return text + " ...";
}

// The two clocks need not run at the same speed.
constexpr double kNearly = 0.98;

// CockroachDB's detail of a syntax error: the whole statement up to the error's line, and a caret below it.
constexpr std::string_view kSourceSql = "source SQL:\n";

std::string source_place(std::string_view detail) {
  const std::string_view source = detail.substr(kSourceSql.size());
  const std::size_t last_break = source.rfind('\n');
  const std::size_t caret = source.rfind('^');
  if (last_break == std::string_view::npos || caret == std::string_view::npos || caret < last_break)
    return {};
  const std::string_view shown = source.substr(0, last_break);
  const std::size_t line_begin = shown.rfind('\n') + 1;  // npos + 1 is 0
  const std::size_t at = std::min(shown.size(), line_begin + (caret - last_break - 1));
  const auto breaks = std::count(shown.begin(), shown.end(), '\n');
  return place_in(shown, static_cast<std::size_t>(breaks) + 1, at);
}

}  // namespace

Error interrupted() {
  return {ErrorKind::interrupted, "interrupted", {}, {}, {}};
}

Result<void> PgConnection::begin() {
  if (!stop_token.stop_requested()) leave_pipeline();
  return begin_statement(std::chrono::steady_clock::now());
}

Result<void> PgConnection::begin_statement(std::chrono::steady_clock::time_point at) {
  lock_wait = {};
  if (stop_token.stop_requested()) return Failure(interrupted());
  cancellation->forget();  // what was asked for before concerned another statement
  begun = at;
  if (alive()) return {};
  return Failure(error_of(nullptr, {}));
}

bool PgConnection::is_stopped(const Error& error) const {
  return stop_token.stop_requested() && (error.sqlstate == "57014" || !alive());
}

Error PgConnection::error_of(const PGresult* result, std::string_view statement) const {
  Error error;
  error.server = known.name;
  error.sqlstate = field(result, PG_DIAG_SQLSTATE);
  error.message = trimmed(field(result, PG_DIAG_MESSAGE_PRIMARY));
  if (error.message.empty()) {
    error.message = trimmed(result != nullptr ? PQresultErrorMessage(result) : "");
    if (error.message.empty()) error.message = trimmed(PQerrorMessage(connection.get()));
    if (error.message.empty()) error.message = "no answer";
  }
  error.message = shortened(error.message, 1000);
  const std::string primary = error.message;
  error.place = statement_place(statement, field(result, PG_DIAG_STATEMENT_POSITION));
  const std::string_view detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  if (detail.starts_with(kSourceSql)) {
    error.place = source_place(detail);
  } else if (!detail.empty()) {
    error.message += "; " + shortened(trimmed(detail), 500);
  }
  error.remedy = trimmed(field(result, PG_DIAG_MESSAGE_HINT));
  const char* user = PQuser(connection.get());
  // The place in the server's source has no translation, and no field of its own names the table.
  const bool hidden =
      error.sqlstate == "42501" && field(result, PG_DIAG_SOURCE_FUNCTION) == "check_enable_rls";
  const std::string advice = hidden ? std::string(row_security_remedy)
                                    : remedy_for(error.sqlstate, primary, user != nullptr ? user : "");
  if (!advice.empty()) error.remedy = error.remedy.empty() ? advice : error.remedy + "; " + advice;
  const Classification found = classify_sqlstate(error.sqlstate, error.message);
  error.kind = found.kind;
  if (is_stopped(error)) return interrupted();
  // What was seen long before concerned another wait.
  const bool locked = std::chrono::steady_clock::now() - lock_asked <= lock_limit && !lock_wait.text.empty();
  if (locked) explain_lock_wait(lock_wait, error);
  // Not by this program, which has asked for nothing: by its time limit, or by somebody who could not wait.
  if (alive() && error.sqlstate == "57014" && time_limit && time_limit->count() > 0 &&
      std::chrono::steady_clock::now() - begun >= kNearly * *time_limit) {
    error.timed_out = true;
    if (!locked) {
      error.remedy += std::string(error.remedy.empty() ? "" : "; ") +
                      "raise --query-timeout, or use smaller ranges; check that the key column has an index";
    }
  }
  if (alive()) {
    // No code on a session that lives: libpq's own refusal, such as a statement it could not send.
    if (error.sqlstate.empty()) error.kind = ErrorKind::query;
    return error;
  }
  if (!given_up.empty()) {
    error.sqlstate.clear();
    error.message = given_up;
  }
  // Whatever the code says about the statement, what counts now is that the session is gone.
  if (given_up.empty() && found.recovery != Recovery::reconnect) {
    error.message += fmt::format(" (the server said {})", error.sqlstate);
    error.sqlstate.clear();
  }
  error.kind = ErrorKind::transient;
  error.message = "the connection to the server was lost: " + error.message;
  return error;
}

Result<ResultHandle> PgConnection::finish(std::string_view statement) {
  ResultHandle last, failed;
  PGconn* raw = connection.get();
  while (ResultHandle result{next_result()}) {
    switch (PQresultStatus(result.get())) {
      case PGRES_COPY_IN:
        // libpq reports this state again and again until somebody ends it.
        if (PQputCopyEnd(raw, "a COPY was not expected here") != 1) break;
        continue;
      case PGRES_COPY_OUT: {
        char* buffer = nullptr;
        while (next_copy_data(&buffer) > 0) PQfreemem(buffer);
        continue;
      }
      case PGRES_FATAL_ERROR:
      case PGRES_BAD_RESPONSE:
        if (!failed) failed = std::move(result);
        continue;
      case PGRES_COPY_BOTH:
        break;  // replication: nothing this program ever starts
      default:
        last = std::move(result);
        continue;
    }
    return Failure(error_of(nullptr, statement));
  }
  if (failed) return Failure(error_of(failed.get(), statement));
  if (!last) return Failure(error_of(nullptr, statement));
  return last;
}

Result<ResultHandle> PgConnection::finish_sent(int sent, std::string_view statement) {
  if (sent == 1) return finish(statement);
  const Error error = error_of(nullptr, statement);
  while (const ResultHandle left{next_result()}) {
  }
  return Failure(error);
}

Result<void> PgConnection::start_copy(const std::string& sql, ExecStatusType wanted) {
  count_sent(sql.size());
  // The simple protocol: CockroachDB knows no COPY in the extended one.
  const int sent = PQsendQuery(connection.get(), sql.c_str());
  if (sent != 1) return Failure(finish_sent(sent, sql).error());
  const ResultHandle started(next_result());
  const ExecStatusType status = PQresultStatus(started.get());
  if (status == wanted) return {};
  if (status == PGRES_FATAL_ERROR) {
    static_cast<void>(finish(sql));  // first: only then is it known whether the connection has survived
    return Failure(error_of(started.get(), sql));
  }
  cancel_and_drain();
  return fail(ErrorKind::usage, "not a COPY statement of the direction that is needed here");
}

void PgConnection::cancel_and_drain() {
  // Undelivered means that the statement runs to its end, or to its timeout, while it is drained.
  const bool delivered = Cancellation::request(cancellation);
  if (!delivered && stop_token.stop_requested()) give_up("interrupted");
  if (PQpipelineStatus(connection.get()) != PQ_PIPELINE_OFF) return leave_pipeline();
  static_cast<void>(finish({}));
}

}  // namespace firmquery

// What the parts of Session share. Private to db.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/session.hpp"

namespace firmquery {

struct ConnectionFinish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ResultClear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ConnectionHandle = std::unique_ptr<PGconn, ConnectionFinish>;
using ResultHandle = std::unique_ptr<PGresult, ResultClear>;

struct Session::State {
  ConnectionHandle connection;
  std::shared_ptr<void> cancel;  // PGcancel; empty where the server ignores cancel requests
  std::string version_text;
  Authentication authentication;

  // Calls PQreset never: a lost connection stays lost.
  bool alive() const { return PQstatus(connection.get()) == CONNECTION_OK; }

  // The error of a session that cannot be used any more; every public function begins with it.
  Result<void> require_alive() const;

  // The error in `result` (null: what libpq says about the connection). `statement` is what was sent.
  Error error_of(const PGresult* result, std::string_view statement) const;

  // Reads what the server still has to say, to the end, so that the session can take the next statement:
  // the last result that is no error, or the first error.
  Result<ResultHandle> finish(std::string_view statement);

  // After PQsend...: its failure, or finish().
  Result<ResultHandle> finish_sent(int sent, std::string_view statement);

  // Sends a COPY statement; afterwards the session is in the copy state `wanted`, or has been drained.
  Result<void> start_copy(const std::string& sql, ExecStatusType wanted);

  // Asks the server to stop the running statement and throws away what still comes.
  void cancel_and_drain();

  Result<std::uint64_t> stream_copy(const std::string& query, std::size_t key_column, RowSink& sink);
  Result<std::uint64_t> stream_rows(const std::string& query, std::size_t key_column, RowSink& sink,
                                    const std::vector<std::string>& parameters);
};

}  // namespace firmquery

// The connection of libpq. Private to db.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "cancellation.hpp"
#include "connect.hpp"
#include "firmquery/db/session.hpp"
#include "lock_wait.hpp"

namespace firmquery {

struct ResultClear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ResultClear>;

// What a stop request makes of a call.
Error interrupted();

class PgConnection : public Connection {
 public:
  // Connects, and sees to it that the session reads as the options say.
  static Result<std::unique_ptr<PgConnection>> open(const ConnectOptions& options, ConnectStage* stage);

  Result<Rows> execute(const std::string& sql) override;
  Result<Rows> execute(const std::string& sql,
                       const std::vector<std::optional<std::string>>& parameters) override;
  Result<StatementDescription> describe(const std::string& sql) override;
  Result<std::uint64_t> copy_in(const std::string& copy_sql, const Producer& produce) override;
  Result<std::uint64_t> stream(const std::string& query, RowKey key, bool use_copy, RowSink& sink,
                               const std::vector<std::string>& parameters) override;
  Result<void> send_ahead(const AheadQuery& query) override;
  // Calls PQreset never: a lost connection stays lost.
  bool alive() const override { return given_up.empty() && PQstatus(connection.get()) == CONNECTION_OK; }
  bool in_failed_transaction() const override;
  std::string parameter(const char* name) const override;
  const std::stop_token& stop() const override { return stop_token; }
  void set_patience(std::chrono::duration<double> silence) override { patience = silence; }
  void set_lock_limit(std::chrono::duration<double> limit) override;
  void set_time_limit(std::chrono::duration<double> limit) override;
  const ConnectionFacts& facts() const override { return known; }

  ConnectionHandle connection;
  std::shared_ptr<Cancellation> cancellation = std::make_shared<Cancellation>(nullptr);  // never null
  std::stop_token stop_token;
  std::chrono::duration<double> patience{60};
  std::optional<std::chrono::duration<double>> time_limit;  // of a statement, on the server
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();  // the last statement
  std::string given_up;  // why the connection was, although it looks alive; empty: it was not
  ConnectOptions options;
  ConnectionFacts known;
  std::chrono::duration<double> lock_limit{
      0};              // of PostgreSQL's lock_timeout; 0: nobody is asked about locks
  LockWait lock_wait;  // of the running or the last statement

  // For another connection to the very server that this one led to: in a list of hosts another may be next.
  ConnectOptions options_for_this_host() const;

  // The error of a session that cannot be used any more, or shall not be; every public function begins with
  // it.
  Result<void> begin();

  // A statement that was cancelled because a stop was requested; what else may have gone wrong stays an
  // error.
  bool is_stopped(const Error& error) const;

  // The error in `result` (null: what libpq says about the connection). `statement` is what was sent.
  Error error_of(const PGresult* result, std::string_view statement) const;

  // libpq's calls of like names, but that none of them waits longer than `patience` for a silent server, or
  // for one that does not react to a cancel request: then the connection is given up, which libpq sees as its
  // loss. A stop request becomes a cancel request.
  void flush();
  PGresult* next_result();
  int next_copy_data(char** buffer);

  // For ConnectOptions::traffic.
  void count_sent(std::size_t bytes) const {
    if (options.traffic) options.traffic->sent.fetch_add(bytes, std::memory_order_relaxed);
  }
  void count_received(std::size_t bytes) const {
    if (options.traffic) options.traffic->received.fetch_add(bytes, std::memory_order_relaxed);
  }

  // Sends the rows of a COPY. False: the connection takes no more, and finish() knows why.
  bool send_copy_data(std::string_view block);

  // Reads what the server still has to say, to the end, so that the session can take the next statement:
  // the last result that is no error, or the first error.
  Result<ResultHandle> finish(std::string_view statement);

  // After PQsend...: its failure, or finish().
  Result<ResultHandle> finish_sent(int sent, std::string_view statement);

  // Sends a COPY statement; afterwards the session is in the copy state `wanted`, or has been drained.
  Result<void> start_copy(const std::string& sql, ExecStatusType wanted);

  // Asks the server to stop the running statement and throws away what still comes.
  void cancel_and_drain();

  Result<std::uint64_t> stream_copy(const std::string& query, RowKey key, RowSink& sink);
  Result<std::uint64_t> stream_rows(const std::string& query, RowKey key, RowSink& sink,
                                    const std::vector<std::string>& parameters);

 private:
  // Of a query that was sent ahead.
  struct Ahead {
    AheadQuery query;
    std::chrono::steady_clock::time_point sent;
    bool parses;  // an answer to its Parse comes first
  };
  Result<void> begin_statement(std::chrono::steady_clock::time_point at);
  // As libpq takes them, counted as sent. They point into `parameters`.
  std::vector<const char*> values_of(const std::vector<std::string>& parameters);
  int send_behind(const AheadQuery& query, bool parse);
  bool next_is_ahead(const std::string& query, const std::vector<std::string>& parameters) const;
  Result<std::uint64_t> stream_ahead(RowKey key, RowSink& sink);
  Result<std::uint64_t> read_rows(const std::string& query, RowKey key, RowSink& sink);
  void end_statement(std::string_view query);
  void end_ahead();
  void leave_pipeline();
  void wait(short events, std::chrono::steady_clock::time_point& heard);
  void give_up(std::string reason);
  void look_for_lock(std::chrono::steady_clock::time_point since);
  std::chrono::steady_clock::time_point lock_asked{};
  std::deque<Ahead> ahead_;
  std::string parsed_;  // what the server's unnamed statement is, while in pipeline mode
};

}  // namespace firmquery

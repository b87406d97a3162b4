// One connection to PostgreSQL or CockroachDB, as a thin owner of a libpq PGconn.
//
// A Session belongs to one thread at a time. It watches the stop token that it was opened with in all its
// waits: a stop request cancels what the server is doing, ends the call with kind interrupted, and no
// statement is sent any more. A Session never reconnects by itself: a lost connection is an error, because
// with it went its temp table and its snapshot. Server errors become Error values whose kind says what to do
// (see classify_sqlstate) and whose sqlstate is the server's; the password never appears in any message.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/row_key.hpp"

struct pg_conn;
struct pg_result;

namespace firmquery {

class Credentials;  // kerberos.hpp
class Connector;

// What a failed unit of work should do next. One table for both systems, by SQLSTATE.
enum class Recovery {
  fail,        // permanent: report it
  retry,       // the same session may redo the unit
  reconnect,   // the session is lost or must be given up: new session, load again, redo
  shrink,      // the unit is too large: split it
  permission,  // authentication or privileges: fail, naming the grant
};
struct Classification {
  Recovery recovery;
  ErrorKind kind;
};
// `sqlstate` may be empty (no connection). `message` serves what CockroachDB gives no code of its own.
Classification classify_sqlstate(std::string_view sqlstate, std::string_view message = {});
Recovery recovery_of(const Error& error);
// CockroachDB: a historical read came too late, and what it wants to see has been garbage-collected.
bool is_behind_gc(const Error& error);

// How a session reads: what decides which rows there are, which bytes their values become, and how long it
// waits for others. Set in every session, because roles, databases and the client's environment (PGTZ,
// PGDATESTYLE, PGOPTIONS) have other ideas.
struct ReadingOptions {
  std::string time_zone = "UTC";
  std::string date_order = "mdy";  // of literals like 01/02/2024 in the query; what is written is ISO
  bool row_security = false;  // true: rows that policies hide are left out; false: that is an error (42501)
  std::chrono::duration<double> lock_timeout{30};  // 0: no limit
};

// Bytes of statements, their parameters and COPY's data, and of rows as CSV: the payload, without what the protocol and
// encryption add. Thread-safe.
struct Traffic {
  std::atomic<std::uint64_t> sent = 0, received = 0;
};

struct ConnectOptions {
  std::string dsn;  // libpq URI or key=value; empty: the libpq environment (PGHOST, PGSERVICE ...)
  std::chrono::seconds connect_timeout{30};
  std::string application_name = "firmquery";
  std::string label = {};  // what messages call the server; empty: host:port/database
  // Appended after the DSN as overriding keywords: gssencmode, krbsrvname, sslmode, target_session_attrs ...
  std::vector<std::pair<std::string, std::string>> overrides;
  // Where in a list of hosts to start: sessions of a run begin at different nodes, and libpq goes on to the
  // next host when one does not answer.
  unsigned host_offset = 0;
  // Asked for a ticket before each connect; may be empty. Shared by all copies.
  std::shared_ptr<Credentials> credentials;
  ReadingOptions reading;
  // Ends the connecting, and whatever the session waits for afterwards.
  std::stop_token stop;
  // What opens the connections, see below; empty: libpq. Shared by all copies.
  std::shared_ptr<Connector> connector = {};
  // Adds up what libpq's connections send and receive; may be empty. Shared by all copies.
  std::shared_ptr<Traffic> traffic = {};
};

// How far a connection came that failed.
enum class ConnectStage { reach, begin, tls, gss_encryption, login, session };

// What messages call the server that these options lead to: the label, or "host:port/database", with all
// hosts of a list. Reads what libpq would: environment and service file.
std::string server_name(const ConnectOptions& options);

// The DSN with password and its like replaced by "***": for messages, reports and logs.
std::string redact_dsn(std::string_view dsn);
// The DSN as key=value, without password and its like; "" when it cannot be parsed.
std::string dsn_without_secrets(std::string_view dsn);
// A value of a key=value DSN, in quotes.
std::string quote_dsn_value(std::string_view value);
// Checks the syntax of a DSN. Fails with kind usage and libpq's explanation, redacted.
Result<void> check_dsn(std::string_view dsn);

// A result held whole in memory: for small answers only.
class Rows {
 public:
  explicit Rows(pg_result* result);
  std::size_t size() const;
  std::size_t columns() const;
  std::string_view at(std::size_t row, std::size_t column) const;  // "" for NULL
  bool is_null(std::size_t row, std::size_t column) const;
  std::string_view column_name(std::size_t column) const;
  std::string_view command_tag() const;  // "COPY 42"
 private:
  std::shared_ptr<pg_result> result_;
};

// One column of a statement's result, as Describe reports it.
struct ColumnDescription {
  std::string name;
  std::uint32_t type_oid = 0;
  int type_modifier = -1;
  std::uint32_t table_oid = 0;  // 0: not a plain column of a table
  int table_column = 0;         // attribute number
};
struct StatementDescription {
  std::vector<ColumnDescription> columns;
  std::vector<std::uint32_t> parameter_types;
};

// Receives the rows of a stream.
class RowSink {
 public:
  virtual ~RowSink() = default;
  // `csv`: the row as PostgreSQL's CSV, line feed included. `key`: decoded text of the key column.
  // A failure ends the stream (the statement is cancelled and drained) and is what stream() returns.
  virtual Result<void> row(std::string_view csv, std::string_view key, bool key_is_null) = 0;
};

// How the server let the role in, as far as the client can know it.
struct Authentication {
  std::string method;     // "gss", "password" or "other" (trust, certificate, peer ...)
  std::string principal;  // of gss: who signed in
  std::string service;    // of gss: the service principal that proved itself to the client
  bool gss_encrypted = false;
  bool used_password = false;
};

// What a connection is, once it is open.
struct ConnectionFacts {
  std::string name;  // what messages call the server
  std::string host;  // host, socket directory or address connected to, and port
  std::string user;
  std::string database;
  std::string server_version_text;  // of version()
  bool ssl_in_use = false;
  Authentication authentication;
  ReadingOptions reading;
  std::string own_date_style;  // what the role, the database or PGDATESTYLE had set
};

// A query that is sent ahead of its stream.
struct AheadQuery {
  std::string query;
  std::vector<std::string> parameters;  // $1, $2 ... in text format
  // The next ones have the same text: the server parses it once, and may keep its plan.
  bool same_text = false;
};

// What is below a Session: the seam at which a server can be replaced. libpq's connection is the real one;
// tests of what a run does when call number n fails have one that plays a script. Same contract as Session,
// whose functions of the same names say what is asked of it.
class Connection {
 public:
  using Producer = std::function<Result<std::string_view>()>;

  virtual ~Connection() = default;
  virtual Result<Rows> execute(const std::string& sql) = 0;
  virtual Result<Rows> execute(const std::string& sql,
                               const std::vector<std::optional<std::string>>& parameters) = 0;
  virtual Result<StatementDescription> describe(const std::string& sql) = 0;
  virtual Result<std::uint64_t> copy_in(const std::string& copy_sql, const Producer& produce) = 0;
  virtual Result<std::uint64_t> stream(const std::string& query, RowKey key, bool use_copy, RowSink& sink,
                                       const std::vector<std::string>& parameters) = 0;
  virtual Result<void> send_ahead(const AheadQuery& query) = 0;
  virtual bool alive() const = 0;
  virtual bool in_failed_transaction() const = 0;
  virtual std::string parameter(const char* name) const = 0;
  virtual const std::stop_token& stop() const = 0;
  virtual void set_patience(std::chrono::duration<double> silence) = 0;
  virtual void set_lock_limit(std::chrono::duration<double> limit) = 0;
  virtual void set_time_limit(std::chrono::duration<double> limit) = 0;
  virtual const ConnectionFacts& facts() const = 0;
};

// Opens connections. Thread-safe: sessions of a run are opened at the same time.
class Connector {
 public:
  virtual ~Connector() = default;
  // The connection is ready for statements, and set up to read as the options say. `stage`, where given, is
  // set when it fails.
  virtual Result<std::unique_ptr<Connection>> connect(const ConnectOptions& options, ConnectStage* stage) = 0;
};

class Session {
 public:
  // `stage`, where given, is set when the connection fails.
  static Result<Session> open(const ConnectOptions& options, ConnectStage* stage = nullptr);
  explicit Session(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  // Several statements in one string are allowed without parameters; returns the last result.
  Result<Rows> execute(const std::string& sql) { return connection_->execute(sql); }
  Result<Rows> execute(const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
    return connection_->execute(sql, parameters);
  }

  Result<StatementDescription> describe(const std::string& sql) { return connection_->describe(sql); }

  // COPY ... FROM STDIN. `copy_sql` starts it; `produce` is called until it returns an empty view, each block
  // holding whole rows in text format and sent in messages of at most 64 KiB. Returns n of the tag "COPY n".
  // When `produce` fails the COPY is aborted on the server and its error returned.
  using Producer = Connection::Producer;
  Result<std::uint64_t> copy_in(const std::string& copy_sql, const Producer& produce) {
    return connection_->copy_in(copy_sql, produce);
  }

  // Streams a query's rows as CSV, through COPY TO STDOUT where `use_copy`, else in single-row mode with an
  // encoder that gives the same bytes. Memory: one row. Returns the number of rows.
  // `parameters` are $1, $2 ... in text format; COPY takes none, so with them it is single-row mode in any
  // case.
  Result<std::uint64_t> stream(const std::string& query, RowKey key, bool use_copy, RowSink& sink,
                               const std::vector<std::string>& parameters = {}) {
    return connection_->stream(query, key, use_copy, sink, parameters);
  }

  // Puts a query on its way behind those that were sent before, and does not wait for its answer: a network's
  // delay passes while the rows of others are read. stream() of the same text and parameters, in the order of
  // sending, then reads what comes. Any other call, and a stream() that fails, throws away what is still to
  // come, after the server is done with it. Inside a transaction only, where nothing is done behind a query
  // that failed. COPY is not used.
  Result<void> send_ahead(const AheadQuery& query) { return connection_->send_ahead(query); }

  // Both servers: client_encoding is always UTF8, where no byte of a character looks like a quote or a
  // backslash.
  static std::string quote_literal(std::string_view text);
  static std::string quote_identifier(std::string_view name);

  const std::stop_token& stop() const { return connection_->stop(); }
  // How long the server may be silent while an answer is due; a minute unless said otherwise. After that the
  // connection counts as lost: a frozen network looks alive for ever.
  void set_patience(std::chrono::duration<double> silence) { connection_->set_patience(silence); }
  // What the server has been told (lock_timeout): a statement that is silent for a third of it is looked
  // after, so that its error can say who holds the lock.
  void set_lock_limit(std::chrono::duration<double> limit) { connection_->set_lock_limit(limit); }
  // What the server has been told (statement_timeout). A statement that is cancelled when it has taken that
  // long has timed out; the patience becomes the limit and ten seconds, which the server has for saying that
  // it is over.
  void set_time_limit(std::chrono::duration<double> limit) { connection_->set_time_limit(limit); }

  bool alive() const { return connection_ && connection_->alive(); }  // false once the connection is lost
  bool in_failed_transaction() const { return connection_->in_failed_transaction(); }
  std::string parameter(const char* name) const { return connection_->parameter(name); }  // PQparameterStatus

  const std::string& server_version_text() const { return connection_->facts().server_version_text; }
  const std::string& name() const { return connection_->facts().name; }
  const std::string& host() const { return connection_->facts().host; }
  const std::string& user() const { return connection_->facts().user; }
  const std::string& database() const { return connection_->facts().database; }
  bool ssl_in_use() const { return connection_->facts().ssl_in_use; }
  const Authentication& authentication() const { return connection_->facts().authentication; }
  const ReadingOptions& reading() const { return connection_->facts().reading; }
  const std::string& own_date_style() const { return connection_->facts().own_date_style; }

 private:
  friend class Catalog;  // lends the connection to libpqxx
  std::unique_ptr<Connection> connection_;
};

}  // namespace firmquery

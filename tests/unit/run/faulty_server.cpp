#include "faulty_server.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <deque>
#include <regex>

namespace firmquery::test {
namespace {

Rows table_of(const std::vector<std::string>& values) {
  PGresult* result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
  std::vector<PGresAttDesc> columns(std::max<std::size_t>(values.size(), 1));
  static char name[] = "value";
  for (PGresAttDesc& column : columns) column.name = name;
  PQsetResultAttrs(result, static_cast<int>(columns.size()), columns.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string text = values[i];
    PQsetvalue(result, 0, static_cast<int>(i), text.data(), static_cast<int>(text.size()));
  }
  return Rows(result);
}

Error error_of(Fault fault) {
  const auto coded = [](const char* code, const char* message) {
    const Classification found = classify_sqlstate(code, message);
    Error error{found.kind, message, {}, {}, code};
    error.server = "faulty";
    return error;
  };
  switch (fault) {
    case Fault::serialization:
      return coded("40001", "restart transaction");
    case Fault::deadlock_after:
      return coded("40P01", "deadlock detected");
    case Fault::shutdown: {
      Error error = coded("57P01", "terminating connection due to administrator command");
      error.kind = ErrorKind::transient;
      return error;
    }
    case Fault::out_of_memory:
      return coded("53200", "out of memory");
    case Fault::timed_out: {
      Error error = coded("57014", "canceling statement due to statement timeout");
      error.timed_out = true;
      return error;
    }
    case Fault::forbidden:
      return coded("42501", "permission denied");
    case Fault::wrong_query:
      return coded("42601", "syntax error");
    case Fault::damaged:
      return coded("XX001", "data corrupted");
    case Fault::stop:
      return {ErrorKind::interrupted, "interrupted", {}, {}, {}};
    default: {
      Error error{ErrorKind::transient, "the connection to the server was lost: gone", {}, {}, {}};
      error.server = "faulty";
      return error;
    }
  }
}

bool kills(Fault fault) {
  return fault == Fault::lost || fault == Fault::lost_after || fault == Fault::shutdown;
}
bool has_effect(Fault fault) {
  return fault == Fault::none || fault == Fault::lost_after || fault == Fault::deadlock_after;
}

bool begins(std::string_view text, std::string_view with) {
  return text.starts_with(with);
}

// The integers of a text, in their order.
std::vector<std::int64_t> integers(const std::string& text) {
  std::vector<std::int64_t> found;
  static const std::regex number("-?[0-9]+");
  for (std::sregex_iterator at(text.begin(), text.end(), number), end; at != end; ++at)
    found.push_back(std::stoll(at->str()));
  return found;
}

// The name behind the words, up to a blank or a parenthesis.
std::string name_after(const std::string& sql, const std::string& words) {
  const std::size_t begin = sql.find(words) + words.size();
  return sql.substr(begin, sql.find_first_of(" (\n", begin) - begin);
}

}  // namespace

std::vector<std::string> rows_of(std::int64_t id) {
  std::vector<std::string> rows = {std::to_string(id) + ",first\n"};
  if (id % 3 == 0) rows.push_back(std::to_string(id) + ",second\n");
  return rows;
}

Fault FaultyServer::next(const std::string& statement) {
  const std::lock_guard lock(mutex_);
  if (++calls_ != call_) return Fault::none;
  statement_ = statement;
  if (fault_ == Fault::stop) stop.request_stop();
  return fault_;
}

bool FaultyServer::fired() const {
  const std::lock_guard lock(mutex_);
  return calls_ >= call_;
}

std::string FaultyServer::statement() const {
  const std::lock_guard lock(mutex_);
  return statement_;
}

std::size_t FaultyServer::ahead() const {
  const std::lock_guard lock(mutex_);
  return ahead_;
}

std::size_t FaultyServer::thrown_away() const {
  const std::lock_guard lock(mutex_);
  return thrown_away_;
}

std::size_t FaultyServer::tables_left() const {
  const std::lock_guard lock(mutex_);
  return tables_.size();
}

// A transaction's own changes are done at once and undone by its rollback, for tables of lists that is all
// there is.
class FaultyConnection : public Connection {
 public:
  FaultyConnection(FaultyServer& server, const ConnectOptions& options)
      : server_(server), stop_(options.stop) {
    facts_.name = facts_.host = "faulty";
    facts_.user = "tester";
    facts_.database = "memory";
    facts_.reading = options.reading;
  }

  Result<Rows> execute(const std::string& sql) override { return execute(sql, {}); }

  Result<Rows> execute(const std::string& sql, const std::vector<std::optional<std::string>>&) override {
    throw_away();
    FQ_TRY_ASSIGN(const Fault fault, begin(sql));
    Rows rows = table_of({});
    if (has_effect(fault)) rows = answer(sql);
    if (fault != Fault::none && begins(sql, "commit")) roll_back();  // whatever came of it, it is over
    FQ_TRY(end(fault));
    return rows;
  }

  Result<StatementDescription> describe(const std::string&) override { return StatementDescription{}; }

  Result<std::uint64_t> copy_in(const std::string& sql, const Producer& produce) override {
    throw_away();
    FQ_TRY_ASSIGN(const Fault fault, begin(sql));
    std::string text;
    for (;;) {
      FQ_TRY_ASSIGN(const std::string_view block, produce());
      if (block.empty()) break;
      text += block;
      if (!has_effect(fault)) break;
    }
    std::uint64_t rows = 0;
    if (has_effect(fault)) rows = load(name_after(sql, "copy "), text);
    FQ_TRY(end(fault));
    return rows;
  }

  Result<std::uint64_t> stream(const std::string& query, RowKey, bool, RowSink& sink,
                               const std::vector<std::string>& parameters) override {
    const bool was_sent =
        !ahead_.empty() && ahead_.front().query == query && ahead_.front().parameters == parameters;
    if (!was_sent) throw_away();
    auto rows = answer_to(query, sink, parameters);
    if (was_sent) ahead_.pop_front();
    if (!rows) ahead_.clear();
    return rows;
  }

  // Its fault, if it has one, shows when it is read, as that of any other.
  Result<void> send_ahead(const AheadQuery& query) override {
    if (stop_.stop_requested()) return Failure(error_of(Fault::stop));
    if (!alive_) return Failure(error_of(Fault::lost));
    EXPECT_TRUE(in_transaction_);
    EXPECT_FALSE(failed_);
    ahead_.push_back(query);
    const std::lock_guard lock(server_.mutex_);
    ++server_.ahead_;
    return {};
  }

  bool alive() const override { return alive_; }
  bool in_failed_transaction() const override { return failed_; }
  std::string parameter(const char*) const override { return {}; }
  const std::stop_token& stop() const override { return stop_; }
  void set_patience(std::chrono::duration<double>) override {}
  void set_lock_limit(std::chrono::duration<double>) override {}
  void set_time_limit(std::chrono::duration<double>) override {}
  const ConnectionFacts& facts() const override { return facts_; }

 private:
  void throw_away() {
    const std::lock_guard lock(server_.mutex_);
    server_.thrown_away_ += ahead_.size();
    ahead_.clear();
  }

  Result<std::uint64_t> answer_to(const std::string& query, RowSink& sink,
                                  const std::vector<std::string>& parameters) {
    FQ_TRY_ASSIGN(const Fault fault, begin(query));
    std::vector<std::string> rows;
    for (const std::int64_t id : asked_for(query, parameters)) {
      if (!server_.rows_.contains(id)) continue;
      for (std::string& row : rows_of(id)) rows.push_back(std::move(row));
    }
    // What fails has sent a part of its rows.
    const std::size_t sent = has_effect(fault) ? rows.size() : rows.size() / 2;
    for (std::size_t i = 0; i < sent; ++i) {
      if (auto taken = sink.row(rows[i], std::string_view(rows[i]).substr(0, rows[i].find(',')), false);
          !taken) {
        failed_ = in_transaction_;
        return Failure(taken.error());
      }
    }
    FQ_TRY(end(fault));
    return rows.size();
  }

  Result<Fault> begin(const std::string& sql) {
    if (stop_.stop_requested()) return Failure(error_of(Fault::stop));
    if (!alive_) return Failure(error_of(Fault::lost));
    const bool ends = begins(sql, "rollback") || begins(sql, "commit");
    if (failed_ && !ends)
      return Failure(Error{ErrorKind::query, "current transaction is aborted", {}, {}, "25P02"});
    return server_.next(sql);
  }

  Result<void> end(Fault fault) {
    if (fault == Fault::none) return {};
    if (kills(fault)) {
      alive_ = false;
      roll_back();
      own_.clear();
    } else {
      failed_ = in_transaction_;
    }
    return Failure(error_of(fault));
  }

  void roll_back() {
    const std::lock_guard lock(server_.mutex_);
    if (in_transaction_) {
      own_ = own_before_;
      for (const auto& [table, ord] : loaded_) server_.tables_[table].erase(ord);
    }
    in_transaction_ = failed_ = false;
    loaded_.clear();
  }

  FaultyServer::List& list(const std::string& table) {
    return begins(table, "pg_temp.") ? own_[table] : server_.tables_[table];
  }

  Rows answer(const std::string& sql) {
    if (begins(sql, "begin")) {
      in_transaction_ = true;
      own_before_ = own_;
    } else if (begins(sql, "commit")) {
      in_transaction_ = failed_ = false;
      loaded_.clear();
    } else if (begins(sql, "rollback to")) {
      failed_ = false;
    } else if (begins(sql, "rollback")) {
      roll_back();
    } else if (const std::size_t at = sql.find("create ");
               at != std::string::npos && sql.find(" table ") != sql.npos) {
      const std::lock_guard lock(server_.mutex_);
      list(name_after(sql, " table ")).clear();
    } else if (begins(sql, "drop table if exists ")) {
      const std::lock_guard lock(server_.mutex_);
      server_.tables_.erase(name_after(sql, "drop table if exists "));
    } else if (sql.find("count(*)") != sql.npos || sql.find("sum(array_length") != sql.npos) {
      return table_of({std::to_string(ids_in(sql).size())});
    } else if (sql.find("pg_export_snapshot") != sql.npos) {
      return table_of({"00000003-1"});
    } else if (sql.find("cluster_logical_timestamp") != sql.npos) {
      return table_of({"1700000000000000000.0"});
    }
    return table_of({"t"});
  }

  std::uint64_t load(const std::string& table, const std::string& text) {
    const std::lock_guard lock(server_.mutex_);
    FaultyServer::List& into = list(table);
    std::uint64_t rows = 0;
    for (std::size_t at = 0; at < text.size(); ++rows) {
      const std::size_t end = text.find('\n', at);
      std::vector<std::int64_t> numbers = integers(text.substr(at, end - at));
      const std::int64_t ord = numbers.front();
      numbers.erase(numbers.begin());
      into[ord] = std::move(numbers);
      if (in_transaction_ && !begins(table, "pg_temp.")) loaded_.emplace_back(table, ord);
      at = end + 1;
    }
    return rows;
  }

  // Of a table of the list, within the bounds of ord where there are any.
  std::vector<std::int64_t> ids_in(const std::string& sql) {
    const std::lock_guard lock(server_.mutex_);
    static const std::regex source(
        "from (\\S*firmquery_staging_[a-z0-9_]+)( where ord between ([0-9]+) and ([0-9]+))?");
    std::smatch match;
    std::vector<std::int64_t> ids;
    if (!std::regex_search(sql, match, source)) return ids;
    const bool bounded = match[2].matched;
    for (const auto& [ord, part] : list(match[1])) {
      if (bounded && (ord < std::stoll(match[3]) || ord > std::stoll(match[4]))) continue;
      ids.insert(ids.end(), part.begin(), part.end());
    }
    return ids;
  }

  std::vector<std::int64_t> asked_for(const std::string& query, const std::vector<std::string>& parameters) {
    std::string given;  // an array, or each of a list
    for (const std::string& parameter : parameters) given += parameter + " ";
    if (!parameters.empty()) return integers(given);
    if (query.find("firmquery_staging_") != std::string::npos) return ids_in(query);
    static const std::regex span("between '(-?[0-9]+)'::bigint and '(-?[0-9]+)'::bigint", std::regex::icase);
    std::smatch match;
    if (std::regex_search(query, match, span)) {
      const std::int64_t low = std::stoll(match[1]), high = std::stoll(match[2]);
      return {server_.rows_.lower_bound(low), server_.rows_.upper_bound(high)};
    }
    return {};
  }

  FaultyServer& server_;
  const std::stop_token stop_;
  ConnectionFacts facts_;
  bool alive_ = true, in_transaction_ = false, failed_ = false;
  std::deque<AheadQuery> ahead_;
  std::map<std::string, FaultyServer::List> own_, own_before_;  // temporary tables
  std::vector<std::pair<std::string, std::int64_t>> loaded_;  // into ordinary tables, by the open transaction
};

Result<std::unique_ptr<Connection>> FaultyServer::connect(const ConnectOptions& options,
                                                          ConnectStage* stage) {
  const Fault fault = next("connect");
  if (fault != Fault::none) {
    if (stage != nullptr) *stage = ConnectStage::reach;
    return Failure(error_of(fault == Fault::stop || fault == Fault::forbidden ? fault : Fault::lost));
  }
  if (options.stop.stop_requested()) return Failure(error_of(Fault::stop));
  return std::make_unique<FaultyConnection>(*this, options);
}

}  // namespace firmquery::test

// A server in memory, behind the seam of the session: it keeps a table of integer keys, takes lists as the
// strategies send them, and answers their ranges. Its call number n fails, in one of several ways. It knows
// the statements of the run and no others.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/db/session.hpp"

namespace firmquery::test {

// How a call fails. Lost ones take the session with them, and what was only its own.
enum class Fault {
  none,
  serialization,   // 40001, the session lives
  deadlock_after,  // 40P01, but the call had its effect
  lost,            // the connection, before anything was done
  lost_after,      // the connection, when everything was done and nobody heard of it
  shutdown,        // 57P01
  out_of_memory,   // 53200
  timed_out,       // the statement's own limit
  forbidden,       // 42501
  wrong_query,     // 42601
  damaged,         // XX001
  stop,            // somebody presses Ctrl-C
};

class FaultyServer : public Connector {
 public:
  // `rows`: of the table, each ID that has any. Call number `call` (from 1) fails as `fault` says.
  FaultyServer(std::set<std::int64_t> rows, std::size_t call, Fault fault)
      : rows_(std::move(rows)), call_(call), fault_(fault) {}

  Result<std::unique_ptr<Connection>> connect(const ConnectOptions& options, ConnectStage* stage) override;

  std::stop_source stop;
  // Whether the call came to pass, and which statement it was.
  bool fired() const;
  std::string statement() const;
  std::size_t tables_left() const;  // ordinary ones
  // Queries that were sent ahead, and those of them that nobody read although nothing had failed.
  std::size_t ahead() const;
  std::size_t thrown_away() const;

 private:
  friend class FaultyConnection;
  using List = std::map<std::int64_t, std::vector<std::int64_t>>;  // ord -> an ID, or a part of the list

  // What happens at this call.
  Fault next(const std::string& statement);

  const std::set<std::int64_t> rows_;
  const std::size_t call_;
  const Fault fault_;
  mutable std::mutex mutex_;
  std::size_t calls_ = 0, ahead_ = 0, thrown_away_ = 0;
  std::string statement_;
  std::map<std::string, List> tables_;  // ordinary ones
};

// The CSV rows of an ID that has any: two of each third, one of the others.
std::vector<std::string> rows_of(std::int64_t id);

}  // namespace firmquery::test

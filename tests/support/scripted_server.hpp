// A server that speaks PostgreSQL's wire protocol and says what a script says: for versions that cannot be
// run here. It shows what the program makes of an answer, not that a real server gives it.
//
// One thread a connection. Statements in the simple and the extended protocol, errors, COPY in both
// directions, parameters of the session, the state of the transaction. No TLS, no passwords, no cancel.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace firmquery::test {

struct ScriptedColumn {
  std::string name;
  std::uint32_t type = 25;  // text
  std::uint32_t table = 0;
  std::uint16_t number = 0;
};

struct ScriptedAnswer {
  enum class Kind { command, rows, error, copy_in, copy_out } kind = Kind::command;
  std::string text;  // the tag; of an error its message; of copy_out the bytes
  std::string sqlstate;
  std::vector<ScriptedColumn> columns;
  std::vector<std::vector<std::string>> rows;
};

ScriptedAnswer done(std::string tag);
ScriptedAnswer refused(std::string sqlstate, std::string message);
ScriptedAnswer rows_of(std::vector<ScriptedColumn> columns, std::vector<std::vector<std::string>> rows);
ScriptedAnswer value_of(std::string value);  // one row, one column
ScriptedAnswer takes_copy();                 // and answers with the number of its rows
ScriptedAnswer gives_copy(std::string bytes);

class ScriptedServer {
 public:
  // Called for each statement, by one thread at a time.
  using Script = std::function<ScriptedAnswer(const std::string& sql)>;
  ScriptedServer(std::map<std::string, std::string> parameters, Script script);
  ~ScriptedServer();  // ends all connections
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string dsn() const;
  std::vector<std::string> statements() const;  // that were sent, in order
  std::string copied() const;                   // all bytes that COPY has brought

 private:
  class Connection;
  void accept();
  ScriptedAnswer answer(const std::string& sql);

  const std::map<std::string, std::string> parameters_;
  const Script script_;
  int listener_ = -1, port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> statements_;  // this and the next two: guarded by mutex_
  std::string copied_;
  std::list<int> sockets_;
  std::list<std::thread> threads_;  // of the accepting thread, until it has ended
  std::thread acceptor_;
};

}  // namespace firmquery::test

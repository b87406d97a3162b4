// Throw-away CockroachDB for tests: a single node that keeps its data in memory, and a cluster of three nodes
// that keep theirs in a directory of the test, so that a killed node can come back. Loopback only, insecure,
// telemetry off. The processes end with the test program, also when that crashes.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.hpp"
#include "support/sql.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

// The program named by FIRMQUERY_COCKROACH_BIN, else `cockroach` of PATH, else nothing: then a test says
// GTEST_SKIP() << kNoCockroach. A name in the variable that cannot be executed throws std::runtime_error.
std::optional<std::filesystem::path> cockroach_binary();
inline constexpr const char* kNoCockroach =
    "NOT TESTED on CockroachDB: no cockroach program; put it on PATH or name it in FIRMQUERY_COCKROACH_BIN";

// One node. Its ports stay the same from start to start. Throws std::runtime_error with its log.
class CockroachNode {
 public:
  struct Options {
    std::string command = "start-single-node";
    std::vector<std::string> arguments = {};
    int sql_port = 0, http_port = 0;
    std::filesystem::path directory = {};  // for its logs; exists
  };
  explicit CockroachNode(Options options) : options_(std::move(options)) {}

  // Requires: it is not running. The thread that starts a node must outlive it.
  void start();
  // After a signal that ends it: waits for the end, then starts it again. Does nothing while it is to run.
  void start_if_ended();
  void wait_until_listening();  // takes connections on its port, initialised or not
  void wait_until_ready();      // answers SQL
  void signal(int number);      // SIGKILL: gone at once; SIGTERM: drains, then ends
  void wait_until_ended();
  // Moves the sessions away and leaves the process running. Blocks until it is done.
  void drain();

  int port() const { return options_.sql_port; }
  std::string dsn(std::string_view database = "defaultdb", std::string_view user = "root") const;

 private:
  std::string log() const;
  Options options_;
  std::optional<Process> process_;
  std::atomic<bool> ending_{false};
};

class CockroachServer {
 public:
  CockroachServer();
  ~CockroachServer();
  CockroachServer(const CockroachServer&) = delete;
  CockroachServer& operator=(const CockroachServer&) = delete;

  std::string dsn(std::string_view database = "defaultdb", std::string_view user = "root") const;
  int port() const { return node_->port(); }
  SqlTable execute(const std::string& sql) const { return execute_sql(dsn(), sql); }
  std::string value(const std::string& sql) const { return sql_value(dsn(), sql); }

 private:
  TempDir directory_;
  std::optional<CockroachNode> node_;
};

// One node for a whole test program, started by the first call. Requires: cockroach_binary().
CockroachServer& shared_cockroach();

class CockroachCluster {
 public:
  CockroachCluster();
  ~CockroachCluster();
  CockroachCluster(const CockroachCluster&) = delete;
  CockroachCluster& operator=(const CockroachCluster&) = delete;

  std::size_t size() const { return nodes_.size(); }
  CockroachNode& node(std::size_t number) { return *nodes_.at(number); }
  // All nodes in one DSN: "host=127.0.0.1,127.0.0.1,127.0.0.1 port=a,b,c ...".
  std::string dsn(std::string_view database = "defaultdb") const;
  SqlTable execute(const std::string& sql) const { return execute_sql(dsn(), sql); }
  std::string value(const std::string& sql) const { return sql_value(dsn(), sql); }
  // Until every range has a replica on each node, so that any one node may go.
  void wait_until_replicated() const;

 private:
  void initialise();
  TempDir directory_;
  std::vector<std::unique_ptr<CockroachNode>> nodes_;
};

}  // namespace firmquery::test

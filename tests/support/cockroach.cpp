#include "support/cockroach.hpp"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace firmquery::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

Connection connect(const std::string& dsn) {
  return {PQconnectdb(dsn.c_str()), &PQfinish};
}

// Distinct, because all are held until the last is found.
std::vector<int> free_ports(std::size_t count) {
  std::vector<int> sockets, ports;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockets.push_back(fd);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd, generic, size) == 0 && ::getsockname(fd, generic, &size) == 0) {
      ports.push_back(ntohs(address.sin_port));
    }
  }
  for (const int fd : sockets) ::close(fd);
  if (ports.size() != count) throw std::runtime_error("no free TCP port on 127.0.0.1");
  return ports;
}

ProcessOptions environment() {
  ProcessOptions options;
  options.environment["COCKROACH_SKIP_ENABLING_DIAGNOSTIC_REPORTING"] = "true";
  // Look for ranges to replicate all the time, not once a second each.
  options.environment["COCKROACH_SCAN_MAX_IDLE_TIME"] = "5ms";
  return options;
}

std::string address(int port) {
  return "127.0.0.1:" + std::to_string(port);
}

// Asks every 50 ms for at most `limit`: what is waited for lies in another process and cannot notify.
bool poll_until(milliseconds limit, const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(50));
  }
  return true;
}

}  // namespace

std::optional<std::filesystem::path> cockroach_binary() {
  if (const char* named = std::getenv("FIRMQUERY_COCKROACH_BIN"); named != nullptr && *named != '\0') {
    if (::access(named, X_OK) == 0) return named;
    throw std::runtime_error(std::string("FIRMQUERY_COCKROACH_BIN names no program: ") + named);
  }
  std::istringstream directories(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::filesystem::path program = std::filesystem::path(directory) / "cockroach";
    if (::access(program.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(program)) return program;
  }
  return std::nullopt;
}

void CockroachNode::start() {
  std::vector<std::string> arguments = {
      options_.command,
      "--insecure",
      "--cache=128MiB",
      "--max-sql-memory=256MiB",
      "--listen-addr=" + address(options_.sql_port),
      "--http-addr=" + address(options_.http_port),
      "--log={file-defaults: {dir: " + options_.directory.string() + "}, sinks: {stderr: {filter: NONE}}}"};
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  ProcessOptions options = environment();
  options.directory = options_.directory;
  options.death_signal = SIGKILL;
  process_.reset();
  ending_ = false;
  process_.emplace(Process::start(cockroach_binary().value(), arguments, options));
}

void CockroachNode::wait_until_listening() {
  const bool listening = poll_until(std::chrono::minutes(10), [this] {
    if (process_->wait(milliseconds(0))) throw std::runtime_error("a node ended:\n" + log());
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    target.sin_port = htons(static_cast<std::uint16_t>(options_.sql_port));
    const bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&target), sizeof target) == 0;
    ::close(fd);
    return connected;
  });
  if (!listening) throw std::runtime_error("a node does not listen:\n" + log());
}

void CockroachNode::wait_until_ready() {
  wait_until_listening();
  const bool ready = poll_until(std::chrono::minutes(10), [this] {
    if (process_->wait(milliseconds(0))) throw std::runtime_error("a node ended:\n" + log());
    const Connection connection = connect(dsn() + " connect_timeout=5");
    if (PQstatus(connection.get()) != CONNECTION_OK) return false;
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(connection.get(), "SELECT count(*) FROM system.users"), &PQclear);
    return PQresultStatus(result.get()) == PGRES_TUPLES_OK;
  });
  if (!ready) throw std::runtime_error("a node does not answer:\n" + log());
}

void CockroachNode::signal(int number) {
  ending_ = true;
  if (process_) process_->signal(number);
}

void CockroachNode::start_if_ended() {
  if (!ending_) return;
  wait_until_ended();
  start();
}

void CockroachNode::wait_until_ended() {
  if (process_ && !process_->wait(seconds(90))) throw std::runtime_error("a node does not end:\n" + log());
}

void CockroachNode::drain() {
  const ProcessResult drained =
      run_process(cockroach_binary().value(),
                  {"node", "drain", "--insecure", "--host=" + address(options_.sql_port)}, environment());
  if (drained.exit_code != 0) throw std::runtime_error("node drain failed:\n" + drained.err);
}

std::string CockroachNode::dsn(std::string_view database, std::string_view user) const {
  return "host=127.0.0.1 port=" + std::to_string(options_.sql_port) + " user=" + std::string(user) +
         " dbname=" + std::string(database) + " sslmode=disable";
}

// What it printed, and the end of its newest log file.
std::string CockroachNode::log() const {
  std::string text = process_ ? process_->out() + process_->err() : std::string();
  std::ifstream file(options_.directory / "cockroach.log");
  std::ostringstream content;
  content << file.rdbuf();
  const std::string all = content.str();
  return text + all.substr(all.size() - std::min<std::size_t>(all.size(), 8000));
}

// Ports are chosen before the server binds them, so another program may be faster: try again with others.
CockroachServer::CockroachServer() {
  for (int attempt = 1;; ++attempt) {
    const std::vector<int> ports = free_ports(2);
    node_.emplace(CockroachNode::Options{
        "start-single-node", {"--store=type=mem,size=1GiB"}, ports[0], ports[1], directory_.path()});
    node_->start();
    try {
      node_->wait_until_ready();
      return;
    } catch (const std::runtime_error&) {
      if (attempt == 3) throw;
    }
  }
}

CockroachServer::~CockroachServer() = default;

std::string CockroachServer::dsn(std::string_view database, std::string_view user) const {
  return node_->dsn(database, user);
}

CockroachServer& shared_cockroach() {
  static CockroachServer server;
  return server;
}

CockroachCluster::CockroachCluster() {
  const std::vector<int> ports = free_ports(6);
  const std::string join = "--join=" + address(ports[0]) + "," + address(ports[1]) + "," + address(ports[2]);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::filesystem::path directory = directory_ / std::to_string(i + 1);
    std::filesystem::create_directory(directory);
    const std::string store = "--store=path=" + (directory / "store").string();
    nodes_.push_back(std::make_unique<CockroachNode>(
        CockroachNode::Options{"start", {store, join}, ports[i], ports[i + 3], directory}));
    nodes_.back()->start();
  }
  for (const auto& node : nodes_) node->wait_until_listening();
  initialise();
  for (const auto& node : nodes_) node->wait_until_ready();
  // The defaults suit large clusters: half a minute for the replicas and ten seconds for a drain. A version
  // that lacks a setting only makes the tests slower. The leases of descriptors keep their five minutes: a
  // v21.2 node that finds a short one expired in the middle of a transaction ends itself.
  for (const char* setting :
       {"kv.snapshot_rebalance.max_rate = '256MiB'", "kv.snapshot_recovery.max_rate = '256MiB'",
        "server.shutdown.query_wait = '2s'"}) {
    try {
      execute(std::string("SET CLUSTER SETTING ") + setting);
    } catch (const std::runtime_error& refused) {
      std::fprintf(stderr, "CockroachDB: %s", refused.what());
    }
  }
}

void CockroachCluster::initialise() {
  const std::string host = "--host=" + address(nodes_[0]->port());
  std::string refusal;
  const bool done = poll_until(std::chrono::minutes(10), [&] {
    const ProcessResult made =
        run_process(cockroach_binary().value(), {"init", "--insecure", host}, environment());
    refusal = made.err;
    return made.exit_code == 0 || refusal.find("already been initialized") != std::string::npos;
  });
  if (!done) throw std::runtime_error("cockroach init failed:\n" + refusal);
}

CockroachCluster::~CockroachCluster() = default;

std::string CockroachCluster::dsn(std::string_view database) const {
  std::string hosts, ports;
  for (const auto& node : nodes_) {
    hosts += (hosts.empty() ? "" : ",") + std::string("127.0.0.1");
    ports += (ports.empty() ? "" : ",") + std::to_string(node->port());
  }
  return "host=" + hosts + " port=" + ports + " user=root dbname=" + std::string(database) +
         " sslmode=disable connect_timeout=10";
}

void CockroachCluster::wait_until_replicated() const {
  const bool replicated = poll_until(seconds(180), [this] {
    return value("SELECT count(*) FROM crdb_internal.ranges_no_leases WHERE array_length(replicas, 1) < 3") ==
           "0";
  });
  if (!replicated) throw std::runtime_error("the ranges have not been replicated to three nodes in time");
}

}  // namespace firmquery::test

#include "support/postgres.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <thread>

#include "support/loopback.hpp"

namespace firmquery::test {
namespace {

std::string server_user() {
  if (::geteuid() == 0) return "postgres";
  const passwd* entry = ::getpwuid(::geteuid());
  if (entry == nullptr) throw std::runtime_error("the current user has no name");
  return entry->pw_name;
}

// What initdb makes takes it a second of a processor, and every test program begins with it: the first keeps a copy
// for the others, beside the programs that are tested, for each initdb and each user.
std::filesystem::path kept_cluster(const std::filesystem::path& binaries) {
  const auto initdb = binaries / "initdb";
  const auto written = std::filesystem::last_write_time(initdb).time_since_epoch().count();
  const std::size_t key =
      std::hash<std::string>()(fmt::format("{} {} {}", initdb.string(), written, ::geteuid()));
  return std::filesystem::path(FIRMQUERY_BINARY).parent_path() / fmt::format("test-cluster-{:016x}", key);
}

// False: there is none.
bool copy_cluster(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (!std::filesystem::exists(from)) return false;
  const ProcessResult copied = run_process("cp", {"-a", from / ".", to});
  if (copied.exit_code != 0) throw std::runtime_error("a cluster cannot be copied:\n" + copied.err);
  return true;
}

// Under its name when it is whole; another program may have been faster.
void keep_cluster(const std::filesystem::path& cluster, const std::filesystem::path& as) {
  const std::filesystem::path unfinished = as.string() + "." + std::to_string(::getpid());
  std::error_code failed;
  if (run_process("cp", {"-a", cluster, unfinished}).exit_code == 0)
    std::filesystem::rename(unfinished, as, failed);
  std::filesystem::remove_all(unfinished, failed);
}

}  // namespace

std::filesystem::path postgres_binaries() {
  namespace fs = std::filesystem;
  if (const char* chosen = std::getenv("FIRMQUERY_TEST_PG_BIN"); chosen != nullptr && *chosen != '\0')
    return chosen;
  try {
    ProcessResult result = run_process("pg_config", {"--bindir"});
    while (result.out.ends_with('\n')) result.out.pop_back();
    if (result.exit_code == 0 && fs::exists(fs::path(result.out) / "initdb")) return result.out;
  } catch (const std::runtime_error&) {
  }
  int newest = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const int major = std::atoi(entry.path().filename().c_str());
    if (major > newest && fs::exists(entry.path() / "bin/initdb")) newest = major;
  }
  if (newest == 0) throw std::runtime_error("no PostgreSQL server found; run scripts/setup");
  return "/usr/lib/postgresql/" + std::to_string(newest) + "/bin";
}

PostgresServer::PostgresServer(PostgresOptions options)
    : options_(std::move(options)), binaries_(postgres_binaries()), user_(server_user()) {
  if (options_.tcp) port_ = free_tcp_port();
  for (const char* name : {"d", "s"}) {
    std::filesystem::create_directory(directory_ / name);
    const passwd* entry = ::getpwnam(user_.c_str());
    if (entry == nullptr || ::chown((directory_ / name).c_str(), entry->pw_uid, entry->pw_gid) != 0) {
      throw std::runtime_error("cannot give the server's directory to user " + user_);
    }
  }
  ProcessOptions process;
  process.directory = "/";
  if (::geteuid() == 0) process.user = user_;
  // Two servers of one program are two clusters, with identities of their own.
  static std::atomic<bool> first_is_made{false};
  const bool is_first = !first_is_made.exchange(true);
  const std::filesystem::path kept = kept_cluster(binaries_);
  if (!is_first || !copy_cluster(kept, data_directory())) {
    const ProcessResult made = run_process(
        binaries_ / "initdb",
        {"--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D", data_directory()}, process);
    if (made.exit_code != 0) throw std::runtime_error("initdb failed:\n" + made.out + made.err);
    if (is_first) keep_cluster(data_directory(), kept);
  }
  start();
}

// The data is thrown away, so an immediate shutdown is a clean one.
PostgresServer::~PostgresServer() {
  if (process_ && process_->signal(SIGQUIT)) process_->wait(std::chrono::minutes(10));
}

void PostgresServer::start() {
  std::vector<std::string> arguments = {"-D", data_directory()};
  std::vector<std::string> settings = {"unix_socket_directories=" + socket_directory().string(),
                                       std::string("listen_addresses=") + (options_.tcp ? "127.0.0.1" : ""),
                                       "fsync=off",
                                       "synchronous_commit=off",
                                       "full_page_writes=off",
                                       "max_connections=50",
                                       "shared_buffers=64MB",
                                       "logging_collector=off",
                                       "log_destination=stderr"};
  if (const char* language = std::getenv("FIRMQUERY_TEST_LC_MESSAGES");
      language != nullptr && *language != '\0') {
    settings.push_back(std::string("lc_messages=") + language);
  }
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  for (const std::string& setting : settings) {
    arguments.emplace_back("-c");
    arguments.push_back(setting);
  }
  // A child of the test itself, not of pg_ctl, so that it cannot outlive a test program that crashes.
  ProcessOptions options;
  options.directory = "/";
  options.death_signal = SIGQUIT;
  options.environment = options_.environment;
  if (::geteuid() == 0) options.user = user_;
  // After a SIGKILL of the postmaster its children need a moment to notice and let go of the shared memory.
  for (int attempt = 0; attempt < 50; ++attempt) {
    process_.reset();
    std::vector<std::string> with_port = arguments;
    with_port.insert(with_port.end(), {"-p", std::to_string(port_)});
    process_.emplace(Process::start(binaries_ / "postgres", with_port, options));
    if (wait_until_ready()) {
      has_started_ = true;
      return;
    }
    // Perhaps a port that was free a moment ago; one that clients know already stays what it is.
    if (!has_started_ && options_.tcp) port_ = free_tcp_port();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error("PostgreSQL did not start:\n" + process_->err());
}

// By postmaster.pid, whose eighth line says so in every language. False: the server has ended.
bool PostgresServer::wait_until_ready() {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(10);
  while (std::chrono::steady_clock::now() < give_up) {
    if (process_->wait(std::chrono::milliseconds(10))) return false;
    std::ifstream file(data_directory() / "postmaster.pid");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    if (lines.size() >= 8 && lines[0] == std::to_string(process_->pid()) && lines[7].starts_with("ready"))
      return true;
  }
  return false;
}

void PostgresServer::stop() {
  signal(SIGINT);
  if (process_ && !process_->wait(std::chrono::minutes(10)))
    throw std::runtime_error("PostgreSQL did not stop:\n" + log());
}

void PostgresServer::signal(int number) {
  if (process_) process_->signal(number);
}

std::string PostgresServer::log() const {
  return process_ ? process_->err() : std::string();
}

std::string PostgresServer::complete_log() {
  const std::string mark = "the log up to mark " + std::to_string(++marks_);
  execute("do $$ begin raise log '" + mark + "'; end $$");
  if (!process_->wait_for_err(mark, std::chrono::minutes(2)))
    throw std::runtime_error("the log does not come to its end:\n" + log());
  return log();
}

std::string PostgresServer::dsn(std::string_view database) const {
  return "host=" + socket_directory().string() + " port=" + std::to_string(port_) + " user=" + user_ +
         " dbname=" + std::string(database);
}

std::string PostgresServer::tcp_dsn(std::string_view database) const {
  if (!options_.tcp) throw std::logic_error("the test server was started without TCP");
  return "host=127.0.0.1 port=" + std::to_string(port_) + " user=" + user_ +
         " dbname=" + std::string(database);
}

SqlTable PostgresServer::execute(const std::string& sql, std::string_view database) const {
  return execute_sql(dsn(database), sql);
}

std::string PostgresServer::value(const std::string& sql, std::string_view database) const {
  return sql_value(dsn(database), sql);
}

void PostgresServer::create_database(const std::string& name, const std::string& options) const {
  execute("CREATE DATABASE \"" + name + "\" TEMPLATE template0 " + options);
}

PostgresServer& shared_server() {
  static PostgresServer server;
  return server;
}

}  // namespace firmquery::test

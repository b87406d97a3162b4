#include "firmquery/local/local_server.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>
#include <vector>

#include "firmquery/db/session.hpp"
#include "firmquery/output/files.hpp"
#include "local_cluster.hpp"
#include "local_extension.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDatabase = "firmquery";
constexpr std::uintmax_t kLogBytesMax = 16u << 20;
constexpr std::chrono::minutes kStartTimeout{2};  // recovery after a crash replays up to max_wal_size
constexpr std::chrono::milliseconds kPollInterval{20};
constexpr std::chrono::milliseconds kLingerInterval{200};
constexpr int kStartAttemptsMax = 25;

std::string make_dsn(const LocalPaths& paths, const Account& account, std::string_view database) {
  const std::string name = quote_dsn_value(account.name);
  // Whose socket stands there is for the account to say: only its own server is spoken to.
  return fmt::format("host={} port=5432 user={} dbname={}{}", quote_dsn_value(paths.socket.string()), name,
                     database, account.change ? " requirepeer=" + name : "");
}

PGPing ping(const LocalPaths& paths, const Account& account) {
  return PQping((make_dsn(paths, account, "postgres") + " connect_timeout=5").c_str());
}

// What the server wrote since `offset`, the part that says why it does not run.
std::string log_since(const fs::path& log, std::uintmax_t offset) {
  std::string text = read_some_text(log, offset);
  const std::size_t fatal = text.rfind("FATAL:");
  return fatal == std::string::npos ? text : text.substr(fatal, text.find('\n', fatal) - fatal);
}

std::uintmax_t rotate_log(const fs::path& log, const Account& account) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(log, error);
  if (error) return 0;
  // Earlier versions made it as root.
  const auto owner = [&] {
    struct stat facts {};
    return ::lstat(log.c_str(), &facts) == 0 ? facts.st_uid : 0;
  };
  if (size < kLogBytesMax && (!account.change || owner() != 0)) return size;
  fs::rename(log, fs::path(log) += ".1", error);
  return error ? size : 0;
}

Result<void> wait_until_ready(const LocalPaths& paths, const Account& account, pid_t child,
                              std::uintmax_t log_offset) {
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  while (ping(paths, account) != PQPING_OK) {
    int status = 0;
    const bool ended =
        child > 0 ? ::waitpid(child, &status, WNOHANG) == child : server_pid(paths, account) == 0;
    if (ended) {
      return fail(ErrorKind::transient,
                  fmt::format("PostgreSQL did not start: {}", log_since(paths.log, log_offset)), kServerPlace,
                  fmt::format("its log is {}", paths.log.string()));
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorKind::transient, "PostgreSQL has not become ready in time", kServerPlace,
                  fmt::format("it goes on starting; its log is {}", paths.log.string()));
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  return {};
}

// A server that is starting or shutting down for somebody else is waited for, never started twice.
// `extension`: whether it was started with firm_staging.
Result<void> start_server(const LocalPaths& paths, const Account& account, const fs::path& binaries,
                          Result<void>& extension) {
  switch (ping(paths, account)) {
    case PQPING_OK:
      return {};
    case PQPING_REJECT:
      if (wait_until_ready(paths, account, 0, rotate_log(paths.log, account))) return {};
      break;
    default:
      break;
  }
  FQ_TRY(check_versions(paths, binaries));
  remove_stale_lock_files(paths, account);
  std::vector<std::string> command = {binaries / "postgres"};
  if (const auto prepared = prepare_extension(paths, account, binaries)) {
    command = prepared->arguments;
    command.insert(command.begin(), prepared->postgres);
  } else {
    extension = Failure(prepared.error());
  }
  command.insert(command.begin() + 1, {"-D", paths.data});
  // After a SIGKILL of the postmaster its children need a moment to notice and let go of the shared memory.
  for (int attempt = 1;; ++attempt) {
    const std::uintmax_t log_offset = rotate_log(paths.log, account);
    FQ_TRY_ASSIGN(const pid_t child, start_as(account, command, paths.log));
    Result<void> ready = wait_until_ready(paths, account, child, log_offset);
    const bool lingering = !ready && ready.error().message.find("is still in use") != std::string::npos;
    if (!lingering || attempt == kStartAttemptsMax) return ready;
    std::this_thread::sleep_for(kLingerInterval);
  }
}

Result<Session> open_session(const LocalPaths& paths, const Account& account, std::string_view database) {
  ConnectOptions options;
  options.dsn = make_dsn(paths, account, database);
  return Session::open(options);
}

Result<void> ensure_database(const LocalPaths& paths, const Account& account) {
  FQ_TRY_ASSIGN(Session admin, open_session(paths, account, "postgres"));
  FQ_TRY_ASSIGN(const Rows databases, admin.execute("SELECT FROM pg_database WHERE datname = 'firmquery'"));
  if (databases.size() == 0) FQ_TRY(admin.execute("CREATE DATABASE firmquery"));
  return {};
}

std::string none(const Error& error) {
  return error.remedy.empty() ? "none: " + error.message
                              : fmt::format("none: {}; {}", error.message, error.remedy);
}

// Its version in the running server, or why it is not there.
std::string describe_extension(const LocalPaths& paths, const Account& account, const fs::path& binaries) {
  auto session = open_session(paths, account, kDatabase);
  if (!session) return none(session.error());
  auto version = extension_version(*session);
  if (!version) return none(version.error());
  if (!version->empty()) return *std::move(version);
  if (const auto files = find_extension_files(binaries); !files) return none(files.error());
  return "none: the server was started without it; firmquery local stop, then firmquery local start";
}

}  // namespace

Result<LocalServer> LocalServer::find(fs::path directory) {
  LocalServer server;
  FQ_TRY_ASSIGN(server.directory_, local_directory(std::move(directory)));
  FQ_TRY_ASSIGN(server.binaries_, find_binaries(server.directory_));
  return server;
}

Result<LocalServerStatus> LocalServer::status() const {
  const LocalPaths paths(directory_);
  FQ_TRY_ASSIGN(const Account account, server_account());
  FQ_TRY_ASSIGN(const AsAccount as, AsAccount::begin(account));
  LocalServerStatus status;
  FQ_TRY_ASSIGN(status.version, binaries_version(binaries_));
  status.directory = directory_;
  status.initialized = is_initialized(paths);
  status.dsn = make_dsn(paths, account, kDatabase);
  status.running = ping(paths, account) == PQPING_OK;
  if (status.running) {
    status.pid = server_pid(paths, account);
    status.extension = describe_extension(paths, account, binaries_);
  } else if (const auto files = find_extension_files(binaries_); !files) {
    status.extension = none(files.error());
  }
  return status;
}

Result<LocalServerStatus> LocalServer::start() {
  const LocalPaths paths(directory_);
  FQ_TRY_ASSIGN(const Account account, server_account());
  FQ_TRY(prepare_directory(paths, account));
  FQ_TRY_ASSIGN(const AsAccount as, AsAccount::begin(account));
  FQ_TRY_ASSIGN(const Descriptor lock, lock_local(paths.lock));
  FQ_TRY(prepare_folders(paths));
  if (!is_initialized(paths)) FQ_TRY(initialize_cluster(paths, account, binaries_));
  Result<void> extension;
  FQ_TRY(start_server(paths, account, binaries_, extension));
  FQ_TRY(ensure_database(paths, account));
  FQ_TRY_ASSIGN(Session session, open_session(paths, account, kDatabase));
  if (extension) extension = ensure_extension(session);
  auto result = status();
  if (result && !extension) result->extension = none(extension.error());
  return result;
}

Result<void> LocalServer::stop() {
  const LocalPaths paths(directory_);
  FQ_TRY_ASSIGN(const Account account, server_account());
  FQ_TRY_ASSIGN(const AsAccount as, AsAccount::begin(account));
  if (!is_initialized(paths)) return {};
  FQ_TRY_ASSIGN(const Descriptor lock, lock_local(paths.lock));
  const int pid = server_pid(paths, account);
  if (pid == 0) return {};
  FQ_TRY_ASSIGN(const CommandOutput output, run_as(account, {binaries_ / "pg_ctl", "stop", "-D", paths.data,
                                                             "-m", "fast", "-w", "-t", "60"}));
  ::waitpid(pid, nullptr, WNOHANG);  // where this process started it
  if (output.exit_code == 0 || server_pid(paths, account) == 0) return {};
  return fail(ErrorKind::transient, fmt::format("PostgreSQL did not stop: {}", output.text), kServerPlace,
              fmt::format("its log is {}", paths.log.string()));
}

fs::path LocalServer::psql() const {
  return binaries_ / "psql";
}

}  // namespace firmquery

#include "local_cluster.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "firmquery/files.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlace = "local server";
constexpr const char* kElsewhere = "set FIRMQUERY_LOCAL_DIR to another directory";

// A socket in this folder is all that the server listens on; the folder's mode keeps others out.
constexpr std::string_view kSettings = R"(
# Firm Query: a private server, reachable through ../socket (relative to the data directory) only.
listen_addresses = ''
unix_socket_directories = '../socket'
unix_socket_permissions = 0700
port = 5432
fsync = on
shared_buffers = 256MB
work_mem = 64MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
jit = off
)";

std::string environment_value(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Result<void> own(const fs::path& path, const Account& account, mode_t mode) {
  if (account.change && ::chown(path.c_str(), account.uid, account.gid) != 0) {
    return file_failure(path, "change the owner of", errno);
  }
  if (::chmod(path.c_str(), mode) != 0) return file_failure(path, "change the mode of", errno);
  return {};
}

// Parents of a server started by root must be open to the user it runs as, whatever the umask.
Result<void> make_parents(const fs::path& path, const Account& account) {
  if (path.empty() || fs::exists(path)) return {};
  FQ_TRY(make_parents(path.parent_path(), account));
  const mode_t mode = account.change ? 0755 : 0700;
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return file_failure(path, "create", errno);
  if (account.change && ::chmod(path.c_str(), mode) != 0)
    return file_failure(path, "change the mode of", errno);
  return {};
}

Result<void> check_usable(const LocalPaths& paths, const Account& account) {
  struct stat facts {};
  if (::stat(paths.directory.c_str(), &facts) != 0) return {};
  std::error_code error;
  const bool empty = fs::is_empty(paths.directory, error);
  if (error) return file_failure(paths.directory, "read", error.value());
  if (empty) return {};
  if (!fs::exists(paths.lock, error)) {
    return fail(ErrorKind::usage, "the directory is not empty and holds no local server",
                paths.directory.string(), kElsewhere);
  }
  if (::stat(paths.data.c_str(), &facts) == 0 && facts.st_uid != account.uid) {
    return fail(ErrorKind::permission,
                fmt::format("the data belong to user number {}, and the server would run as {} ({})",
                            facts.st_uid, account.name, account.uid),
                paths.data.string(), fmt::format("run as that user, or {}", kElsewhere));
  }
  return {};
}

int installed_major(const fs::path& binaries) {
  return std::atoi(binaries.parent_path().filename().c_str());
}

int data_major(const fs::path& directory) {
  int major = 0;
  std::ifstream(LocalPaths(directory).data / "PG_VERSION") >> major;
  return major;
}

bool holds_server(const fs::path& binaries) {
  return ::access((binaries / "initdb").c_str(), X_OK) == 0 &&
         ::access((binaries / "postgres").c_str(), X_OK) == 0;
}

int first_number(const fs::path& path) {
  int number = 0;
  std::ifstream(path) >> number;
  return number;
}

// A server works in its data directory; a number that another program has taken over does not.
bool is_server(const LocalPaths& paths, int pid) {
  if (pid <= 1) return false;
  std::string name;
  std::ifstream comm(fmt::format("/proc/{}/comm", pid));
  std::getline(comm, name);
  std::error_code error;
  return name == "postgres" && fs::equivalent(fmt::format("/proc/{}/cwd", pid), paths.data, error) && !error;
}

}  // namespace

Result<fs::path> local_directory(fs::path directory) {
  if (directory.empty()) directory = environment_value("FIRMQUERY_LOCAL_DIR");
  if (directory.empty() && ::geteuid() == 0) directory = "/var/lib/firmquery/local";
  if (directory.empty()) {
    const std::string state = environment_value("XDG_STATE_HOME");
    const std::string home = environment_value("HOME");
    if (state.empty() && home.empty()) {
      return fail(ErrorKind::usage, "there is no home directory to keep the local server in", kPlace,
                  kElsewhere);
    }
    directory = (state.empty() ? fs::path(home) / ".local/state" : fs::path(state)) / "firmquery/local";
  }
  std::error_code error;
  directory = fs::absolute(directory, error).lexically_normal();
  if (error) return file_failure(directory, "find", error.value());
  if (!directory.has_filename()) directory = directory.parent_path();
  const std::string socket = LocalPaths(directory).socket / ".s.PGSQL.5432";
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (socket.size() > kLongest) {
    return fail(
        ErrorKind::usage,
        fmt::format("the path of the socket has {} bytes, and Unix allows {}", socket.size(), kLongest),
        socket, "set FIRMQUERY_LOCAL_DIR to a shorter directory");
  }
  // libpq takes a comma in a host for the end of it.
  if (socket.find_first_of(",\n") != std::string::npos) {
    return fail(ErrorKind::usage, "the path holds a comma or a line feed", socket, kElsewhere);
  }
  return directory;
}

Result<fs::path> find_binaries(const fs::path& directory) {
  const int wanted = data_major(directory);
  fs::path best;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const fs::path binaries = entry.path() / "bin";
    if (!holds_server(binaries)) continue;
    if (installed_major(binaries) == wanted) return binaries;
    if (best.empty() || installed_major(binaries) > installed_major(best)) best = binaries;
  }
  if (!best.empty()) return best;
  std::string search = environment_value("PATH");
  for (std::size_t begin = 0; begin < search.size();) {
    const std::size_t end = std::min(search.find(':', begin), search.size());
    const fs::path folder = search.substr(begin, end - begin);
    begin = end + 1;
    // Elsewhere than on Debian, pg_config stands beside the server; it may also be a link to it.
    if (holds_server(folder)) return folder;
    if (::access((folder / "pg_config").c_str(), X_OK) != 0) continue;
    const auto asked = run_as(Account{}, {folder / "pg_config", "--bindir"});
    const fs::path said = asked ? asked->text.substr(0, asked->text.find('\n')) : std::string();
    if (holds_server(said)) return said;
  }
  return fail(ErrorKind::usage, "no PostgreSQL server is installed", kPlace,
              "apt-get install postgresql, or give a server with --dsn");
}

Result<std::string> binaries_version(const fs::path& binaries) {
  FQ_TRY_ASSIGN(const CommandOutput output, run_as(Account{}, {binaries / "postgres", "--version"}));
  // "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"
  const std::size_t begin = output.text.find_first_of("0123456789");
  if (output.exit_code != 0 || begin == std::string::npos) {
    return fail(ErrorKind::usage, "cannot tell the version of PostgreSQL", (binaries / "postgres").string());
  }
  return output.text.substr(begin, output.text.find_first_of(" \n", begin) - begin);
}

Result<void> prepare_directory(const LocalPaths& paths, const Account& account) {
  FQ_TRY(check_usable(paths, account));
  FQ_TRY(make_parents(paths.directory, account));
  return own(paths.directory, account, 0700);
}

Result<void> prepare_folders(const LocalPaths& paths, const Account& account) {
  for (const fs::path& folder : {paths.socket, paths.log.parent_path()}) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return file_failure(folder, "create", errno);
    FQ_TRY(own(folder, account, 0700));
  }
  return {};
}

Result<void> initialize_cluster(const LocalPaths& paths, const Account& account, const fs::path& binaries) {
  const fs::path part = paths.directory / ".data.part";
  std::error_code error;
  fs::remove_all(part, error);
  FQ_TRY_ASSIGN(const CommandOutput output,
                run_as(account, {binaries / "initdb", "-D", part, "-U", account.name, "-A", "trust", "-E",
                                 "UTF8", "--locale=C.UTF-8"}));
  if (output.exit_code != 0) {
    // The line that tells why comes after a page of progress.
    const std::size_t why = output.text.find("error: ");
    return fail(
        ErrorKind::permission,
        fmt::format("initdb failed as user {}: {}", account.name,
                    why == std::string::npos ? output.text
                                             : output.text.substr(why, output.text.find('\n', why) - why)),
        paths.directory.string(),
        fmt::format("make the directory reachable for that user, or {}", kElsewhere));
  }
  const fs::path settings = part / "postgresql.conf";
  std::ofstream file(settings, std::ios::app);
  file << kSettings;
  file.close();
  if (!file) return file_failure(settings, "write", errno);
  fs::rename(part, paths.data, error);
  if (error) return file_failure(paths.data, "create", error.value());
  return {};
}

bool is_initialized(const LocalPaths& paths) {
  std::error_code error;
  return fs::exists(paths.data / "PG_VERSION", error);
}

Result<void> check_versions(const LocalPaths& paths, const fs::path& binaries) {
  FQ_TRY_ASSIGN(const std::string version, binaries_version(binaries));
  const int data = data_major(paths.directory);
  if (data == std::atoi(version.c_str())) return {};
  return fail(
      ErrorKind::usage,
      fmt::format("the data were made by PostgreSQL {} and the installed server is {}", data, version),
      paths.data.string(),
      fmt::format("apt-get install postgresql-{}, or move {} away to start afresh", data,
                  paths.directory.string()));
}

int server_pid(const LocalPaths& paths) {
  const int pid = first_number(paths.data / "postmaster.pid");
  return is_server(paths, pid) ? pid : 0;
}

void remove_stale_lock_files(const LocalPaths& paths) {
  std::error_code ignored;
  for (const fs::path& file : {paths.data / "postmaster.pid", paths.socket / ".s.PGSQL.5432.lock"}) {
    if (fs::exists(file, ignored) && !is_server(paths, first_number(file))) fs::remove(file, ignored);
  }
}

Result<LocalLock> LocalLock::acquire(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return file_failure(path, "open", errno);
  LocalLock lock(fd);
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return file_failure(path, "lock", errno);
  }
  return lock;
}

LocalLock::~LocalLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace firmquery

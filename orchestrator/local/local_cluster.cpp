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

#include "firmquery/output/file_lock.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/trusted_path.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;

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

Result<void> close_to_others(const fs::path& path) {
  if (::chmod(path.c_str(), 0700) != 0) return file_failure(path, "change the mode of", errno);
  return {};
}

Result<void> make_parents(const fs::path& path) {
  if (path.empty() || fs::exists(path)) return {};
  FQ_TRY(make_parents(path.parent_path()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return file_failure(path, "create", errno);
  return {};
}

Failure not_a_server(const LocalPaths& paths) {
  return fail(ErrorKind::usage, "the directory is not empty and holds no local server",
              paths.directory.string(), kElsewhere);
}

Failure belongs_to_another(const fs::path& path, uid_t owner, const Account& account) {
  return fail(ErrorKind::permission,
              fmt::format("the data belong to user number {}, and the server would run as {} ({})", owner,
                          account.name, account.uid),
              path.string(), fmt::format("run as that user, or {}", kElsewhere));
}

// By root, with the parents root's own and open to the account, whatever the umask. Where it has been root's
// until now, nobody else has put anything there.
Result<void> hand_over(const LocalPaths& paths, const Account& account) {
  FQ_TRY(make_directories(paths.directory.parent_path(), Passage::for_all));
  if (::mkdir(paths.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return file_failure(paths.directory, "create", errno);
  }
  const int fd = ::open(paths.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return file_failure(paths.directory, "open the directory", errno);
  const Descriptor directory(fd);
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return file_failure(paths.directory, "inspect", errno);
  if (facts.st_uid == account.uid) return {};
  if (facts.st_uid != 0) return belongs_to_another(paths.directory, facts.st_uid, account);
  // Of several starts at once one hands it over, and the others find that done: what its new owner has put
  // there by then is no stranger's. Only while it is root's can nobody else hold this lock.
  FQ_TRY(lock_and_wait(fd, paths.directory));
  if (::fstat(fd, &facts) != 0) return file_failure(paths.directory, "inspect", errno);
  if (facts.st_uid == account.uid) return {};
  std::error_code error;
  const bool empty = fs::is_empty(paths.directory, error);
  if (error) return file_failure(paths.directory, "read", error.value());
  if (!empty) return not_a_server(paths);
  if (::fchmod(fd, 0700) != 0 || ::fchown(fd, account.uid, account.gid) != 0) {
    return file_failure(paths.directory, "hand over", errno);
  }
  return {};
}

Result<void> check_usable(const LocalPaths& paths, const Account& account) {
  struct stat facts {};
  if (::stat(paths.directory.c_str(), &facts) != 0) return {};
  std::error_code error;
  const bool empty = fs::is_empty(paths.directory, error);
  if (error) return file_failure(paths.directory, "read", error.value());
  if (empty) return {};
  if (!fs::exists(paths.lock, error)) return not_a_server(paths);
  if (::stat(paths.data.c_str(), &facts) == 0 && facts.st_uid != account.uid) {
    return belongs_to_another(paths.data, facts.st_uid, account);
  }
  return {};
}

int installed_major(const fs::path& binaries) {
  return std::atoi(binaries.parent_path().filename().c_str());
}

int first_number(const fs::path& path) {
  return std::atoi(read_some_text(path).c_str());
}

int data_major(const fs::path& directory) {
  return first_number(LocalPaths(directory).data / "PG_VERSION");
}

bool holds_server(const fs::path& binaries) {
  return ::access((binaries / "initdb").c_str(), X_OK) == 0 &&
         ::access((binaries / "postgres").c_str(), X_OK) == 0;
}

// A server works in its data directory; a number that another program has taken over does not. The account
// that wrote the number may have written any.
bool is_server(const LocalPaths& paths, const Account& account, int pid) {
  struct stat process {};
  if (pid <= 1 || ::stat(fmt::format("/proc/{}", pid).c_str(), &process) != 0) return false;
  std::error_code error;
  return process.st_uid == account.uid && read_some_text(fmt::format("/proc/{}/comm", pid)) == "postgres\n" &&
         fs::equivalent(fmt::format("/proc/{}/cwd", pid), paths.data, error) && !error;
}

// Of the data, which are read with the rights of their owner.
Result<int> wanted_major(const fs::path& directory) {
  FQ_TRY_ASSIGN(const Account account, server_account());
  FQ_TRY_ASSIGN(const AsAccount as, AsAccount::begin(account));
  return data_major(directory);
}

}  // namespace

Result<fs::path> local_directory(fs::path directory) {
  if (directory.empty()) directory = environment_value("FIRMQUERY_LOCAL_DIR");
  if (directory.empty() && ::geteuid() == 0) directory = "/var/lib/firmquery/local";
  if (directory.empty()) {
    const std::string state = environment_value("XDG_STATE_HOME");
    const std::string home = environment_value("HOME");
    if (state.empty() && home.empty()) {
      return fail(ErrorKind::usage, "there is no home directory to keep the local server in", kServerPlace,
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
  FQ_TRY_ASSIGN(const int wanted, wanted_major(directory));
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
  return fail(ErrorKind::usage, "no PostgreSQL server is installed", kServerPlace,
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
  if (account.change) FQ_TRY(hand_over(paths, account));
  FQ_TRY_ASSIGN(const AsAccount as, AsAccount::begin(account));
  FQ_TRY(check_usable(paths, account));
  FQ_TRY(make_parents(paths.directory));
  return close_to_others(paths.directory);
}

Result<void> prepare_folders(const LocalPaths& paths) {
  for (const fs::path& folder : {paths.socket, paths.log.parent_path()}) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return file_failure(folder, "create", errno);
    FQ_TRY(close_to_others(folder));
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

int server_pid(const LocalPaths& paths, const Account& account) {
  const int pid = first_number(paths.data / "postmaster.pid");
  return is_server(paths, account, pid) ? pid : 0;
}

void remove_stale_lock_files(const LocalPaths& paths, const Account& account) {
  std::error_code ignored;
  for (const fs::path& file : {paths.data / "postmaster.pid", paths.socket / ".s.PGSQL.5432.lock"}) {
    if (fs::exists(file, ignored) && !is_server(paths, account, first_number(file)))
      fs::remove(file, ignored);
  }
}

std::string read_some_text(const fs::path& path, std::uintmax_t offset) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat facts {};
  if (file.get() < 0 || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return {};
  std::string text(1u << 20, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count =
        ::pread(file.get(), text.data() + filled, text.size() - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return text;
}

Result<Descriptor> lock_local(const fs::path& path) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC;
  int fd = ::open(path.c_str(), kFlags, 0600);
  struct stat facts {};
  if (fd < 0 && errno == EACCES && ::lstat(path.c_str(), &facts) == 0 && facts.st_uid == 0) {
    // Earlier versions made it as root.
    ::unlink(path.c_str());
    fd = ::open(path.c_str(), kFlags, 0600);
  }
  if (fd < 0) return file_failure(path, "open", errno);
  Descriptor lock(fd);
  FQ_TRY(lock_and_wait(fd, path));
  return lock;
}

}  // namespace firmquery

#include "local_account.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

constexpr int kCannotExecute = 127;

Failure system_failure(std::string_view action, int error_number) {
  return fail(ErrorKind::transient, fmt::format("cannot {}: {}", action, std::strerror(error_number)),
              "local server");
}

Account account_of(const passwd& entry, bool change) {
  Account account{entry.pw_name, entry.pw_uid, entry.pw_gid, std::vector<gid_t>(256), change};
  int count = static_cast<int>(account.groups.size());
  if (::getgrouplist(entry.pw_name, entry.pw_gid, account.groups.data(), &count) < 0) count = 256;
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

// Everything a child needs, made before fork(): other threads may hold locks, so only async-signal-safe
// calls are allowed between fork() and exec().
struct Launch {
  std::vector<std::string> command, environment;
  std::vector<char*> argv, envp;
  const Account& account;
  int input = -1, output = -1;
  bool own_session = false;

  Launch(const Account& as, std::vector<std::string> what) : command(std::move(what)), account(as) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      if (!text.starts_with("PG") && !text.starts_with("LC_ALL=")) environment.emplace_back(text);
    }
    environment.emplace_back("LC_ALL=C.UTF-8");
    for (std::string& argument : command) argv.push_back(argument.data());
    for (std::string& entry : environment) envp.push_back(entry.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
  }

  [[noreturn]] void in_child() const {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGXFSZ, SIG_DFL);
    if (own_session) ::setsid();
    const bool ready = (!account.change || (::setgroups(account.groups.size(), account.groups.data()) == 0 &&
                                            ::setgid(account.gid) == 0 && ::setuid(account.uid) == 0)) &&
                       ::chdir("/") == 0 && ::dup2(input, STDIN_FILENO) >= 0 &&
                       ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0;
    if (ready) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(kCannotExecute);
  }
};

}  // namespace

Result<Account> server_account() {
  const bool root = ::geteuid() == 0;
  const passwd* entry = root ? ::getpwnam("postgres") : ::getpwuid(::geteuid());
  if (entry == nullptr && root) entry = ::getpwnam("nobody");
  if (entry == nullptr) {
    return fail(ErrorKind::usage,
                fmt::format("user number {} has no name, which PostgreSQL needs", ::geteuid()),
                "local server", "add the user to /etc/passwd, or give a server with --dsn");
  }
  return account_of(*entry, root);
}

// The rights on files are a thread's own in the kernel; of the C library's functions only these two leave the
// other threads alone.
AsAccount::Rights AsAccount::current() {
  Rights rights;
  rights.user = static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1)));
  rights.group = static_cast<gid_t>(::setfsgid(static_cast<gid_t>(-1)));
  rights.groups.resize(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int count = ::getgroups(static_cast<int>(rights.groups.size()), rights.groups.data());
  rights.groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return rights;
}

bool AsAccount::take(const Rights& rights) {
#ifdef SYS_setgroups32
  constexpr long kSetGroups = SYS_setgroups32;
#else
  constexpr long kSetGroups = SYS_setgroups;
#endif
  const bool grouped = ::syscall(kSetGroups, rights.groups.size(), rights.groups.data()) == 0;
  ::setfsgid(rights.group);
  ::setfsuid(rights.user);
  const Rights now = current();
  return grouped && now.user == rights.user && now.group == rights.group;
}

Result<AsAccount> AsAccount::begin(const Account& account) {
  if (!account.change) return AsAccount(std::nullopt);
  AsAccount as(current());
  if (take({account.uid, account.gid, account.groups})) return as;
  return fail(ErrorKind::permission, fmt::format("cannot use files as user {}", account.name), "local server",
              "run it as that user, or give a server with --dsn");
}

AsAccount AsAccount::ourselves() {
  Rights before = current();
  if (before.user == ::geteuid()) return AsAccount(std::nullopt);
  take({::geteuid(), ::getegid(), before.groups});
  return AsAccount(std::move(before));
}

AsAccount::~AsAccount() {
  if (before_) take(*before_);
}

Result<CommandOutput> run_as(const Account& account, const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("make a pipe", errno);
  Descriptor from_child(ends[0]);
  Descriptor to_parent(ends[1]);
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Launch launch(account, command);
  launch.input = nothing.get();
  launch.output = to_parent.get();
  const pid_t pid = ::fork();
  if (pid < 0) return system_failure("start " + command.front(), errno);
  if (pid == 0) launch.in_child();
  to_parent.close();
  CommandOutput result;
  std::array<char, 4096> block;
  while (true) {
    const ssize_t count = ::read(from_child.get(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    result.text.append(block.data(), static_cast<std::size_t>(count));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (result.exit_code == kCannotExecute && result.text.empty()) {
    return fail(ErrorKind::permission, fmt::format("cannot run {} as user {}", command.front(), account.name),
                "local server", "check that the file exists and that this user may execute it");
  }
  return result;
}

Result<pid_t> start_as(const Account& account, const std::vector<std::string>& command,
                       const std::filesystem::path& log) {
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  // O_NONBLOCK: a FIFO is not waited for.
  const Descriptor output(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0600));
  if (output.get() < 0) return file_failure(log, "open", errno);
  Launch launch(account, command);
  launch.input = nothing.get();
  launch.output = output.get();
  launch.own_session = true;
  const pid_t pid = ::fork();
  if (pid < 0) return system_failure("start " + command.front(), errno);
  if (pid == 0) launch.in_child();
  return pid;
}

}  // namespace firmquery

#include "support/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

std::runtime_error system_failure(const std::string& action) {
  return std::runtime_error(action + ": " + std::strerror(errno));
}

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_failure("pipe");
    read = ends[0];
    write = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

std::vector<std::string> merged_environment(
    const std::map<std::string, std::optional<std::string>>& changes) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!changes.contains(text.substr(0, text.find('=')))) merged.push_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (value) merged.push_back(name + "=" + *value);
  }
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

struct Identity {
  bool change = false;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

Identity identity_of(const std::string& user) {
  Identity identity;
  if (user.empty()) return identity;
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr) throw std::runtime_error("no such user: " + user);
  identity = {true, entry->pw_uid, entry->pw_gid, std::vector<gid_t>(64)};
  int count = static_cast<int>(identity.groups.size());
  ::getgrouplist(user.c_str(), identity.gid, identity.groups.data(), &count);
  identity.groups.resize(static_cast<std::size_t>(count));
  return identity;
}

// Everything the child needs, prepared before fork(): after it only async-signal-safe calls are allowed.
struct Launch {
  std::vector<std::string> arguments, environment;
  std::vector<char*> argv, envp;
  Identity identity;
  std::string directory;
  int death_signal = 0;
  int in = -1, out = -1, err = -1;

  [[noreturn]] void in_child() const {
    // A shell's background jobs and nohup's begin with these ignored, which exec hands on: the tests may be one.
    for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE}) ::signal(number, SIG_DFL);
    const char* failed = nullptr;
    if (identity.change && (::setgroups(identity.groups.size(), identity.groups.data()) != 0 ||
                            ::setgid(identity.gid) != 0 || ::setuid(identity.uid) != 0)) {
      failed = "cannot change user";
    } else if (death_signal != 0 && ::prctl(PR_SET_PDEATHSIG, death_signal) != 0) {
      failed = "cannot set the death signal";
    } else if (!directory.empty() && ::chdir(directory.c_str()) != 0) {
      failed = "cannot change directory";
    }
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    if (failed == nullptr) {
      ::execvpe(argv[0], argv.data(), envp.data());
      failed = "cannot execute the program";
    }
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, failed, std::strlen(failed));
    ::_exit(127);
  }
};

// Moves what is there to `text`; false at the end of the file.
bool drain(int fd, std::string& text) {
  std::array<char, 65536> block;
  const ssize_t count = ::read(fd, block.data(), block.size());
  if (count > 0) text.append(block.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

bool others_may_execute(const std::filesystem::path& path) {
  const auto mode = std::filesystem::status(path).permissions();
  return (mode & std::filesystem::perms::others_exec) != std::filesystem::perms::none;
}

// The program, or a copy of it where the checkout stands in somebody's private home.
std::filesystem::path reachable_by_all(const std::filesystem::path& program) {
  if (!program.has_parent_path()) return program;
  bool reachable = true;
  for (std::filesystem::path at = program; at != at.root_path(); at = at.parent_path()) {
    reachable = reachable && others_may_execute(at);
  }
  if (reachable) return program;
  static const TempDir copies;
  const std::filesystem::path copy = copies / program.filename().string();
  if (!std::filesystem::exists(copy)) {
    std::filesystem::copy_file(program, copy);
    std::filesystem::permissions(copy, std::filesystem::perms(0755));
  }
  return copy;
}

}  // namespace

class Process::State {
 public:
  State(Launch& launch, std::string input) : input_(std::move(input)) {
    launch.in = in_.read;
    launch.out = out_.write;
    launch.err = err_.write;
    pid_ = ::fork();
    if (pid_ < 0) throw system_failure("fork");
    if (pid_ == 0) launch.in_child();
    Pipe::close_end(in_.read);
    Pipe::close_end(out_.write);
    Pipe::close_end(err_.write);
    for (const int fd : {in_.write, out_.read, err_.read}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
    pump_ = std::thread([this] { pump(); });
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    signal(SIGKILL);
    pump_.join();
  }

  pid_t pid() const { return pid_; }

  bool signal(int number) {
    const std::scoped_lock lock(mutex_);
    return !reaped_ && ::kill(pid_, number) == 0;
  }

  std::optional<int> wait(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [this] { return exit_code_.has_value(); });
    return exit_code_;
  }

  bool wait_for(const std::string& text, std::string_view wanted, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    const auto contains = [&] { return text.find(wanted) != std::string::npos; };
    changed_.wait_for(lock, timeout, [&] { return exit_code_.has_value() || contains(); });
    return contains();
  }

  std::string copy(const std::string& text) const {
    const std::scoped_lock lock(mutex_);
    return text;
  }

  std::string out_text, err_text;  // guarded by mutex_

 private:
  void pump() {
    // A child that does not read its input must not end the test: EPIPE instead of SIGPIPE in this thread.
    sigset_t pipe_signal;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    while (!reap(out_.read < 0 && err_.read < 0)) transfer();
    while (transfer_output()) continue;
    const std::scoped_lock lock(mutex_);
    exit_code_ = reaped_;
    changed_.notify_all();
  }

  // True once the child is gone. Does not wait unless told to: a grandchild may hold the pipes open.
  bool reap(bool block) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | (block ? 0 : WNOHANG)) != 0 ||
        info.si_pid == 0) {
      return false;
    }
    const std::scoped_lock lock(mutex_);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    reaped_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
  }

  void transfer() {
    if (sent_ == input_.size()) Pipe::close_end(in_.write);
    std::array<pollfd, 3> set{{{out_.read, POLLIN, 0}, {err_.read, POLLIN, 0}, {in_.write, POLLOUT, 0}}};
    ::poll(set.data(), set.size(), 10);
    if (set[2].revents != 0) {
      const ssize_t count = ::write(in_.write, input_.data() + sent_, input_.size() - sent_);
      if (count > 0) sent_ += static_cast<std::size_t>(count);
      if (count < 0 && errno != EAGAIN && errno != EINTR) sent_ = input_.size();
    }
    const std::scoped_lock lock(mutex_);
    if (set[0].revents != 0 && !drain(out_.read, out_text)) Pipe::close_end(out_.read);
    if (set[1].revents != 0 && !drain(err_.read, err_text)) Pipe::close_end(err_.read);
    if (set[0].revents != 0 || set[1].revents != 0) changed_.notify_all();
  }

  // What was printed before the end and is still in the pipes; false when nothing is left.
  bool transfer_output() {
    const std::scoped_lock lock(mutex_);
    const std::size_t before = out_text.size() + err_text.size();
    if (out_.read >= 0) drain(out_.read, out_text);
    if (err_.read >= 0) drain(err_.read, err_text);
    return out_text.size() + err_text.size() > before;
  }

  Pipe in_, out_, err_;
  std::string input_;
  std::size_t sent_ = 0;
  pid_t pid_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<int> reaped_;     // its process number is free again
  std::optional<int> exit_code_;  // reaped, and its output is complete
  std::thread pump_;
};

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

Process Process::start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                       const ProcessOptions& options) {
  Launch launch;
  launch.arguments.push_back(options.user.empty() ? program.string() : reachable_by_all(program).string());
  launch.arguments.insert(launch.arguments.end(), arguments.begin(), arguments.end());
  launch.environment = merged_environment(options.environment);
  launch.argv = pointers(launch.arguments);
  launch.envp = pointers(launch.environment);
  launch.identity = identity_of(options.user);
  launch.directory = options.directory.string();
  launch.death_signal = options.death_signal;
  return Process(std::make_unique<State>(launch, options.input));
}

pid_t Process::pid() const {
  return state_->pid();
}
bool Process::signal(int number) {
  return state_->signal(number);
}
std::optional<int> Process::wait(std::chrono::milliseconds timeout) {
  return state_->wait(timeout);
}
bool Process::wait_for_err(std::string_view text, std::chrono::milliseconds timeout) {
  return state_->wait_for(state_->err_text, text, timeout);
}
bool Process::has_open_at_work(const std::filesystem::path& file) const {
  const std::filesystem::path proc = "/proc/" + std::to_string(pid());
  std::ifstream status(proc / "status");
  bool takes_signals = false;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:"))
      takes_signals = (std::stoull(line.substr(7), nullptr, 16) >> (SIGTERM - 1)) % 2 == 1;
  }
  std::error_code gone;
  for (const auto& fd : std::filesystem::directory_iterator(proc / "fd", gone)) {
    if (takes_signals && std::filesystem::read_symlink(fd, gone) == file) return true;
  }
  return false;
}
bool Process::wait_for_out(std::string_view text, std::chrono::milliseconds timeout) {
  return state_->wait_for(state_->out_text, text, timeout);
}
std::string Process::out() const {
  return state_->copy(state_->out_text);
}
std::string Process::err() const {
  return state_->copy(state_->err_text);
}

std::string flat(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n';
    if (!space || out.empty() || out.back() != ' ') out += space ? ' ' : c;
  }
  return out;
}

ProcessResult run_process(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                          const ProcessOptions& options, std::chrono::milliseconds timeout) {
  Process process = Process::start(program, arguments, options);
  const std::optional<int> exit_code = process.wait(timeout);
  if (!exit_code) {
    throw std::runtime_error(program.string() + " still runs after the timeout; it printed:\n" +
                             process.err());
  }
  return {*exit_code, process.out(), process.err()};
}

}  // namespace firmquery::test

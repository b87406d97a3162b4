#include "on_finish.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery::cli {
namespace {

constexpr const char* kOption = "--on-finish";

std::vector<std::string> environment_of(const RunEnd& end) {
  std::vector<std::pair<std::string, std::string>> own = {
      {"FIRMQUERY_STATUS", end.status}, {"FIRMQUERY_EXIT_CODE", std::to_string(end.exit_code)}};
  if (!end.directory.empty()) {
    own.emplace_back("FIRMQUERY_RUN_ID", end.run_id);
    own.emplace_back("FIRMQUERY_RUN_DIRECTORY", end.directory.string());
    own.emplace_back("FIRMQUERY_REPORT", artifact_path(end.directory, Artifact::report).string());
  }
  constexpr const char* kOwn[] = {"FIRMQUERY_STATUS", "FIRMQUERY_EXIT_CODE", "FIRMQUERY_RUN_ID",
                                  "FIRMQUERY_RUN_DIRECTORY", "FIRMQUERY_REPORT"};
  std::vector<std::string> all;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    bool ours = false;
    for (const char* name : kOwn) ours |= text.starts_with(std::string(name) + "=");
    if (!ours) all.emplace_back(text);
  }
  for (const auto& [name, value] : own) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// As the shell would start it: signals are the system's, standard output belongs to the report.
Result<pid_t> spawn(std::vector<std::string> words, const RunEnd& end) {
  std::vector<std::string> environment = environment_of(end);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  if (::posix_spawn_file_actions_init(&files) != 0) return fail(ErrorKind::transient, "no memory", kOption);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, 2, 1);
  sigset_t none, usual;
  ::sigemptyset(&none);
  ::sigemptyset(&usual);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::sigaddset(&usual, number);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, words.front().c_str(), &files, &attributes, pointers(words).data(),
                                   pointers(environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (error == 0) return child;
  return fail(ErrorKind::usage, fmt::format("cannot start {}: {}", words.front(), std::strerror(error)),
              kOption, "name a program by its path, or one that is on PATH");
}

// False: it has not ended yet.
bool ends_within(int process, std::chrono::milliseconds time) {
  pollfd wanted{process, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&wanted, 1, static_cast<int>(time.count()));
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

}  // namespace

Result<std::vector<std::string>> command_words(std::string_view command) {
  std::vector<std::string> words;
  bool inside = false;  // of a word
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (quote == 0 && blank) {
      inside = false;
      continue;
    }
    if (!std::exchange(inside, true)) words.emplace_back();
    if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      words.back() += command[++i];
    } else if (quote != 0 ? c == quote : c == '\'' || c == '"') {
      quote = quote == 0 ? c : '\0';
    } else {
      words.back() += c;
    }
  }
  if (quote != 0) return fail(ErrorKind::usage, fmt::format("the quote {} is not closed", quote), kOption);
  if (words.empty() || words.front().empty())
    return fail(ErrorKind::usage, "there is no program in it", kOption, "name a program, and its arguments");
  return words;
}

Result<void> start_on_finish(const std::vector<std::string>& words, const RunEnd& end,
                             std::chrono::seconds most) {
  FQ_TRY_ASSIGN(const pid_t child, spawn(words, end));
  constexpr std::chrono::seconds kToEndItself(5);
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  bool ended = process.get() < 0 || ends_within(process.get(), most);  // without one, it is waited for
  if (!ended) {
    ::kill(child, SIGTERM);
    if (!ends_within(process.get(), kToEndItself)) ::kill(child, SIGKILL);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const std::string& program = words.front();
  if (!ended) {
    return fail(ErrorKind::transient,
                fmt::format("{} was ended: it ran for more than {} s", program, most.count()), kOption);
  }
  if (WIFSIGNALED(status))
    return fail(ErrorKind::transient, fmt::format("{} was ended by signal {}", program, WTERMSIG(status)),
                kOption);
  if (WEXITSTATUS(status) == 0) return {};
  return fail(ErrorKind::transient, fmt::format("{} ended with exit code {}", program, WEXITSTATUS(status)),
              kOption);
}

}  // namespace firmquery::cli

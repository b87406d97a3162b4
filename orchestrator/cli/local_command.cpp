#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "commands.hpp"
#include "firmquery/db/secrets.hpp"
#include "firmquery/local/local_server.hpp"
#include "messages.hpp"
#include "screen.hpp"

namespace firmquery::cli {
namespace {

std::string described(const LocalServerStatus& status) {
  std::string out;
  const char* state = status.running ? "running" : status.initialized ? "stopped" : "not initialised";
  out += fmt::format("state      {}\n", state);
  if (status.running) out += fmt::format("pid        {}\n", status.pid);
  out += fmt::format("version    {}\ndirectory  {}\n", status.version, status.directory.string());
  if (status.running) out += fmt::format("dsn        {}\n", status.dsn);
  if (!status.extension.empty()) out += fmt::format("extension  firm_staging: {}\n", status.extension);
  return out;
}

// Replaces this process, so that the terminal and its signals are psql's.
Result<void> become_psql(LocalServer& server, const std::vector<std::string>& operands) {
  FQ_TRY_ASSIGN(const LocalServerStatus status, server.start());
  const std::string program = server.psql().string();
  std::vector<std::string> words = {program, "--dbname=" + status.dsn};
  words.insert(words.end(), operands.begin(), operands.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_DFL);
  ::execv(program.c_str(), arguments.data());
  return fail(ErrorKind::usage, fmt::format("cannot start psql: {}", std::strerror(errno)), program,
              "install the package postgresql-client");
}

Result<void> run_subcommand(const CommandLine& line) {
  FQ_TRY_ASSIGN(LocalServer server, LocalServer::find());
  if (line.subcommand == "psql") return become_psql(server, line.operands);
  if (!line.operands.empty()) {
    return fail(ErrorKind::usage, fmt::format("local {}: unexpected argument \"{}\"", line.subcommand,
                                              without_secret(line.operands[0])));
  }
  if (line.subcommand == "stop") FQ_TRY(server.stop());
  auto status = line.subcommand == "start" ? server.start() : server.status();
  if (!status) return Failure(std::move(status).error());
  write_all(1, described(*status));
  return {};
}

}  // namespace

int run_local(const CommandLine& line) {
  Screen screen;
  const auto done = run_subcommand(line);
  return done ? 0 : report_error(screen, done.error());
}

}  // namespace firmquery::cli

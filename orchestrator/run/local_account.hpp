// The operating-system account that the local server runs as, and child processes under it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "firmquery/error.hpp"

namespace firmquery {

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  bool change = false;  // this process is root and has to become that user
};

// The current user; for root, whom PostgreSQL refuses, `postgres` or else `nobody`.
Result<Account> server_account();

struct CommandOutput {
  int exit_code = 0;
  std::string text;  // standard output and standard error together
};

// Both start a program under the account in `/`, with every PG* variable removed from its environment (PGPORT
// or PGDATA of the user's shell would redirect the server) and the signal handling of a fresh process.
Result<CommandOutput> run_as(const Account& account, const std::vector<std::string>& command);
// In a session of its own, output appended to `log`; the process goes on when this one ends.
Result<pid_t> start_as(const Account& account, const std::vector<std::string>& command,
                       const std::filesystem::path& log);

}  // namespace firmquery

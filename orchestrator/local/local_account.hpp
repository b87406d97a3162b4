// The operating-system account that the local server runs as, and child processes under it.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/output/descriptor.hpp"

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

// As long as it lives, this thread uses files and sockets with the rights of the account and no more,
// whatever stands behind a name: for the directory that the account owns, where it could have put links in
// root's way. Started processes are not concerned. Nothing happens where the account is that of this process.
class AsAccount {
 public:
  static Result<AsAccount> begin(const Account& account);
  static AsAccount ourselves();  // within the other: for files that are this process's own
  AsAccount(AsAccount&& other) noexcept : before_(std::exchange(other.before_, std::nullopt)) {}
  AsAccount& operator=(AsAccount&&) = delete;
  ~AsAccount();

 private:
  struct Rights {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;
  };
  explicit AsAccount(std::optional<Rights> before) : before_(std::move(before)) {}
  static Rights current();
  static bool take(const Rights& rights);
  std::optional<Rights> before_;
};

struct CommandOutput {
  int exit_code = 0;
  std::string text;  // standard output and standard error together
};

// Both start a program under the account in `/`, with every PG* variable removed from its environment (PGPORT
// or PGDATA of the user's shell would redirect the server) and the signal handling of a fresh process.
Result<CommandOutput> run_as(const Account& account, const std::vector<std::string>& command);
// In a session of its own, output appended to `log`; the process goes on when this one ends. Requires
// AsAccount for the log.
Result<pid_t> start_as(const Account& account, const std::vector<std::string>& command,
                       const std::filesystem::path& log);

}  // namespace firmquery

// The files of the local server: where its programs are, what its directory holds, and how that is made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "firmquery/core/error.hpp"
#include "local_account.hpp"

namespace firmquery {

// What errors name as their place.
inline constexpr const char* kServerPlace = "local server";

// The names below the directory of a local server.
struct LocalPaths {
  explicit LocalPaths(const std::filesystem::path& root)
      : directory(root),
        data(root / "data"),
        socket(root / "socket"),
        log(root / "log" / "postgresql.log"),
        lock(root / "lock") {}
  std::filesystem::path directory, data, socket, log, lock;
};

// $FIRMQUERY_LOCAL_DIR, else the place in local_server.hpp. Fails when the place cannot hold a socket.
Result<std::filesystem::path> local_directory(std::filesystem::path directory);

// The programs that fit the data where those exist, else the newest installed.
Result<std::filesystem::path> find_binaries(const std::filesystem::path& directory);
Result<std::string> binaries_version(const std::filesystem::path& binaries);  // "15.20"

// Makes the directory, owned by the account and closed to others. Refuses one that holds something else or
// belongs to another user: that it holds the lock file, made first, is what makes it ours. As root it is
// handed over once, in a place that only root can write.
Result<void> prepare_directory(const LocalPaths& paths, const Account& account);

// All that follows works inside the directory and requires AsAccount.

Result<void> prepare_folders(const LocalPaths& paths);  // requires the lock

// Runs initdb beside the final place and renames, so that an interrupted one leaves nothing half made.
Result<void> initialize_cluster(const LocalPaths& paths, const Account& account,
                                const std::filesystem::path& binaries);
bool is_initialized(const LocalPaths& paths);
// Fails when the data were made by another major version than the programs.
Result<void> check_versions(const LocalPaths& paths, const std::filesystem::path& binaries);

// The process number in postmaster.pid if it is that of a server of the account on these very data; 0
// otherwise.
int server_pid(const LocalPaths& paths, const Account& account);
// After a crash, the number in the lock files may by now belong to another program, and PostgreSQL would
// refuse to start. Requires the lock, and that no server runs.
void remove_stale_lock_files(const LocalPaths& paths, const Account& account);

// What a file holds from `offset` on, at most a MiB; nothing when it is no regular file. Does not wait.
std::string read_some_text(const std::filesystem::path& path, std::uintmax_t offset = 0);

// Exclusive for the life of the object, between processes and threads. Blocks.
Result<Descriptor> lock_local(const std::filesystem::path& path);

}  // namespace firmquery

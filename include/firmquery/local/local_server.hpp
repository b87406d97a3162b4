// The private local PostgreSQL: of the demo, and of who asks for it; the place for staging lists. It lives in
// one directory under the user's state directory ($XDG_STATE_HOME or ~/.local/state, /firmquery/local),
// listens on a Unix socket in that directory only, and is started and stopped by this program alone.
//
// The extension firm_staging is made in it where its files are found, also when this program may not write
// into the installation of PostgreSQL (ADR 0013). Without it everything else works.
//
// PostgreSQL refuses to run as root: for root, the server runs as the unprivileged user `postgres` (or
// `nobody`) and the directory is under /var/lib/firmquery. Concurrent starts are serialised by a lock file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/job/job.hpp"

namespace firmquery {

struct LocalServerStatus {
  bool initialized = false;
  bool running = false;
  int pid = 0;
  std::string version;              // of the server binaries
  std::filesystem::path directory;  // data, socket and log are below it
  std::string dsn;                  // key=value, without secrets; valid while running
  std::string extension;            // firm_staging: its version while running, or why it is not there
};

class LocalServer {
 public:
  // `directory`: empty for the default place, FIRMQUERY_LOCAL_DIR overrides it.
  static Result<LocalServer> find(std::filesystem::path directory = {});

  Result<LocalServerStatus> status() const;
  Result<LocalServerStatus> start();   // initialises on first use; does nothing when it runs
  Result<void> stop();                 // fast shutdown; does nothing when it does not run
  std::filesystem::path psql() const;  // the client program of the same version

 private:
  std::filesystem::path directory_, binaries_;
};

// Whether the server has every relation that the statement, or the template of the job, names. Its other
// faults are for the run to tell. Fails with the server's error.
Result<void> check_reads(const ConnectOptions& server, std::string_view statement);
Result<void> check_reads(const ConnectOptions& server, const Job& job);

}  // namespace firmquery

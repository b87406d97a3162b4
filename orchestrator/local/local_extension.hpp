// firm_staging for the local server: where its files are, and how the server is started so that it finds
// them. See docs/adr/0013-extension-in-the-local-server.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/db/session.hpp"
#include "local_cluster.hpp"

namespace firmquery {

// What to start as the server.
struct ServerProgram {
  std::filesystem::path postgres;
  std::vector<std::string> arguments;
};

// Makes the extension's files available to the server without writing to its installation. Requires the lock,
// and that no server runs. Fails with the reason why the server has to do without.
Result<ServerProgram> prepare_extension(const LocalPaths& paths, const Account& account,
                                        const std::filesystem::path& binaries);

// Whether prepare_extension() would find the files; the reason when it would not.
Result<void> find_extension_files(const std::filesystem::path& binaries);

// Creates the extension in the session's database, or brings it up to the version of the files. Nothing when
// the server does not know it.
Result<void> ensure_extension(Session& session);
// "1.1"; empty when it is not in the database.
Result<std::string> extension_version(Session& session);

}  // namespace firmquery

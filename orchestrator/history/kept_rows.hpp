// The files of a run directory as rows of the extension's tables.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "firmquery/core/report.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

// Sends one file by COPY and returns how many rows the server took. The session is in a transaction.
Result<std::uint64_t> copy_missing(Session& session, const std::filesystem::path& directory,
                                   const Report& report);
Result<std::uint64_t> copy_rejected(Session& session, const std::filesystem::path& directory,
                                    const Report& report);
Result<std::uint64_t> copy_results(Session& session, const std::filesystem::path& directory,
                                   const Report& report);

}  // namespace firmquery

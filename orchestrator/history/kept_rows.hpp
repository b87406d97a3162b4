// The files of a run as rows of the extension's tables.
#pragma once

#include <cstdint>

#include "firmquery/db/session.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {

// Sends one file by COPY and returns how many rows the server took. The session is in a transaction.
Result<std::uint64_t> copy_missing(Session& session, const RunReader& run);
Result<std::uint64_t> copy_rejected(Session& session, const RunReader& run);
Result<std::uint64_t> copy_results(Session& session, const RunReader& run);

}  // namespace firmquery

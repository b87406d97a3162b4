// Keeping a finished run: its directory goes into the tables of the extension firm_staging, where runs are
// compared with SQL. One transaction: a run is there whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "firmquery/core/error.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {

// A run directory that has been verified and holds a complete run.
struct FinishedRun {
  RunReader reader;
  std::string manifest_json;
};
// Needs no database. Fails with kind usage when the run is not finished or its results cannot be read back, integrity
// when its files are not those of its manifest.
Result<FinishedRun> open_finished_run(const std::filesystem::path& directory);

struct KeptRun {
  std::string place;  // server and database
  std::uint64_t rows = 0, missing = 0, rejected = 0;
  std::optional<std::string>
      previous;  // the run of the job before it; none, or before version 1.1 of the extension
  std::uint64_t newly_missing = 0, recovered = 0;
};

// Copies the run as one of `job` and compares what the tables then hold with the run's proof. Blocks; a stop
// request cancels the statement and nothing is kept (kind interrupted). Fails with kind usage when the run is
// there already or the extension is not. Memory: a block.
Result<KeptRun> keep_run(const FinishedRun& run, const std::string& job, const ConnectOptions& server,
                         std::stop_token stop);

}  // namespace firmquery

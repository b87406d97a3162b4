// The clean stage: reads a list of IDs from a file or standard input, cleans it, and hands back the sorted
// unique IDs. Rejects and repeats go to rejected.csv and duplicates.csv of a directory as they are found.
//
// The first line of a repeated ID is found in a second pass over the input, so that a list costs 8 bytes an
// integer ID and not 16; standard input is therefore spooled to an unlinked temporary file on the way.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "firmquery/clean.hpp"
#include "firmquery/digest.hpp"
#include "firmquery/error.hpp"
#include "firmquery/id_set.hpp"
#include "firmquery/report.hpp"

namespace firmquery {

struct InputOptions {
  std::string path;                     // "-" is standard input
  CleanOptions clean;
  std::uint64_t max_ids = 1'000'000;    // guard rail on unique IDs: more is an error of kind usage
  std::uint64_t warning_threshold = 900'000;
  // A list that cannot be read twice (standard input, a query) is also kept here, on disk before the list counts as
  // read; empty: it is not kept.
  std::filesystem::path copy = {};
  bool spreadsheet_safe = false;        // rejected.csv and duplicates.csv, see csv.hpp
};

struct CleanedInput {
  IdSet ids;
  InputReport report;    // counts and digest
  InputProfile profile;
  std::vector<std::string> warnings;
};

// Writes rejected.csv and duplicates.csv (atomically) into `directory`; an empty path writes neither.
// `lines_read` is advanced while reading, for progress. Blocks; stops early with kind interrupted.
Result<CleanedInput> read_input(const InputOptions& options, const std::filesystem::path& directory,
                                std::stop_token stop, std::atomic<std::uint64_t>* lines_read = nullptr);

}  // namespace firmquery

// The clean stage: reads a list of IDs from a file, standard input or a query, cleans it, and hands back the
// sorted unique IDs. Rejects and repeats go to rejected.csv and duplicates.csv of a directory as they are
// found.
//
// The first line of a repeated ID is found in a second pass over the input, so that a list costs 8 bytes an
// integer ID and not 16; standard input and rows are therefore spooled to an unlinked temporary file on the
// way.
//
// Of a query each row is a line: its number is the row's, null is blank, and an empty text is rejected.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/digest.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/job.hpp"

namespace firmquery {

struct InputOptions {
  std::string path;                               // a file, "-" for standard input, or "sql:" and a query
  std::shared_ptr<const LiftedList> lifted = {};  // the list itself: then `path` only says where it stood
  CleanOptions clean;
  std::uint64_t max_ids = 1'000'000;  // guard rail on unique IDs: more is an error of kind usage
  std::uint64_t warning_threshold = 900'000;
  // A list that cannot be read twice (standard input, a query) is also kept here, on disk before the list
  // counts as read; empty: it is not kept.
  std::filesystem::path copy = {};
  bool allow_empty = false;      // a list without an ID is no error
  bool accept_rejected = false;  // nor is one of which more than half is rejected
  bool keep_rejected = false;    // rejected.csv stays also where the list is refused for one of these
  // Asked before any file gets its final name; its failure is that of reading.
  std::function<Result<void>(const InputReport&)> accept = {};
  bool spreadsheet_safe = false;  // rejected.csv and duplicates.csv, see csv.hpp
  ConnectOptions staging = {};    // the server that a query is asked of
  bool rows = false;              // the path is a copy of the rows of a query
};
InputOptions input_options(const Job& job);

struct CleanedInput {
  IdSet ids;
  InputReport report;  // counts and digest
  InputProfile profile;
  std::vector<std::string> warnings;
};

// Whether the list can be worked with. Fails (usage) when it holds no ID, or more of it is rejected than
// accepted, unless the options allow that; the error has the counts, the commonest reasons with an example,
// and what to do.
Result<void> check_usable(const InputOptions& options, const InputReport& report,
                          const InputProfile& profile);

// Writes rejected.csv and duplicates.csv (atomically) into `directory`; an empty path writes neither.
// `lines_read` is told how many more lines were read, for progress. Blocks; stops early with kind
// interrupted.
Result<CleanedInput> read_input(const InputOptions& options, const std::filesystem::path& directory,
                                std::stop_token stop,
                                const std::function<void(std::uint64_t)>& lines_read = {});

}  // namespace firmquery

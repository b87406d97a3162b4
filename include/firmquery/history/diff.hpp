// What changed between two runs: which IDs went missing and which came back, how the list changed, which rows did.
// Needs the two run directories and nothing else; whether their files are what the runs left is for verify_run().
//
// An ID is compared only as far as it was asked for: one that was missing then and is not in the list now is not
// resolved, and one that could not be read in either run is neither. Rows are compared for the IDs that are in both
// lists, by the columns that both results have; those of one ID that are equal in both are matched first, then each of
// the rest with the one that differs in the fewest columns.
//
// Memory: a few MiB and the rows of one range of each run, and beyond the budget of the sort a file in `scratch`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {

enum class IdChange : std::uint8_t {
  newly_missing,  // asked for in both, found then, missing now
  reopened,       // the same, and it was missing in a run of the job before then
  resolved,       // asked for in both, missing then, found now
  persisting,     // missing in both
  added,          // missing now, not asked for then
  not_asked,      // missing then, not asked for now
  list_added,     // found or unresolved now, not asked for then
  list_removed,   // found or unresolved then, not asked for now
  unread,         // in both lists, and unresolved in one of the runs at least
};
// As diff.csv has it: "new", "reopened", "resolved", "persisting", "added", "not_asked", "list_added", "list_removed", "unread".
std::string_view to_string(IdChange change);

struct Difference {
  struct {
    std::uint64_t newly = 0, resolved = 0, persisting = 0, added = 0, not_asked = 0;
  } missing;
  std::uint64_t reopened = 0;  // of missing.newly
  struct {
    std::uint64_t added = 0, removed = 0, common = 0;
  } list;
  struct {
    std::uint64_t changed = 0, added = 0, removed = 0;
  } rows;
  std::uint64_t unread = 0;
  std::vector<std::string> unread_runs;                     // of DiffOptions::earlier, as sentences
  std::vector<std::string> columns_added, columns_removed;  // of the results; not compared

  // Whether the two runs gave the same answer about the same list. IDs that could not be read are no difference.
  bool same() const;
};

// Is told of each change, in the order of the IDs. The views are valid during the call. A failure ends the comparison.
class DifferenceSink {
 public:
  virtual ~DifferenceSink() = default;
  // `then` and `now`: "found", "missing", "unresolved", or "" where the run did not ask for it.
  virtual Result<void> id(std::string_view id, IdChange change, std::string_view then,
                          std::string_view now) = 0;
  // One for each column of a row that differs; values as CSV has them: nothing is null.
  virtual Result<void> value(std::string_view id, std::string_view column, std::string_view then,
                             std::string_view now) = 0;
  // A row that the other run does not have, as a record of CSV without its line feed.
  virtual Result<void> row(std::string_view id, bool added, std::string_view record) = 0;
};

struct DiffOptions {
  // False: only IDs are compared. Where the lists are the same no results are read then.
  bool rows = true;
  std::vector<std::string> ignored_columns;  // of the results; a name that neither has is an error
  std::filesystem::path scratch = std::filesystem::temp_directory_path();
  std::stop_token stop = {};
  // The complete runs of the job before `then`: what is newly missing and was missing in one of them is reopened.
  std::vector<std::filesystem::path> earlier = {};
};

// Fails with kind usage where the runs cannot be compared (IDs of different types, a run without an end, results that
// cannot be read back), integrity where the files of one contradict each other, interrupted after a stop request.
Result<Difference> diff_runs(const RunReader& then, const RunReader& now, const DiffOptions& options,
                             DifferenceSink& sink);

// A run that can be compared: complete or partial.
Result<RunReader> open_run_to_compare(const std::filesystem::path& directory);

}  // namespace firmquery

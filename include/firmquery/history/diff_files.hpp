// What a comparison of two runs leaves: diff.csv, one line for each change, and diff.json, the counts.
//
// diff.csv: KEY,change,then,now,column,value_then,value_now. A line about an ID has the first four (IdChange). A line
// about a row has the change row_changed, one for each column that differs, with its values; or row_added and
// row_removed, with the record in value_now or value_then. Values are as in results.csv: nothing is null, "" is empty.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/history/diff.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {

inline constexpr std::string_view kDiffCsv = "diff.csv", kDiffJson = "diff.json";

// Writes diff.csv; it has no name before commit(). Not thread-safe.
class DiffFile : public DifferenceSink {
 public:
  // `key`: its name. `spreadsheet_safe`: csv.hpp.
  static Result<DiffFile> create(const std::filesystem::path& directory, std::string_view key,
                                 bool spreadsheet_safe);
  Result<void> id(std::string_view id, IdChange change, std::string_view then, std::string_view now) override;
  Result<void> value(std::string_view id, std::string_view column, std::string_view then,
                     std::string_view now) override;
  Result<void> row(std::string_view id, bool added, std::string_view record) override;
  Result<void> commit() { return file_.commit(); }

 private:
  DiffFile(AtomicFile file, bool spreadsheet_safe)
      : file_(std::move(file)), spreadsheet_safe_(spreadsheet_safe) {}
  void begin(std::string_view id, std::string_view change);
  Result<void> end();

  AtomicFile file_;
  bool spreadsheet_safe_;
  std::string line_;
};

// The JSON object of diff.json and of `firmquery diff --json`; its names are part of the contract.
std::string diff_json(const RunReader& then, const RunReader& now, const Difference& difference);

}  // namespace firmquery

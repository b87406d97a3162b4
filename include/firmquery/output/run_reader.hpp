// Reads what a run has left, in typed form, whatever the format. It is the only reader of a run's files beside those
// that go on with a run; whether the files are the run's own is for verify_run() to say.
//
// The readers fail with kind integrity, naming the file and the record, where a file is not what the program writes.
// Each holds one record in memory. None is thread-safe; any number may read the same run at once. What they give is
// valid until their next call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/result_format.hpp"

namespace firmquery {

// The records behind the header of a CSV file, as fields.
class FieldReader {
 public:
  // `first`: what the first columns are called; further ones may follow. A file of an earlier version may end with the
  // first `least` of them; 0: it may not.
  static Result<FieldReader> open(const std::filesystem::path& path, const std::vector<std::string>& first,
                                  const FormatOptions& options, std::size_t least = 0);
  Result<bool> next();                                                // false: there are no more
  const std::vector<std::string>& fields() const { return fields_; }  // as many as the header has
  std::uint64_t number() const { return number_; }                    // of the record, from 1
  Failure wrong(std::string message) const;

 private:
  FieldReader(CsvRecords records, std::filesystem::path path, bool spreadsheet_safe)
      : records_(std::move(records)), path_(std::move(path)), spreadsheet_safe_(spreadsheet_safe) {}
  bool split(std::string_view record);

  CsvRecords records_;
  std::filesystem::path path_;
  bool spreadsheet_safe_;
  std::size_t columns_ = 0;
  std::vector<std::string> fields_;
  std::string scratch_;
  std::uint64_t number_ = 0;
};

// IDs in canonical form, each greater than the one before.
class IdReader {
 public:
  IdReader(FieldReader fields, IdType type);
  Result<bool> next(std::string_view& id);
  const FieldReader& fields() const { return fields_; }  // what stands behind the ID, too

 private:
  FieldReader fields_;
  IdType type_;
  IdRules rules_;
  std::string canonical_, previous_;
};

// What missing.csv has behind the IDs in a run of a job with history: since when, and in how many complete runs without a
// break, this one included, each has been missing.
inline constexpr std::string_view kAgeColumns = "first_missing,runs_missing";

struct MissingLine {
  std::string_view id;
  std::string_view first_missing;  // RFC 3339; empty in a file without ages
  std::uint64_t runs_missing = 0;
};
class MissingReader {
 public:
  MissingReader(FieldReader fields, IdType type);
  bool has_ages() const { return first_missing_ > 0; }
  Result<bool> next(MissingLine& line);

 private:
  std::size_t first_missing_ = 0;  // the column; 0: there is none
  IdReader ids_;
};

struct RejectedLine {
  std::uint64_t line = 0;
  std::string_view raw, reason;
  // Empty in a run of version 0.1, which did not write them.
  std::string_view column;  // as the header names it, or its number
  std::optional<std::uint64_t>
      offset;             // bytes of text before the field; none in a workbook or a query's rows
  std::string_view cell;  // of a workbook: "Sheet1!B17"
};
class RejectedReader {
 public:
  static Result<RejectedReader> open(const std::filesystem::path& path, const FormatOptions& options);
  Result<bool> next(RejectedLine& line);

 private:
  explicit RejectedReader(FieldReader fields) : fields_(std::move(fields)) {}
  FieldReader fields_;
};

struct DuplicateLine {
  std::uint64_t line = 0;
  std::string_view id;
  std::uint64_t first_line = 0;
};
class DuplicateReader {
 public:
  static Result<DuplicateReader> open(const std::filesystem::path& path, const FormatOptions& options);
  Result<bool> next(DuplicateLine& line);

 private:
  explicit DuplicateReader(FieldReader fields) : fields_(std::move(fields)) {}
  FieldReader fields_;
};

class RunReader {
 public:
  // A run with a report: complete, partial, or one that ended otherwise and has only some of the files. Fails with
  // kind usage where there is no run, or its report cannot be read.
  static Result<RunReader> open(const std::filesystem::path& directory);

  const std::filesystem::path& directory() const { return directory_; }
  const Report& report() const { return report_; }
  const std::string& report_json() const { return report_json_; }

  // The files of results that the directory has, or those of Artifact::merged.
  std::vector<ResultFile> result_files(Artifact artifact = Artifact::results) const;
  // The journal says which columns they have.
  Result<std::unique_ptr<ResultRows>> results(const ResultFile& file) const;
  Result<std::unique_ptr<ResultRows>> results() const;  // any of them
  // The columns are the list's own, then status and reason, then those of the result.
  Result<std::unique_ptr<ResultRows>> merged(const ResultFile& file) const;
  Result<IdReader> missing() const { return ids(Artifact::missing); }
  Result<MissingReader> missing_lines() const;
  Result<IdReader> unresolved() const { return ids(Artifact::unresolved); }
  Result<RejectedReader> rejected() const {
    return RejectedReader::open(artifact_path(directory_, Artifact::rejected), options());
  }
  Result<DuplicateReader> duplicates() const {
    return DuplicateReader::open(artifact_path(directory_, Artifact::duplicates), options());
  }
  Result<JournalState> journal() const { return read_journal(directory_); }
  static Result<std::vector<std::string>> columns(const JournalState& journal);

 private:
  RunReader(std::filesystem::path directory, std::string report_json, Report report)
      : directory_(std::move(directory)), report_json_(std::move(report_json)), report_(std::move(report)) {}
  Result<IdReader> ids(Artifact artifact) const;
  Result<std::pair<FieldReader, IdType>> id_fields(Artifact artifact) const;
  FormatOptions options() const { return {report_.spreadsheet_safe}; }

  std::filesystem::path directory_;
  std::string report_json_;
  Report report_;
};

}  // namespace firmquery

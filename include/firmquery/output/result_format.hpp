// The formats of the results. Each is one file that writes and reads it, and one line of the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/compression.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {

struct ResultColumn {
  std::string name;
  std::uint32_t type_oid = 0;  // of pg_type; 0: not known, as in a file that is read back
  std::int32_t type_modifier = -1;
};
using ResultColumns = std::vector<ResultColumn>;

// The header of a CSV file with these columns, with its line feed.
std::string csv_header(const ResultColumns& columns);

struct ResultField {
  std::string_view value;
  bool is_null = false;
};

struct FormatOptions {
  bool spreadsheet_safe = false;          // csv.hpp; of the text formats
  std::string key = {};                   // the column of the IDs, for a format that knows text from numbers
  std::filesystem::path directory = ".";  // of the file, for what cannot be written yet
  std::string table = "Results";          // what the rows are called, in a format that has names for that
};

inline constexpr std::string_view kMergedTable = "Merged";  // the table of Artifact::merged

// What stands beside the results in a file that has room for more than one table.
struct SideTable {
  using Take = std::function<Result<void>(std::span<const ResultField> fields)>;
  std::string name;
  ResultColumns columns;
  std::string key;  // the columns of this name hold IDs
  // Gives all rows, again at each call, and ends at the first failure of `take`. May be called on another thread
  // than the one that made it.
  std::function<Result<void>(const Take& take)> rows;
};

// Writes one file of results: open(), rows, side tables, finish(). Not thread-safe.
class ResultWriter {
 public:
  virtual ~ResultWriter() = default;
  virtual Result<void> open(const ResultColumns& columns) = 0;
  // As PostgreSQL's CSV, line feed included.
  virtual Result<void> row(std::string_view csv) = 0;
  // Any number of them.
  virtual Result<void> rows(std::string_view csv);
  // All rows of a part file, one row() after the other where the format cannot do better. A stop request ends it with
  // kind interrupted.
  virtual Result<void> part(const std::filesystem::path& part, const std::stop_token& stop);
  // Left out by a format that is one table.
  virtual Result<void> beside(const SideTable&) { return {}; }
  virtual Result<void> finish() = 0;  // everything has gone to the sink
  // What a reader of the file should know, as sentences; after finish().
  virtual std::vector<std::string> notes() const { return {}; }
};

// Reads one back. Fails with kind integrity, naming the file, where it is not what the writer writes. Memory: a row.
// Not thread-safe.
class ResultRows {
 public:
  virtual ~ResultRows() = default;
  virtual const std::vector<std::string>& columns() const = 0;
  virtual Result<bool> next() = 0;  // to the next row, at first the first one; false: there is none
  // Of that row, valid until another call of the object:
  virtual std::string_view csv() = 0;  // as row() was given it
  // False: there is no such field.
  virtual bool field(std::size_t column, std::string_view& value, bool& is_null) = 0;
  // False: the row is damaged.
  virtual bool each_field(const std::function<void(std::string_view value, bool is_null)>& take) = 0;
};

struct ResultFormat {
  std::string_view name;       // as --format has it
  std::string_view extension;  // results.EXTENSION or merged.EXTENSION, and perhaps that of a compression
  bool compressible;           // false: it is compressed already
  std::unique_ptr<ResultWriter> (*writer)(ByteSink& out, const FormatOptions& options);
  // `columns`: what open() was given; the reader fails where the file has others. None: what the file's header says.
  Result<std::unique_ptr<ResultRows>> (*reader)(const std::filesystem::path& path,
                                                const FormatOptions& options,
                                                const std::vector<std::string>& columns);
};
// The first is the one that is written where none is asked for.
std::span<const ResultFormat> result_formats();
const ResultFormat* find_result_format(std::string_view name);  // null: no such format

// One of Artifact::results or Artifact::merged.
struct ResultFile {
  const ResultFormat* format = nullptr;
  Compression compression = Compression::none;
  Artifact artifact = Artifact::results;
  std::string name() const;
};
// The file of a run that wants `compression` for what can be compressed.
ResultFile result_file(const ResultFormat& format, Compression compression,
                       Artifact artifact = Artifact::results);
// By the name of a file; null format: none has this name.
ResultFile result_file_of(std::string_view file_name, Artifact artifact = Artifact::results);

}  // namespace firmquery

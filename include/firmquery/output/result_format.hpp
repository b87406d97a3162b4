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

struct FormatOptions {
  bool spreadsheet_safe = false;  // csv.hpp; of the text formats
};

// Writes one file of results: open(), rows, finish(). Not thread-safe.
class ResultWriter {
 public:
  virtual ~ResultWriter() = default;
  virtual Result<void> open(const ResultColumns& columns) = 0;
  // As PostgreSQL's CSV, line feed included.
  virtual Result<void> row(std::string_view csv) = 0;
  // All rows of a part file, one row() after the other where the format cannot do better. A stop request ends it with
  // kind interrupted.
  virtual Result<void> part(const std::filesystem::path& part, const std::stop_token& stop);
  virtual Result<void> finish() = 0;  // everything has gone to the sink
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
  std::string_view extension;  // results.EXTENSION, and perhaps that of a compression
  std::unique_ptr<ResultWriter> (*writer)(ByteSink& out, const FormatOptions& options);
  // `columns`: what open() was given; the reader fails where the file has others.
  Result<std::unique_ptr<ResultRows>> (*reader)(const std::filesystem::path& path,
                                                const FormatOptions& options,
                                                const std::vector<std::string>& columns);
};
// The first is the one that is written where none is asked for.
std::span<const ResultFormat> result_formats();
const ResultFormat* find_result_format(std::string_view name);  // null: no such format

struct ResultFile {
  const ResultFormat* format = nullptr;
  Compression compression = Compression::none;
  std::string name() const;
};
// By the name of a file; null format: none has this name.
ResultFile result_file_of(std::string_view file_name);

}  // namespace firmquery

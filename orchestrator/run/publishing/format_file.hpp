// A file of rows in one of the formats, on its way to disk.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/output/compression.hpp"
#include "firmquery/output/digested_file.hpp"
#include "firmquery/output/result_format.hpp"

namespace firmquery {

// Whole and on disk, and without its name until commit().
struct ReadyFile {
  DigestedFile file;
  FileReport report;  // but for its rows
};

// Not thread-safe. Without finish() nothing is left of it.
class FormatFile {
 public:
  // In options.directory.
  static Result<std::unique_ptr<FormatFile>> create(const ResultFile& file, const FormatOptions& options);

  ResultWriter& writer() { return *writer_; }
  Result<ReadyFile> finish();  // Once, behind the writer's finish()

 private:
  FormatFile() = default;

  std::string name_;
  DigestedFile file_;
  std::unique_ptr<CompressingSink> compressor_;
  std::unique_ptr<ResultWriter> writer_;
};

// Removes from the directory what an earlier end of the run has left of `artifact` under other names.
Result<void> remove_others(const std::filesystem::path& directory, Artifact artifact,
                           const std::vector<FileReport>& published);

}  // namespace firmquery

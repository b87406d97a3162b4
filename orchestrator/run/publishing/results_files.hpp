// The results out of the parts, which stay: a file for each format. They are made ready on threads of their own, so
// that the other files can be written meanwhile, and get their names only when the caller says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/output/result_format.hpp"
#include "publishing/format_file.hpp"

namespace firmquery {

class ResultsFiles {
 public:
  // Begins. What is referred to, by the side tables too, must outlive this. Heeds the stop token of the job's
  // ConnectOptions.
  ResultsFiles(const Job& job, const ResultColumns& columns, std::vector<std::filesystem::path> parts,
               std::vector<SideTable> beside);
  ~ResultsFiles();  // without publish(): nothing is left of the files
  ResultsFiles(const ResultsFiles&) = delete;
  ResultsFiles& operator=(const ResultsFiles&) = delete;

  // Waits until all files are on disk, and gives them their names. A file of another format, which an earlier end of
  // the run has left, is removed. Once.
  Result<std::vector<FileReport>> publish(std::uint64_t rows);

 private:
  Result<ReadyFile> prepare(const std::string& format) const;
  Result<void> write(ResultWriter& writer) const;

  const Job& job_;
  const ResultColumns& columns_;
  const std::vector<std::filesystem::path> parts_;
  const std::vector<SideTable> beside_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> stop_callback_;
  std::vector<std::future<Result<ReadyFile>>> files_;  // last, because their destructors wait
};

}  // namespace firmquery

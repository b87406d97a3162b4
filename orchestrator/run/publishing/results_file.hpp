// results.csv out of the parts, which stay. It is made ready on threads of its own, so that the other files
// can be written meanwhile, and gets its name only when the caller says so.
#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {

class ResultsFile {
 public:
  // Begins. What is referred to must outlive this. Heeds the stop token of the job's ConnectOptions.
  ResultsFile(const Job& job, const std::string& header, std::vector<std::filesystem::path> parts);
  ~ResultsFile();  // without publish(): nothing is left of the file
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  // Waits until the file is on disk, and gives it its name. Once.
  Result<FileReport> publish(std::uint64_t rows);

 private:
  Result<AtomicFile> prepare() const;

  const Job& job_;
  const std::string& header_;
  const std::filesystem::path path_;
  const std::vector<std::filesystem::path> parts_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> stop_callback_;
  // Last, because their destructors wait.
  std::future<Result<AtomicFile>> file_;
  std::future<Result<FileDigest>> digest_;  // of the parts as they are; none where cells are made safe
};

}  // namespace firmquery

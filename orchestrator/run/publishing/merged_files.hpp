// The list back in its own order, with the answer beside each line: a merged file for each format that is a table.
//
// The rows of each ID are found in the parts by an index on disk (row_index.hpp); then the list is read once more and
// written line by line. Memory is the same for every list but for one bit an ID. Works on threads of its own, so that the
// other files can be made ready meanwhile; nothing has its name before publish(). See docs/adr/0025-merge.md.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/core/row_key.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/run/unit_store.hpp"
#include "publishing/format_file.hpp"
#include "publishing/merge_batch.hpp"
#include "publishing/row_index.hpp"

namespace firmquery {

// The formats of the merged files among those of the results: what is a table; CSV where none of them is.
std::vector<std::string> merged_formats(const std::vector<std::string>& formats);

class MergedFiles {
 public:
  struct Source {
    const Answer& answer;
    InputReport input;
    RowKey key;
    std::vector<RowIndex::Part> parts;  // in the order of the shares
    Suggestion suggestion = {};
  };
  // Begins. `job` and what `source` refers to must outlive this. Heeds the stop token of the job's ConnectOptions.
  MergedFiles(const Job& job, Source source);
  ~MergedFiles();  // without publish(): nothing is left of the files
  MergedFiles(const MergedFiles&) = delete;
  MergedFiles& operator=(const MergedFiles&) = delete;

  // Waits until all files are on disk. Fails (usage) where the list is not the one any more that was cleaned. Once.
  Result<void> wait();
  // Gives them their names; those of an earlier end of the run in other formats are removed. Once, after wait().
  Result<std::vector<FileReport>> publish();

 private:
  class Writing;
  Result<void> make();
  Result<void> index_rows();
  Result<void> check_rows() const;

  const Job& job_;
  const Source source_;
  MergeAnswer answer_;
  std::vector<ReadyFile> ready_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> stop_callback_;
  std::future<Result<void>> made_;  // last, because its destructor waits
};

}  // namespace firmquery

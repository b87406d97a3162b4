// Which staging tables belong to runs that somebody may still go on with, by the directories of this machine.
#include <algorithm>
#include <system_error>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/preflight/doctor.hpp"
#include "publishing/run_record.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace fs = std::filesystem;

std::vector<std::string> resumable_tables(const Job& job) {
  std::vector<fs::path> directories;
  std::error_code ignored;
  if (!job.series) {
    directories.push_back(job.out);
  } else {
    for (fs::directory_iterator entry(job.series->folder, ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
      if (!is_removed_name(entry->path().filename().string())) directories.push_back(entry->path());
    }
  }
  std::vector<std::string> tables;
  for (const fs::path& directory : directories) {
    const auto state = run_state(directory);
    if (!state || *state != RunState::unfinished) continue;
    const auto journal = begun_journal(directory);
    if (journal && *journal) tables.push_back(staging_table_name((*journal)->job.run_id));
  }
  return tables;
}

}  // namespace firmquery

#include "firmquery/history/past_runs.hpp"

#include <algorithm>
#include <utility>

#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {
namespace fs = std::filesystem;

std::vector<PastRun> past_runs(const RunSeries& series, const std::string& key) {
  constexpr std::size_t kLooked =
      20;  // a job that has failed for weeks must not read all of its reports each time
  std::vector<std::pair<std::string, fs::path>> found;  // when it began
  std::error_code error;
  for (fs::directory_iterator entry(series.folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    const fs::path path = series.folder / entry->path().filename();
    if (!fs::is_directory(fs::symlink_status(path, ignored))) continue;
    const auto job = peek_journal_job(path);
    if (job && job->job_file == series.job_file && job->pattern == series.pattern && job->key == key)
      found.emplace_back(job->at, path);
  }
  std::sort(found.rbegin(), found.rend());
  if (found.size() > kLooked) found.resize(kLooked);
  std::vector<PastRun> runs;
  for (const auto& [began_at, path] : found) {
    const auto run = RunReader::open(path);
    if (run && run->report().status == "complete") runs.push_back(past_run(run->report()));
    if (runs.size() == kPastRuns) break;
  }
  return runs;
}

}  // namespace firmquery
